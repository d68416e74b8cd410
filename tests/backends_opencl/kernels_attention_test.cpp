#include <algorithm>

#include "poc/params.h"
#include "poc/reference.h"
#include "tests/backends_opencl/kernels_harness.h"
#include "tests/support/vectors.h"

// Attention against the operators' known answers and the reference.

namespace backends::opencl {
namespace {

class KernelAttention : public EachTile {
 protected:
  /// qkv: [16 count][3 dim]. By two launches where there are nonces enough.
  std::vector<std::int8_t> attend(const std::vector<std::int8_t>& qkv, std::uint32_t dim) {
    const std::size_t rows = qkv.size() / (3 * dim);
    const DeviceMatrix<std::int8_t> in(tile(), Layout::kActivations, std::span(qkv), 3 * dim);
    const DeviceMatrix<std::int8_t> out(tile(), Layout::kActivations, rows, dim);
    const auto count = static_cast<std::uint32_t>(rows / POC_TOKENS);
    const std::uint32_t heads = dim / POC_HEAD_DIM;
    const std::uint32_t half = count / 2;
    for (const auto& [first, nonces] : {std::pair{0U, half}, std::pair{half, count - half}}) {
      if (nonces == 0) continue;
      run_groups("attention", std::uint64_t{nonces} * heads, tile().head_items, out.memory(),
                 in.memory(), first, count, heads);
    }
    return out.values();
  }

  void expect_equal(const std::vector<std::int8_t>& qkv, std::uint32_t dim) {
    std::vector<std::int8_t> expected;
    const std::size_t each = POC_TOKENS * std::size_t{3} * dim;
    for (std::size_t first = 0; first < qkv.size(); first += each) {
      const auto one = poc::reference::attention(std::span(qkv).subspan(first, each), dim);
      expected.insert(expected.end(), one.begin(), one.end());
    }
    EXPECT_TRUE(attend(qkv, dim) == expected) << qkv.size() / each << " nonces, dim " << dim;
  }
};
INSTANTIATE_EACH_TILE(KernelAttention);

TEST_P(KernelAttention, EqualsReferenceOnRandomInputs) {
  for (const std::uint32_t dim : {128U, 384U, 640U}) {
    for (const std::uint32_t count : {1U, 3U, 17U}) {
      const int limit = std::min(1 << (1 + random_() % 7), 127);
      expect_equal(random_values<std::int8_t>(random_, std::size_t{48} * count * dim, limit), dim);
    }
  }
}

TEST_P(KernelAttention, EqualsReferenceAtExtremes) {
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
        expect_equal(qkv, kDim);
      }
    }
  }
}

/// One column of q and k decides the scores, so that every distance 0..255 comes up.
TEST_P(KernelAttention, EqualsReferenceAtEverySoftmaxDistance) {
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
    expect_equal(qkv, kDim);
  }
}

TEST_P(KernelAttention, GivesTheOperatorsKnownAnswers) {
  const auto document = tests::load_vector_file("operators");
  for (const auto& known : document["attention"].GetArray()) {
    std::vector<std::int8_t> qkv;
    for (rapidjson::SizeType t = 0; t < POC_TOKENS; ++t) {
      for (const char* part : {"q", "k", "v"}) {
        for (const auto& v : known[part][t].GetArray()) {
          qkv.push_back(static_cast<std::int8_t>(v.GetInt()));
        }
      }
    }
    ASSERT_EQ(qkv.size(), std::size_t{48} * POC_HEAD_DIM);
    std::vector<std::int8_t> expected;
    for (const auto& row : known["out"].GetArray()) {
      for (const auto& v : row.GetArray()) expected.push_back(static_cast<std::int8_t>(v.GetInt()));
    }
    EXPECT_EQ(attend(qkv, POC_HEAD_DIM), expected);
  }
}

}  // namespace
}  // namespace backends::opencl
