// bounds.h proves ranges at compile time; here it compiles, the specification's figures are
// compared, and the extremes run (under the sanitizers an overflow would end the test).

#include "poc/bounds.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "poc/reference.h"
#include "tests/poc/naive.h"

namespace poc {
namespace {

namespace naive = tests::naive;

TEST(Bounds, TheLargestScaledSumIsWhatTheSpecificationSays) {
  naive::Int largest = 0;
  const auto take = [&](naive::Int max_terms, naive::Int gain) {
    for (naive::Int terms = 128; terms <= max_terms; terms += 128) {
      largest = std::max(largest, 127 * 64 * terms * naive::factor(terms, gain).m);
    }
  };
  take(8192, 16);
  take(8192, 8);
  take(32768, 11);
  EXPECT_NEAR(std::log2(static_cast<double>(largest)), 30.65, 0.005);
  EXPECT_LE(largest, bounds::kMaxInt32);
  // The compile-time figures are at least that, with the rounding bit.
  const std::int64_t proved =
      std::max({bounds::max_scaled(8192, 16, 13), bounds::max_scaled(8192, 8, 8),
                bounds::max_scaled(32768, 11, 8)});
  EXPECT_GE(proved, largest);
  EXPECT_LE(proved, largest + (1 << 16));
}

TEST(Bounds, SumsOf2048TermsAreExactInSinglePrecision) {
  const naive::Int largest = 127 * 64 * 2048;
  EXPECT_LT(largest, 1 << 24);
  EXPECT_EQ(bounds::max_sum(2048), largest);
  EXPECT_EQ(static_cast<naive::Int>(static_cast<float>(largest)), largest);
}

/// One row of ends against one row of ends.
std::int32_t product_of(int activation, int weight, std::uint32_t terms) {
  const std::vector<std::int8_t> a(terms, static_cast<std::int8_t>(activation));
  const std::vector<std::int8_t> w(terms, static_cast<std::int8_t>(weight));
  return reference::product(a, w, terms).at(0);
}

TEST(Bounds, ProductsAtTheirEnds) {
  constexpr std::uint32_t kTerms = 32768;
  constexpr std::int32_t kEnd = 127 * 64 * 32768;
  EXPECT_EQ(product_of(127, 64, kTerms), kEnd);
  EXPECT_EQ(product_of(-127, -64, kTerms), kEnd);
  EXPECT_EQ(product_of(127, -64, kTerms), -kEnd);
  EXPECT_EQ(product_of(-127, 64, kTerms), -kEnd);
}

TEST(Bounds, ScalingAtItsEnds) {
  for (std::uint32_t terms = 128; terms <= 32768; terms += 128) {
    for (const std::int32_t end : {127 * 64, -127 * 64}) {
      const std::int32_t sum = end * static_cast<std::int32_t>(terms);
      const auto x = static_cast<std::int16_t>(end > 0 ? 32767 : -32767);
      const int sign = end > 0 ? 1 : -1;
      ASSERT_EQ(add(x, sum, factor(terms, 11)), sign * 32767) << terms;
      // Against the residual's sign: the sum in between must fit as well.
      ASSERT_EQ(add(static_cast<std::int16_t>(-x), sum, factor(terms, 11)),
                naive::add(-x, sum, terms, 11))
          << terms;
      if (terms > 8192) continue;
      ASSERT_EQ(narrow(sum, factor(terms, 16)), sign * 127) << terms;
      ASSERT_EQ(add(x, sum, factor(terms, 8)), sign * 32767) << terms;
    }
  }
}

std::vector<naive::Int> widened(const std::vector<std::int16_t>& row) {
  return {row.begin(), row.end()};
}

/// reference::rms_norm of one row, against the naive one.
void expect_norm(const std::vector<std::int16_t>& row, const char* what) {
  const std::vector<std::int8_t> y =
      reference::rms_norm(row, static_cast<std::uint32_t>(row.size()));
  const std::vector<naive::Int> expected = naive::rms_norm(widened(row));
  EXPECT_TRUE(std::equal(y.begin(), y.end(), expected.begin(), expected.end())) << what;
}

TEST(Bounds, NormalisationAtItsEnds) {
  for (const std::size_t dim : {128u, 2048u, 8192u}) {
    SCOPED_TRACE(testing::Message() << "dim " << dim);
    expect_norm(std::vector<std::int16_t>(dim, 0), "all 0");
    expect_norm(std::vector<std::int16_t>(dim, 1), "all 1");
    expect_norm(std::vector<std::int16_t>(dim, 32767), "all 32767");
    expect_norm(std::vector<std::int16_t>(dim, -32767), "all -32767");
    // One spike among small values: the largest quotient of an element by its row's root. Around
    // the spike at which the root rises, the product is largest.
    for (const int others : {0, 1, 2, 3}) {
      for (int spike = 1; spike <= 32767; spike += spike < 200 ? 1 : 97) {
        std::vector<std::int16_t> row(dim, static_cast<std::int16_t>(others));
        row[dim / 2] = static_cast<std::int16_t>(spike % 2 == 0 ? spike : -spike);
        expect_norm(row, "spike");
      }
    }
  }
}

TEST(Bounds, AttentionAtItsEnds) {
  for (const int q : {-127, 127}) {
    for (const int v : {-127, 127}) {
      // Token 0's key is the query's opposite, all others are its like: the widest scores.
      std::vector<std::int8_t> qkv;
      for (int t = 0; t < 16; ++t) {
        qkv.insert(qkv.end(), 128, static_cast<std::int8_t>(q));
        qkv.insert(qkv.end(), 128, static_cast<std::int8_t>(t == 0 ? -q : q));
        qkv.insert(qkv.end(), 128, static_cast<std::int8_t>(v));
      }
      const std::vector<std::int8_t> out = reference::attention(qkv, 128);
      // 15 weights of 127 and one of 1: c = 34, and 1906 * 127 * 34 / 2^16 rounds to 126.
      EXPECT_EQ(out,
                std::vector<std::int8_t>(16 * 128, static_cast<std::int8_t>(v > 0 ? 126 : -126)));
    }
  }
}

}  // namespace
}  // namespace poc
