#include <algorithm>

#include "poc/core.h"
#include "poc/reference.h"
#include "tests/backends_opencl/kernels_harness.h"
#include "tests/support/vectors.h"

// rms_norm of whole rows against the operators' known answers and the reference.

namespace backends::opencl {
namespace {

class KernelNorm : public EachTile {
 protected:
  /// The rows' norms, by two launches where there are rows enough.
  std::vector<std::int8_t> norm(const std::vector<std::int16_t>& x, std::uint32_t dim) {
    const auto rows = static_cast<std::uint32_t>(x.size() / dim);
    const DeviceMatrix<std::int16_t> in(tile(), Layout::kResidual, std::span(x), dim);
    const DeviceMatrix<std::int8_t> out(tile(), Layout::kActivations, rows, dim);
    const std::uint32_t groups = (rows + tile().norm_rows - 1) / tile().norm_rows;
    const std::uint32_t half = groups / 2;
    for (const auto& [first, count] : {std::pair{0U, half}, std::pair{half, groups - half}}) {
      if (count == 0) continue;
      run_groups("norm", count, tile().norm_items, out.memory(), in.memory(),
                 first * tile().norm_rows, rows, dim);
    }
    return out.values();
  }

  void expect_equal(const std::vector<std::int16_t>& x, std::uint32_t dim) {
    EXPECT_TRUE(norm(x, dim) == poc::reference::rms_norm(x, dim))
        << x.size() / dim << " rows of " << dim;
  }
};
INSTANTIATE_EACH_TILE(KernelNorm);

TEST_P(KernelNorm, EqualsReferenceOnRandomRowsOfEveryMagnitude) {
  for (const std::uint32_t dim : {128U, 384U, 640U, 2048U, 8192U}) {
    for (const int limit : {0, 1, 2, 100, 2048, 32767}) {
      const std::size_t rows = dim > 1000 ? 16 : 16 * (1 + random_() % 17);
      expect_equal(random_values<std::int16_t>(random_, rows * dim, limit), dim);
    }
  }
}

TEST_P(KernelNorm, EqualsReferenceAtExtremes) {
  for (const std::uint32_t dim : {128U, 2048U, 8192U}) {
    std::vector<std::int16_t> x(std::size_t{16} * dim);
    std::fill_n(x.begin(), dim, std::int16_t{32767});
    std::fill_n(x.begin() + dim, dim, std::int16_t{-32767});
    x[2 * dim + 5] = -32767;  // one column holds all: far past the clamp
    x[3 * dim] = 32767;
    x[5 * dim - 1] = -1;
    expect_equal(x, dim);
  }
}

TEST_P(KernelNorm, GivesTheOperatorsKnownAnswers) {
  const auto document = tests::load_vector_file("operators");
  for (const auto& known : document["rms_norm"].GetArray()) {
    std::vector<std::int16_t> x;
    for (const auto& v : known["x"].GetArray()) x.push_back(static_cast<std::int16_t>(v.GetInt()));
    const auto dim = static_cast<std::uint32_t>(x.size());
    if (dim % POC_SIZE_STEP != 0) continue;  // no profile has such rows
    x.resize(std::size_t{16} * dim);
    const auto y = norm(x, dim);
    for (std::uint32_t j = 0; j < dim; ++j) ASSERT_EQ(y[j], known["y"][j].GetInt()) << j;
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
TEST_P(KernelNorm, EqualsReferenceWhereTheRootSteps) {
  std::vector<std::int16_t> x;
  for (std::uint32_t root = 1; root < 4000; root += 1 + root / 20) {
    const std::uint64_t sum = std::uint64_t{128} * root * root;
    for (const std::uint64_t near : {sum - 1, sum, sum + 1}) {
      const auto row = row_of_squares(near, root);
      x.insert(x.end(), row.begin(), row.end());
    }
  }
  x.resize((x.size() / 128 + 15) / 16 * 16 * 128);
  expect_equal(x, 128);
}

// At a root of 1280 the multiplier is 4096, and x * 4096 / 2^17 ties where x is an odd 16.
TEST_P(KernelNorm, EqualsReferenceAtExactTies) {
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
  x.resize(std::size_t{16} * kDim);
  expect_equal(x, kDim);
}

}  // namespace
}  // namespace backends::opencl
