// The reference evaluator against tests/poc/naive.h, which was written from the proof's page alone.

#include "poc/reference.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/poc/naive.h"
#include "tests/poc/openssl.h"
#include "tests/poc/random.h"

namespace poc {
namespace {

namespace naive = tests::naive;
using base::to_hex;

constexpr std::uint64_t kSeed = 1706;
constexpr int kShapes = 8;

/// Row-major values as rows.
template <class T>
naive::Matrix rows(const std::vector<T>& values, std::size_t columns) {
  naive::Matrix out;
  for (std::size_t at = 0; at < values.size(); at += columns) {
    const auto first = values.begin() + static_cast<std::ptrdiff_t>(at);
    out.emplace_back(first, first + static_cast<std::ptrdiff_t>(columns));
  }
  return out;
}

std::vector<std::int8_t> bytes(const naive::Matrix& matrix) {
  std::vector<std::int8_t> out;
  for (const auto& row : matrix) {
    for (const naive::Int v : row) out.push_back(static_cast<std::int8_t>(v));
  }
  return out;
}

/// Equal without printing a million numbers.
#define EXPECT_SAME(a, b) EXPECT_TRUE((a) == (b)) << #a

void expect_layer(const LayerTrace& layer, const naive::Layer& expected, const Profile& profile) {
  EXPECT_SAME(rows(layer.qkv, 3 * profile.dim), expected.qkv);
  EXPECT_SAME(rows(layer.o, profile.dim), expected.o);
  EXPECT_SAME(rows(layer.mid, profile.dim), expected.mid);
  EXPECT_SAME(rows(layer.gu, 2 * profile.ffn), expected.gu);
  EXPECT_SAME(rows(layer.h, profile.ffn), expected.h);
  EXPECT_SAME(rows(layer.x, profile.dim), expected.x);
}

/// One nonce, from the identity to the ticket, with every intermediate.
void expect_nonce(const ReferenceModel& model, const naive::Proof& proof, const RaceSpec& race,
                  const std::string& identity, std::uint64_t nonce) {
  const Profile& profile = model.profile();
  const InputKey key = input_key(race, nonce);
  ASSERT_EQ(key, proof.input_key(race.start_seed, identity, nonce));
  const naive::Matrix input = proof.input(key);
  EXPECT_SAME(rows(reference::make_input(key, profile.dim), profile.dim), input);
  const std::vector<naive::Layer> layers = proof.forward(input);
  std::vector<LayerTrace> trace;
  const Digest digest = evaluate(model, key, &trace);
  ASSERT_EQ(trace.size(), layers.size());
  for (std::size_t i = 0; i < trace.size(); ++i) {
    SCOPED_TRACE(testing::Message() << "layer " << i);
    expect_layer(trace[i], layers[i], profile);
  }
  const base::Bytes32 expected = naive::Proof::digest(naive::Proof::normalised(layers.back().x));
  EXPECT_EQ(to_hex(digest), to_hex(expected));
  EXPECT_EQ(to_hex(make_ticket(key, digest)), to_hex(naive::Proof::ticket(key, expected)));
  EXPECT_EQ(digest, evaluate(model, key)) << "the trace changes nothing";
}

TEST(Reference, EqualsASecondEvaluatorOnRandomShapesSeedsAndNonces) {
  SCOPED_TRACE(testing::Message() << "seed " << kSeed);
  tests::Random random(kSeed);
  for (int round = 0; round < kShapes; ++round) {
    RaceSpec race;
    race.model.profile = {static_cast<std::uint32_t>(random.between(1, 3)),
                          static_cast<std::uint32_t>(128 * random.between(1, 4)),
                          static_cast<std::uint32_t>(128 * random.between(1, 8))};
    race.model.model_seed = random.bytes32();
    race.start_seed = random.bytes32();
    const std::string identity = "account." + std::to_string(random.below(1000));
    race.identity_hash = hash_identity(identity).value();
    const std::uint64_t nonce = random.any_length();
    SCOPED_TRACE(testing::Message()
                 << "profile " << to_string(race.model.profile) << ", nonce " << to_hex(nonce));
    const auto& [layers, dim, ffn] = race.model.profile;
    const naive::Proof proof(layers, dim, ffn, race.model.model_seed);
    const ReferenceModel model = ReferenceModel::make(race.model).value();
    expect_nonce(model, proof, race, identity, nonce);
  }
}

TEST(Reference, EqualsASecondEvaluatorWhereEachProductShiftsMost) {
  // p = 2 for both lengths of product: dim and ffn from 2048.
  SCOPED_TRACE(testing::Message() << "seed " << kSeed);
  tests::Random random(kSeed);
  RaceSpec race;
  race.model = {{1, 2048, 2048}, random.bytes32()};
  race.start_seed = random.bytes32();
  race.identity_hash = hash_identity("").value();
  const naive::Proof proof(1, 2048, 2048, race.model.model_seed);
  const ReferenceModel model = ReferenceModel::make(race.model).value();
  expect_nonce(model, proof, race, "", random.u64());
}

TEST(Reference, KnowsTheTensorsShapes) {
  const Profile profile{2, 256, 384};
  const auto expect_shape = [&](std::uint32_t tensor, std::uint32_t outputs, std::uint32_t inputs) {
    const TensorShape shape = tensor_shape(profile, tensor);
    EXPECT_EQ(shape.outputs, outputs);
    EXPECT_EQ(shape.inputs, inputs);
    EXPECT_EQ(shape.size(), std::uint64_t{outputs} * inputs);
  };
  expect_shape(POC_TENSOR_QKV, 768, 256);
  expect_shape(POC_TENSOR_OUT, 256, 256);
  expect_shape(POC_TENSOR_GATE_UP, 768, 256);
  expect_shape(POC_TENSOR_DOWN, 256, 384);
  std::uint64_t all = 0;
  for (std::uint32_t t = 0; t < POC_TENSORS; ++t) all += tensor_shape(profile, t).size();
  EXPECT_EQ(2 * all, profile.weights_bytes());
}

TEST(Reference, HasEachTensorFromAStreamOfItsOwn) {
  const ModelSpec spec{{2, 256, 384}, tests::Random(kSeed).bytes32()};
  const ReferenceModel model = ReferenceModel::make(spec).value();
  for (std::uint8_t layer = 0; layer < 2; ++layer) {
    for (std::uint8_t t = 0; t < POC_TENSORS; ++t) {
      const auto tensor = model.tensor(layer, t);
      ASSERT_EQ(tensor.size(), tensor_shape(spec.profile, t).size());
      const auto stream = tests::openssl_chacha20(
          weight_key(spec), {layer, 0, 0, 0, t, 0, 0, 0, 0, 0, 0, 0}, 0, tensor.size());
      EXPECT_TRUE(std::equal(tensor.begin(), tensor.end(), stream.begin(),
                             [](std::int8_t w, std::uint8_t b) { return w == naive::decode(b); }))
          << "layer " << int{layer} << ", tensor " << int{t};
    }
  }
}

TEST(Reference, AModelMayBeGivenItsWeights) {
  const ModelSpec spec{{1, 128, 128}, tests::Random(kSeed).bytes32()};
  const ReferenceModel made = ReferenceModel::make(spec).value();
  const ReferenceModel given(spec.profile, made.weights());
  EXPECT_EQ(evaluate(given, InputKey{}), evaluate(made, InputKey{}));
}

TEST(Reference, AttentionKeepsHeadsApart) {
  // What one head sees never reaches another's columns.
  SCOPED_TRACE(testing::Message() << "seed " << kSeed);
  tests::Random random(kSeed);
  constexpr std::uint32_t kDim = 384;
  const std::vector<std::int8_t> qkv = random.activations(16 * 3 * kDim);
  const std::vector<std::int8_t> whole = reference::attention(qkv, kDim);
  for (std::size_t head = 0; head < 3; ++head) {
    std::vector<std::int8_t> alone;
    for (std::size_t t = 0; t < 16; ++t) {
      for (std::size_t part = 0; part < 3; ++part) {
        const auto first =
            qkv.begin() + static_cast<std::ptrdiff_t>((3 * t + part) * kDim + 128 * head);
        alone.insert(alone.end(), first, first + 128);
      }
    }
    const std::vector<std::int8_t> out = reference::attention(alone, 128);
    for (std::size_t t = 0; t < 16; ++t) {
      const auto* expected = &whole[t * kDim + 128 * head];
      EXPECT_TRUE(std::equal(expected, expected + 128, &out[t * 128])) << head << ", row " << t;
    }
  }
}

TEST(Reference, ProductIsExactOnRandomShapes) {
  SCOPED_TRACE(testing::Message() << "seed " << kSeed);
  tests::Random random(kSeed);
  for (int round = 0; round < 20; ++round) {
    const std::size_t terms = 1 + random.below(300);
    const std::size_t outputs = 1 + random.below(20);
    const auto a = random.activations(16 * terms);
    const auto w = random.activations(outputs * terms);
    const auto sums = reference::product(a, w, static_cast<std::uint32_t>(terms));
    ASSERT_EQ(sums.size(), 16 * outputs);
    for (std::size_t t = 0; t < 16; ++t) {
      for (std::size_t n = 0; n < outputs; ++n) {
        naive::Int sum = 0;
        for (std::size_t j = 0; j < terms; ++j) {
          sum += naive::Int{a[t * terms + j]} * w[n * terms + j];
        }
        ASSERT_EQ(sums[t * outputs + n], sum) << t << ", " << n;
      }
    }
  }
}

TEST(DigestRows, HashesTheRowsHashesInOrder) {
  SCOPED_TRACE(testing::Message() << "seed " << kSeed);
  tests::Random random(kSeed);
  for (const std::uint32_t dim : {128u, 640u}) {
    naive::Matrix y = rows(random.activations(16 * std::size_t{dim}), dim);
    const Digest digest = reference::digest_rows(bytes(y), dim);
    EXPECT_EQ(to_hex(digest), to_hex(naive::Proof::digest(y)));
    for (std::size_t t = 1; t < 16; ++t) {
      std::swap(y[0], y[t]);
      EXPECT_NE(reference::digest_rows(bytes(y), dim), digest) << "rows 0 and " << t;
      std::swap(y[0], y[t]);
    }
    for (auto& row : y) {
      row[random.below(dim)] ^= 1;
      EXPECT_NE(reference::digest_rows(bytes(y), dim), digest);
    }
  }
}

}  // namespace
}  // namespace poc
