// No part of the work may be left out: each ablation changes the digest, for each of several
// nonces.

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <vector>

#include "poc/reference.h"
#include "tests/poc/naive.h"
#include "tests/poc/random.h"

namespace poc {
namespace {

namespace naive = tests::naive;

constexpr std::uint64_t kSeed = 404;
constexpr Profile kProfile{2, 256, 256};
constexpr std::size_t kNonces = 3;
constexpr int kPlaces = 3;  // in each tensor

/// A tensor of a model that is being altered.
struct Tensor {
  TensorShape shape;
  std::int8_t* first;

  void clear(std::size_t row, std::size_t rows, std::size_t column, std::size_t columns) {
    for (std::size_t n = row; n < row + rows; ++n) {
      std::int8_t* at = first + n * shape.inputs + column;
      std::fill(at, at + columns, std::int8_t{0});
    }
  }
  void clear_rows(std::size_t row, std::size_t rows) { clear(row, rows, 0, shape.inputs); }
  void clear_columns(std::size_t column, std::size_t columns) {
    clear(0, shape.outputs, column, columns);
  }
};

class Ablation : public testing::Test {
 protected:
  Ablation() {
    for (std::size_t i = 0; i < kNonces; ++i) {
      keys_.push_back(random_.bytes32());
      digests_.push_back(evaluate(whole_, keys_.back()));
    }
  }

  /// Calls `alter` with one tensor of a copy of the model, and expects another digest of each
  /// nonce.
  void expect_change(std::uint32_t layer, std::uint32_t tensor,
                     const std::function<void(Tensor)>& alter) {
    std::vector<std::int8_t> weights = whole_.weights();
    const auto offset = whole_.tensor(layer, tensor).data() - whole_.weights().data();
    alter({tensor_shape(kProfile, tensor), weights.data() + offset});
    expect_change(weights, testing::Message() << "layer " << layer << ", tensor " << tensor);
  }

  void expect_change(const std::vector<std::int8_t>& weights, const testing::Message& what) {
    const ReferenceModel altered(kProfile, weights);
    for (std::size_t i = 0; i < kNonces; ++i) {
      EXPECT_NE(evaluate(altered, keys_[i]), digests_[i]) << what << ", nonce " << i;
    }
  }

  /// Every tensor of every layer.
  static void each_tensor(const std::function<void(std::uint32_t, std::uint32_t)>& visit) {
    for (std::uint32_t layer = 0; layer < kProfile.layers; ++layer) {
      for (std::uint32_t tensor = 0; tensor < POC_TENSORS; ++tensor) visit(layer, tensor);
    }
  }

  tests::Random random_{kSeed};
  const ReferenceModel whole_ = ReferenceModel::make({kProfile, random_.bytes32()}).value();
  std::vector<InputKey> keys_;
  std::vector<Digest> digests_;
};

TEST_F(Ablation, OfNothingChangesNothing) {
  // Shows that the digest follows the weights and nothing else.
  const ReferenceModel same(kProfile, whole_.weights());
  for (std::size_t i = 0; i < kNonces; ++i) EXPECT_EQ(evaluate(same, keys_[i]), digests_[i]);
}

TEST_F(Ablation, OfAHead) {
  for (std::uint32_t layer = 0; layer < kProfile.layers; ++layer) {
    for (std::size_t head = 0; head < kProfile.heads(); ++head) {
      expect_change(layer, POC_TENSOR_OUT, [head](Tensor w) { w.clear_columns(128 * head, 128); });
    }
  }
}

TEST_F(Ablation, OfTheQueriesKeysOrValuesOfAHead) {
  for (std::uint32_t layer = 0; layer < kProfile.layers; ++layer) {
    for (std::size_t block = 0; block < 3 * kProfile.heads(); ++block) {
      expect_change(layer, POC_TENSOR_QKV, [block](Tensor w) { w.clear_rows(128 * block, 128); });
    }
  }
}

TEST_F(Ablation, Of16InputsOfAProduct) {
  each_tensor([this](std::uint32_t layer, std::uint32_t tensor) {
    for (int i = 0; i < kPlaces; ++i) {
      const std::size_t column = 16 * random_.below(tensor_shape(kProfile, tensor).inputs / 16);
      expect_change(layer, tensor, [column](Tensor w) { w.clear_columns(column, 16); });
    }
  });
}

TEST_F(Ablation, Of16OutputsOfAProduct) {
  each_tensor([this](std::uint32_t layer, std::uint32_t tensor) {
    for (int i = 0; i < kPlaces; ++i) {
      const std::size_t row = 16 * random_.below(tensor_shape(kProfile, tensor).outputs / 16);
      expect_change(layer, tensor, [row](Tensor w) { w.clear_rows(row, 16); });
    }
  });
}

TEST_F(Ablation, OfOneInputOfAProduct) {
  each_tensor([this](std::uint32_t layer, std::uint32_t tensor) {
    for (int i = 0; i < kPlaces; ++i) {
      const std::size_t column = random_.below(tensor_shape(kProfile, tensor).inputs);
      expect_change(layer, tensor, [column](Tensor w) { w.clear_columns(column, 1); });
    }
  });
}

TEST_F(Ablation, OfALayer) {
  const std::size_t size = whole_.weights().size() / kProfile.layers;
  for (std::size_t layer = 0; layer < kProfile.layers; ++layer) {
    std::vector<std::int8_t> weights = whole_.weights();
    const auto first = weights.begin() + static_cast<std::ptrdiff_t>(layer * size);
    std::fill(first, first + static_cast<std::ptrdiff_t>(size), std::int8_t{0});
    expect_change(weights, testing::Message() << "layer " << layer);
  }
}

TEST_F(Ablation, OfTheLayersOrder) {
  std::vector<std::int8_t> weights = whole_.weights();
  const auto half = static_cast<std::ptrdiff_t>(weights.size() / 2);
  std::rotate(weights.begin(), weights.begin() + half, weights.end());
  expect_change(weights, testing::Message() << "layers swapped");
}

/// y of an altered input, by the naive evaluator, which takes any input.
naive::Matrix final_state(const naive::Proof& proof, const naive::Matrix& input) {
  return naive::Proof::normalised(proof.forward(input).back().x);
}

class Tokens : public testing::Test {
 protected:
  const naive::Proof proof_{2, 128, 256, tests::Random(kSeed).bytes32()};
  const naive::Matrix input_ = proof_.input(tests::Random(kSeed + 1).bytes32());
  const naive::Matrix y_ = final_state(proof_, input_);
};

TEST_F(Tokens, SwappedChangeTheDigestByTheirOrderOnly) {
  for (const auto& [a, b] : {std::pair{0, 1}, {0, 15}, {7, 8}, {14, 15}}) {
    const auto swap = [first = static_cast<std::size_t>(a),
                       second = static_cast<std::size_t>(b)](naive::Matrix m) {
      std::swap(m[first], m[second]);
      return m;
    };
    const naive::Matrix swapped = final_state(proof_, swap(input_));
    EXPECT_TRUE(swapped == swap(y_)) << "full attention knows no order";
    EXPECT_NE(naive::Proof::digest(swapped), naive::Proof::digest(y_)) << a << ", " << b;
  }
}

TEST_F(Tokens, EachIsSeenByEveryRow) {
  for (std::size_t token = 0; token < 16; ++token) {
    naive::Matrix input = input_;
    for (naive::Int& x : input[token]) x = -x;
    const naive::Matrix y = final_state(proof_, input);
    for (std::size_t row = 0; row < 16; ++row) {
      EXPECT_NE(y[row], y_[row]) << "token " << token << ", row " << row;
    }
  }
}

}  // namespace
}  // namespace poc
