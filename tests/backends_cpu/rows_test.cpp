#include <algorithm>

#include "poc/reference.h"
#include "tests/backends_cpu/paths.h"

// norm and attention of each path against the reference operators.

namespace backends::cpu {
namespace {

class RowKernels : public EachPath {};
INSTANTIATE_EACH_PATH(RowKernels);

std::vector<std::uint8_t> norm_of(const Kernels& kernels, const std::vector<std::int16_t>& x,
                                  std::uint32_t dim) {
  const std::size_t rows = (x.size() / dim + POC_TOKENS - 1) / POC_TOKENS * POC_TOKENS;
  std::vector<std::uint8_t> y(rows * dim);
  kernels.norm(x.data(), x.size() / dim, dim, y.data());
  return y;
}

TEST_P(RowKernels, NormEqualsReferenceOnRandomRowsOfEveryMagnitude) {
  Random random(1);
  for (const std::uint32_t dim : {128U, 384U, 2048U, 8192U}) {
    for (const int limit : {0, 1, 2, 5, 100, 2048, 32767}) {
      const auto x = random_values<std::int16_t>(random, std::size_t{16} * dim, limit);
      EXPECT_EQ(norm_of(kernels(), x, dim), tiled(poc::reference::rms_norm(x, dim), dim))
          << "dim " << dim << " limit " << limit;
    }
  }
}

TEST_P(RowKernels, NormEqualsReferenceWhereClampAndRangeAreReached) {
  constexpr std::uint32_t kDim = 8192;
  std::vector<std::int16_t> x(std::size_t{4} * kDim);
  std::fill_n(x.begin(), kDim, std::int16_t{32767});
  std::fill_n(x.begin() + kDim, kDim, std::int16_t{-32767});
  x[2 * kDim + 5] = -32767;  // one column holds all: far past the clamp
  x[3 * kDim] = 32767;
  x[4 * kDim - 1] = -1;
  EXPECT_EQ(norm_of(kernels(), x, kDim), tiled(poc::reference::rms_norm(x, kDim), kDim));
}

// At a root of 1280 the multiplier is 4096, and x * 4096 / 2^17 ties where x is an odd 16.
TEST_P(RowKernels, NormEqualsReferenceAtExactTies) {
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
  EXPECT_EQ(norm_of(kernels(), x, kDim), tiled(poc::reference::rms_norm(x, kDim), kDim));
}

std::vector<std::uint8_t> attention_of(const Kernels& kernels,
                                       const std::vector<std::int8_t>& qkv) {
  const std::size_t dim = qkv.size() / (3 * POC_TOKENS);
  std::vector<std::uint8_t> o(POC_TOKENS * dim);
  kernels.attention(qkv.data(), dim, o.data());
  return o;
}

TEST_P(RowKernels, AttentionEqualsReferenceOnRandomInputs) {
  Random random(2);
  for (const std::uint32_t dim : {128U, 256U, 640U}) {
    for (const int limit : {1, 8, 20, 40, 127}) {
      const auto qkv = random_values<std::int8_t>(random, std::size_t{48} * dim, limit);
      EXPECT_EQ(attention_of(kernels(), qkv), tiled(poc::reference::attention(qkv, dim), dim))
          << "dim " << dim << " limit " << limit;
    }
  }
}

TEST_P(RowKernels, AttentionEqualsReferenceAtExtremes) {
  constexpr std::uint32_t kDim = 256;
  for (const int q : {-127, 0, 127}) {
    for (const int k : {-127, 127}) {
      for (const int v : {-127, 0, 127}) {
        std::vector<std::int8_t> qkv;
        for (std::uint32_t i = 0; i < 48 * kDim; ++i) {
          const std::uint32_t row = i / (3 * kDim);
          const std::uint32_t part = i / kDim % 3;
          const int sign = part == 1 && row % 3 == 0 ? -1 : 1;  // keys that score far apart
          qkv.push_back(static_cast<std::int8_t>(sign * (part == 0 ? q : part == 1 ? k : v)));
        }
        EXPECT_EQ(attention_of(kernels(), qkv), tiled(poc::reference::attention(qkv, kDim), kDim));
      }
    }
  }
}

/// One column of q and k decides the scores, so that every distance 0..255 comes up.
TEST_P(RowKernels, AttentionEqualsReferenceAtEverySoftmaxDistance) {
  constexpr std::uint32_t kDim = 128;
  Random random(3);
  for (int first = 0; first < 256; first += 15) {
    auto qkv = random_values<std::int8_t>(random, std::size_t{48} * kDim, 127);
    for (std::size_t t = 0; t < POC_TOKENS; ++t) {
      std::int8_t* q = &qkv[t * 3 * kDim];
      std::int8_t* k = q + kDim;
      std::fill_n(q, kDim, std::int8_t{0});
      std::fill_n(k, kDim, std::int8_t{0});
      std::fill_n(q, 16, std::int8_t{64});
      // Scores fall by 256 (four steps of 64) a token, after a first drop.
      const int steps = t == 0 ? 0 : 4 * (first + static_cast<int>(t));
      for (int left = steps, j = 0; left > 0; left -= 127, ++j) {
        k[j] = static_cast<std::int8_t>(-std::min(left, 127));
      }
    }
    EXPECT_EQ(attention_of(kernels(), qkv), tiled(poc::reference::attention(qkv, kDim), kDim));
  }
}

}  // namespace
}  // namespace backends::cpu
