#include <algorithm>

#include "backends/gpu/kernels/launch.h"
#include "poc/keys.h"
#include "poc/reference.h"
#include "tests/backends_gpu/kernel_bench.h"

// The kernels before, between and beside the products against the reference, in both orders of the
// emulator.

namespace backends::gpu {
namespace {

class Kernels : public EachKernel {};
INSTANTIATE_EACH_ORDER(Kernels);

void expect_weights_equal(KernelBench& bench, const poc::ModelSpec& spec, std::uint32_t layer,
                          std::uint32_t tensor, std::span<const std::int8_t> expected) {
  const poc::TensorShape shape = poc::tensor_shape(spec.profile, tensor);
  const DeviceMatrix weights(bench.driver(), shape.outputs, shape.inputs);
  WeightsArguments args{};
  std::ranges::copy(poc::weight_key(spec), args.key);
  args.layer = layer;
  args.tensor = tensor;
  args.inputs = shape.inputs;
  args.ffn = spec.profile.ffn;
  args.blocks = static_cast<std::uint32_t>(shape.size() / 64);
  args.weights = weights.panels();
  bench.run("make_weights", args.blocks, kThreads, kThreads, args);
  for (std::uint32_t n = 0; n < shape.outputs; ++n) {
    const std::uint32_t place =
        tensor == POC_TENSOR_GATE_UP ? gate_up_place(n, spec.profile.ffn) : output_place(n);
    for (std::uint32_t j = 0; j < shape.inputs; ++j) {
      ASSERT_EQ(static_cast<std::int8_t>(weights.at(place, j)), expected[n * shape.inputs + j])
          << "tensor " << tensor << " output " << n << " input " << j;
    }
  }
  EXPECT_TRUE(weights.untouched_from(shape.outputs));
}

TEST_P(Kernels, WeightsAreTheReferencesAtTheirPlaces) {
  for (const auto& profile :
       {poc::Profile{2, 128, 256}, poc::Profile{1, 256, 128}, poc::Profile{1, 384, 640}}) {
    const poc::ModelSpec spec{profile, random_hash()};
    const auto model = poc::ReferenceModel::make(spec);
    ASSERT_TRUE(model.ok());
    for (std::uint32_t layer = 0; layer < profile.layers; ++layer) {
      for (std::uint32_t t = 0; t < POC_TENSORS; ++t) {
        expect_weights_equal(bench_, spec, layer, t, model->tensor(layer, t));
      }
    }
  }
}

/// What the proof's page hashes before the nonce.
std::vector<std::uint8_t> key_prefix(const poc::RaceSpec& race) {
  const std::string tag = "sprint/1 input";
  std::vector<std::uint8_t> out(tag.begin(), tag.end());
  out.push_back(0);
  const poc::Profile& p = race.model.profile;
  for (const std::uint32_t v : {p.layers, p.dim, p.ffn}) {
    for (int shift = 0; shift < 32; shift += 8)
      out.push_back(static_cast<std::uint8_t>(v >> shift));
  }
  for (const base::Bytes32& part : {race.model.model_seed, race.start_seed, race.identity_hash}) {
    out.insert(out.end(), part.begin(), part.end());
  }
  return out;
}

TEST_P(Kernels, KeysAreTheReferences) {
  const poc::RaceSpec race{{{3, 384, 640}, random_hash()}, random_hash(), random_hash()};
  const auto prefix = key_prefix(race);
  for (const std::uint64_t first :
       {std::uint64_t{0}, std::uint64_t{0xffffff80}, std::uint64_t{0x0123456789abcdef}}) {
    for (const std::uint32_t count : {1U, 256U, 300U}) {
      const DeviceArray<std::uint8_t> keys(driver_, count * std::size_t{32});
      KeysArguments args{};
      ASSERT_EQ(prefix.size(), 123U);
      for (std::size_t i = 0; i < prefix.size(); ++i) {  // big-endian words
        args.prefix[i / 4] |= std::uint32_t{prefix[i]} << (24 - i % 4 * 8);
      }
      args.first_nonce = first;
      args.count = count;
      args.keys = keys.data();
      bench_.run("make_keys", count, kThreads, kThreads, args);
      for (std::uint32_t i = 0; i < count; ++i) {
        EXPECT_EQ(bytes32(keys.data() + i * 32), poc::input_key(race, first + i)) << i;
      }
    }
  }
}

TEST_P(Kernels, InputsAreTheReferences) {
  for (const std::uint32_t dim : {128U, 256U, 640U}) {
    for (const std::uint32_t count : {1U, 3U, 17U}) {
      const DeviceArray<std::uint8_t> keys(driver_, random_bytes(count * std::size_t{32}));
      const DeviceResidual x(driver_, count * POC_TOKENS, dim);
      InputArguments args{};
      args.stop = bench_.stop();
      args.keys = keys.data();
      args.count = count;
      args.dim = dim;
      args.x = x.data();
      bench_.run("make_input", count * (POC_TOKENS * dim / 64), kThreads, kThreads, args);
      std::vector<std::int16_t> expected;
      for (std::uint32_t i = 0; i < count; ++i) {
        const auto one = poc::reference::make_input(bytes32(keys.data() + i * 32), dim);
        expected.insert(expected.end(), one.begin(), one.end());
      }
      EXPECT_EQ(x.values(), expected) << dim << ' ' << count;
    }
  }
}

void expect_norm_equal(KernelBench& bench, const std::vector<std::int16_t>& rows,
                       std::uint32_t dim) {
  const auto count = static_cast<std::uint32_t>(rows.size() / dim);
  const DeviceResidual x(bench.driver(), rows, dim);
  for (const bool backward : {false, true}) {
    const DeviceMatrix y(bench.driver(), count, dim);
    NormArguments args{};
    args.stop = bench.stop();
    args.x = x.data();
    args.y = y.panels();
    args.rows = count;
    args.dim = dim;
    args.backward = backward;
    bench.run("norm_all", count, kNormRows, kNormThreads, args);
    EXPECT_EQ(y.values(), poc::reference::rms_norm(rows, dim)) << count << " rows of " << dim;
    EXPECT_TRUE(y.untouched_from(count));
  }
}

TEST_P(Kernels, NormEqualsReferenceOnRandomRowsOfEveryMagnitude) {
  for (const std::uint32_t dim : {128U, 256U, 384U, 640U, 2048U, 2176U, 8192U}) {
    for (const int limit : {0, 1, 2, 100, 2048, 32767}) {
      const std::size_t rows = dim > 1000 ? 3 : 1 + random_() % 40;
      expect_norm_equal(bench_, random_values<std::int16_t>(random_, rows * dim, limit), dim);
    }
  }
}

TEST_P(Kernels, NormEqualsReferenceAtExtremes) {
  for (const std::uint32_t dim : {128U, 2048U, 8192U}) {
    std::vector<std::int16_t> x(std::size_t{5} * dim);
    std::fill_n(x.begin(), dim, std::int16_t{32767});
    std::fill_n(x.begin() + dim, dim, std::int16_t{-32767});
    x[2 * dim + 5] = -32767;  // one column holds all: far past the clamp
    x[3 * dim] = 32767;
    x[4 * dim - 1] = -1;
    expect_norm_equal(bench_, x, dim);
  }
}

/// A row of 128 values of many sizes, eight times `root` at most, whose squares have that sum.
std::vector<std::int16_t> row_of_squares(std::uint64_t sum, std::uint32_t root) {
  std::vector<std::int16_t> x(128);
  for (std::size_t j = 0; j < 104; ++j) {
    x[j] = static_cast<std::int16_t>(root * (j % 64) / 40);
    sum -= static_cast<std::uint64_t>(x[j] * x[j]);
  }
  for (std::size_t j = 104; j < 128; ++j) {  // what is left falls to twice its root at most
    x[j] = static_cast<std::int16_t>(poc::isqrt(sum));
    sum -= static_cast<std::uint64_t>(x[j] * x[j]);
  }
  EXPECT_EQ(sum, 0U);
  return x;
}

// The mean of the squares is a square, or as near to one as can be.
TEST_P(Kernels, NormEqualsReferenceWhereTheRootSteps) {
  std::vector<std::int16_t> x;
  for (std::uint32_t root = 1; root < 4000; root += 1 + root / 40) {
    const std::uint64_t sum = std::uint64_t{128} * root * root;
    for (const std::uint64_t near : {sum - 1, sum, sum + 1}) {
      const auto row = row_of_squares(near, root);
      x.insert(x.end(), row.begin(), row.end());
    }
  }
  expect_norm_equal(bench_, x, 128);
}

// At a root of 1280 the multiplier is 4096, and x * 4096 / 2^17 ties where x is an odd 16.
TEST_P(Kernels, NormEqualsReferenceAtExactTies) {
  constexpr std::uint32_t kDim = 128;
  constexpr std::uint64_t kSquares = std::uint64_t{kDim} * 1280 * 1280;
  std::vector<std::int16_t> x(kDim);
  std::uint64_t squares = 0;
  for (std::size_t j = 0; j < kDim / 2; ++j) {
    x[j] = static_cast<std::int16_t>(16 * (2 * static_cast<int>(j) - 63));
    squares += static_cast<std::uint64_t>(x[j] * x[j]);
  }
  const std::uint32_t rest = poc::isqrt((kSquares - squares) / (kDim / 2)) + 1;
  std::fill(x.begin() + kDim / 2, x.end(), static_cast<std::int16_t>(rest));
  ASSERT_EQ(poc::norm_multiplier(squares + kDim / 2 * rest * rest, kDim), 4096);
  expect_norm_equal(bench_, x, kDim);
}

/// The reference's, nonce by nonce. qkv: [16 count][3 dim].
std::vector<std::int8_t> attention_of_all(const std::vector<std::int8_t>& qkv, std::uint32_t dim) {
  std::vector<std::int8_t> out;
  const std::size_t each = POC_TOKENS * std::size_t{3} * dim;
  for (std::size_t first = 0; first < qkv.size(); first += each) {
    const auto one = poc::reference::attention(std::span(qkv).subspan(first, each), dim);
    out.insert(out.end(), one.begin(), one.end());
  }
  return out;
}

void expect_attention_equal(KernelBench& bench, const std::vector<std::int8_t>& qkv,
                            std::uint32_t dim) {
  const auto rows = static_cast<std::uint32_t>(qkv.size() / (3 * dim));
  const DeviceMatrix in(bench.driver(), qkv, 3 * dim);
  const auto expected = attention_of_all(qkv, dim);
  AttentionArguments args{};
  args.stop = bench.stop();
  args.qkv = in.panels();
  args.count = rows / POC_TOKENS;
  args.heads = dim / POC_HEAD_DIM;
  for (const std::string& kernel : attention_kernels()) {
    for (const bool backward : {false, true}) {
      const DeviceMatrix out(bench.driver(), rows, dim);
      args.o = out.panels();
      args.backward = backward;
      bench.run(kernel, args.count * args.heads, kAttentionHeads, kAttentionThreads, args);
      EXPECT_EQ(out.values(), expected) << kernel << ", " << args.count << " nonces, dim " << dim;
      EXPECT_TRUE(out.untouched_from(rows));
    }
  }
}

TEST_P(Kernels, AttentionEqualsReferenceOnRandomInputs) {
  for (const std::uint32_t dim : {128U, 256U, 384U, 640U}) {
    for (const std::uint32_t count : {1U, 3U, 18U}) {
      const int limit = 1 << (1 + random_() % 7);
      const std::size_t size = std::size_t{48} * count * dim;
      auto qkv = random_values<std::int8_t>(random_, size, std::min(limit, 127));
      expect_attention_equal(bench_, qkv, dim);
    }
  }
}

TEST_P(Kernels, AttentionEqualsReferenceAtExtremes) {
  constexpr std::uint32_t kDim = 256;
  for (const int q : {-127, 0, 127}) {
    for (const int k : {-127, 127}) {
      for (const int v : {-127, 127}) {
        std::vector<std::int8_t> qkv;
        for (std::uint32_t i = 0; i < 48 * kDim; ++i) {
          const std::uint32_t row = i / (3 * kDim);
          const std::uint32_t part = i / kDim % 3;
          const int sign = part == 1 && row % 3 == 0 ? -1 : 1;  // keys that score far apart
          qkv.push_back(static_cast<std::int8_t>(sign * (part == 0 ? q : part == 1 ? k : v)));
        }
        expect_attention_equal(bench_, qkv, kDim);
      }
    }
  }
}

/// One column of q and k decides the scores, so that every distance 0..255 comes up.
TEST_P(Kernels, AttentionEqualsReferenceAtEverySoftmaxDistance) {
  constexpr std::uint32_t kDim = 128;
  for (int first = 0; first < 256; first += 15) {
    auto qkv = random_values<std::int8_t>(random_, std::size_t{48} * kDim, 127);
    for (std::size_t t = 0; t < POC_TOKENS; ++t) {
      std::int8_t* q = &qkv[t * 3 * kDim];
      std::int8_t* k = q + kDim;
      std::fill_n(q, 2 * kDim, std::int8_t{0});
      std::fill_n(q, 16, std::int8_t{64});
      // Scores fall by 256 (four steps of 64) a token, after a first drop.
      const int steps = t == 0 ? 0 : 4 * (first + static_cast<int>(t));
      for (int left = steps; left > 0; left -= 127) {
        *k++ = static_cast<std::int8_t>(-std::min(left, 127));
      }
    }
    expect_attention_equal(bench_, qkv, kDim);
  }
}

}  // namespace
}  // namespace backends::gpu
