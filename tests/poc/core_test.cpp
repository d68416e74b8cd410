// Properties of the scalar operators, on random values and against tests/poc/naive.h.

#include "poc/core.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <map>
#include <vector>

#include "tests/poc/naive.h"
#include "tests/poc/openssl.h"
#include "tests/poc/random.h"

namespace poc {
namespace {

namespace naive = tests::naive;
using tests::BigNumber;

constexpr std::uint64_t kSeed = 37;

TEST(Decode, HasMagnitude1To64AndNoZero) {
  std::map<int, int> times;
  for (int b = 0; b < 256; ++b) {
    const int value = decode(static_cast<std::uint8_t>(b));
    EXPECT_EQ(std::abs(value), 1 + b % 64) << b;
    EXPECT_EQ(value < 0, b >= 128) << b;
    EXPECT_EQ(value, decode(static_cast<std::uint8_t>(b ^ 64))) << "bit 6 is not used: " << b;
    ++times[value];
  }
  EXPECT_EQ(times.size(), 128u);  // each of +-1..+-64, equally often
  for (const auto& [value, count] : times) EXPECT_EQ(count, 2) << value;
}

/// root^2 <= v < (root + 1)^2
void expect_floor_of_root(std::uint64_t v) {
  const std::uint64_t root = isqrt(v);
  ASSERT_LE(root * root, v);
  if (root < UINT32_MAX) {
    ASSERT_GT((root + 1) * (root + 1), v);
  }
}

TEST(Isqrt, IsTheFloorForAllLengths) {
  SCOPED_TRACE(testing::Message() << "seed " << kSeed);
  tests::Random random(kSeed);
  for (std::uint64_t v = 0; v < 70'000; ++v) expect_floor_of_root(v);
  for (int round = 0; round < 20'000; ++round) expect_floor_of_root(random.any_length());
  for (std::uint64_t back = 0; back < 1000; ++back) expect_floor_of_root(UINT64_MAX - back);
  EXPECT_EQ(isqrt(UINT64_MAX), UINT32_MAX);
}

TEST(Isqrt, IsExactAroundPerfectSquares) {
  SCOPED_TRACE(testing::Message() << "seed " << kSeed);
  tests::Random random(kSeed);
  std::vector<std::uint64_t> roots = {1, 2, 3, 94906265, 94906266, 94906267, UINT32_MAX};
  for (int bit = 1; bit < 32; ++bit) roots.push_back(std::uint64_t{1} << bit);
  for (int round = 0; round < 10'000; ++round) roots.push_back(1 + (random.any_length() >> 33));
  for (const std::uint64_t root : roots) {
    const std::uint64_t square = root * root;
    ASSERT_EQ(isqrt(square), root);
    ASSERT_EQ(isqrt(square - 1), root - 1);
    ASSERT_EQ(isqrt(square + 1), root == 1 ? 1 : root);
    ASSERT_EQ(isqrt(square + 2 * root), root);  // the last before the next square
  }
}

struct Product {
  std::uint32_t max_terms, gain16;
};
// The three kinds of product of a layer, by the specification's "One layer" and "Parameters".
constexpr std::array<Product, 3> kProducts = {{{8192, 16}, {8192, 8}, {32768, 11}}};

TEST(FactorTest, IsTheSpecificationsFormulaInBigIntegers) {
  for (const auto& [max_terms, gain] : kProducts) {
    for (std::uint32_t terms = 128; terms <= max_terms; terms += 128) {
      const Factor f = factor(terms, gain);
      const int p = terms < 512 ? 0 : terms < 2048 ? 1 : 2;  // (7 | 9 | 11 - 7) / 2, at most 2
      const BigNumber quotient = BigNumber(std::uint64_t{gain} * gain) *
                                 BigNumber::power_of_two(29 + 2 * p) /
                                 (BigNumber(256) * 2795 * terms);
      ASSERT_EQ(f.p, p) << terms;
      ASSERT_EQ(static_cast<std::uint64_t>(f.m), square_root(quotient).to_u64()) << terms;
      ASSERT_EQ(f.m, naive::factor(terms, gain).m) << terms;
      ASSERT_GE(f.m, 6) << terms;
      ASSERT_LE(f.m, 38) << terms;
    }
  }
}

TEST(FactorTest, ScalesAsTheSpecificationSays) {
  // About (G / 16) / (37.38 sqrt K) times 2^(14 + p), less at most 14 % (14.2) by flooring.
  for (const auto& [max_terms, gain] : kProducts) {
    for (std::uint32_t terms = 128; terms <= max_terms; terms += 128) {
      const Factor f = factor(terms, gain);
      const double scale = f.m / std::ldexp(1.0, 14 + f.p);
      const double aim = gain / 16.0 / (std::sqrt(1397.5) * std::sqrt(terms));
      ASSERT_LE(scale, aim * 1.0001) << terms << ", gain " << gain;
      ASSERT_GE(scale, aim * (1 - 0.145)) << terms << ", gain " << gain;
    }
  }
}

TEST(Narrow, AgreesWithTheFormulaOverAllSums) {
  SCOPED_TRACE(testing::Message() << "seed " << kSeed);
  tests::Random random(kSeed);
  for (std::uint32_t terms = 128; terms <= 8192; terms += 128) {
    const Factor f = factor(terms, 16);
    const auto largest = static_cast<std::int32_t>(127 * 64 * terms);
    std::vector<std::int32_t> sums = {-largest, -1, 0, 1, largest};
    for (int i = 0; i < 100; ++i) {
      sums.push_back(static_cast<std::int32_t>(random.between(-largest, largest)));
      sums.push_back(static_cast<std::int32_t>(random.between(-largest / 64, largest / 64)));
    }
    std::sort(sums.begin(), sums.end());
    int last = -127;
    for (const std::int32_t sum : sums) {
      const int out = narrow(sum, f);
      ASSERT_EQ(out, naive::narrow(sum, terms)) << "K " << terms << ", sum " << sum;
      ASSERT_GE(out, last) << "not monotone: K " << terms << ", sum " << sum;
      last = out;
    }
    ASSERT_EQ(narrow(-largest, f), -127);
    ASSERT_EQ(narrow(largest, f), 127);
  }
}

TEST(Add, AgreesWithTheFormulaOverAllSums) {
  SCOPED_TRACE(testing::Message() << "seed " << kSeed);
  tests::Random random(kSeed);
  for (const auto& [max_terms, gain] : {kProducts[1], kProducts[2]}) {
    for (std::uint32_t terms = 128; terms <= max_terms; terms += 128) {
      const Factor f = factor(terms, gain);
      const auto largest = static_cast<std::int64_t>(127 * 64) * terms;
      for (int i = 0; i < 40; ++i) {
        const std::int64_t range = i % 2 == 0 ? largest : largest / 256;
        const auto sum = static_cast<std::int32_t>(random.between(-range, range));
        const auto x = static_cast<std::int16_t>(random.between(-32767, 32767));
        ASSERT_EQ(add(x, sum, f), naive::add(x, sum, terms, gain))
            << "K " << terms << ", x " << x << ", sum " << sum;
      }
      ASSERT_EQ(add(-32767, static_cast<std::int32_t>(-largest), f), -32767);
      ASSERT_EQ(add(32767, static_cast<std::int32_t>(largest), f), 32767);
      ASSERT_EQ(add(-32767, 0, f), -32767);
    }
  }
}

TEST(SoftmaxWeight, FallsFrom127To1) {
  EXPECT_EQ(softmax_weight(0), 127);
  EXPECT_EQ(softmax_weight(255), 1);
  for (std::int32_t z = 0; z < 256; ++z) {
    EXPECT_EQ(softmax_weight(z), naive::softmax_weight(z)) << z;
    EXPECT_LE(softmax_weight(z), softmax_weight(std::max(z - 1, 0))) << z;
    // Chords lie on or above the curve, by at most 5.9 % of it; rounding is half a unit either way.
    const double curve = 127 * std::exp2(-z / 32.0);
    EXPECT_GE(softmax_weight(z), curve - 0.5) << z;
    EXPECT_LE(softmax_weight(z), curve * 1.059 + 0.5) << z;
  }
}

TEST(SoftmaxDistance, CountsIn256thsAndStopsAt255) {
  EXPECT_EQ(softmax_distance(100, 100), 0);
  EXPECT_EQ(softmax_distance(255, 0), 0);
  EXPECT_EQ(softmax_distance(256, 0), 1);
  EXPECT_EQ(softmax_distance(-1, -256), 0);
  EXPECT_EQ(softmax_distance(-1, -257), 1);
  EXPECT_EQ(softmax_distance(255 * 256 - 1, 0), 254);
  EXPECT_EQ(softmax_distance(255 * 256, 0), 255);
  EXPECT_EQ(softmax_distance(256 * 256, 0), 255);
  constexpr std::int32_t kLargestScore = 128 * 127 * 127;
  EXPECT_EQ(softmax_distance(kLargestScore, -kLargestScore), 255);
}

TEST(AttentionOut, NeedsNoClamp) {
  // Any weights 1..127 with at least one 127, any values: |out| <= 127.
  SCOPED_TRACE(testing::Message() << "seed " << kSeed);
  tests::Random random(kSeed);
  for (int round = 0; round < 5000; ++round) {
    std::int32_t total = 0;
    std::int32_t sum = 0;
    const bool extreme = random.below(2) == 0;
    for (int u = 0; u < 16; ++u) {
      const auto w = static_cast<std::int32_t>(u == 0 ? 127 : random.between(1, 127));
      total += w;
      sum += w * static_cast<std::int32_t>(extreme ? 127 : random.between(-127, 127));
    }
    const std::int32_t c = 65536 / total;
    for (const std::int32_t s : {sum, -sum}) {
      ASSERT_EQ(attention_out(s, c), naive::shift(std::int64_t{s} * c + 32768, 16));
      ASSERT_LE(std::abs(attention_out(s, c)), 127);
    }
  }
}

TEST(Gate, AgreesWithTheFormulaOnAllPairs) {
  for (int g = -127; g <= 127; ++g) {
    for (int u = -127; u <= 127; ++u) {
      const int out = gate(static_cast<std::int8_t>(g), static_cast<std::int8_t>(u));
      ASSERT_EQ(out, naive::gate(g, u)) << g << ", " << u;
      ASSERT_LE(std::abs(out), 127);
    }
  }
}

TEST(Norm, HasASafeMultiplier) {
  EXPECT_EQ(norm_multiplier(0, 128), 5242880);    // all zeros: root 0 counts as 1
  EXPECT_EQ(norm_multiplier(127, 128), 5242880);  // mean square below 1
  EXPECT_EQ(norm_multiplier(128, 128), 5242880);  // exactly 1
  EXPECT_EQ(norm_multiplier(4 * 128, 128), 5242880 / 2);
  EXPECT_EQ(norm_multiplier(std::uint64_t{32767} * 32767 * 8192, 8192), 5242880 / 32767);
}

TEST(Norm, RowsOfEverySizeComeOutNear40) {
  SCOPED_TRACE(testing::Message() << "seed " << kSeed);
  tests::Random random(kSeed);
  for (const int size : {100, 1000, 10'000, 32'767}) {
    std::vector<naive::Int> row;
    std::uint64_t squares = 0;
    for (int j = 0; j < 1024; ++j) {
      row.push_back(random.between(-size, size));
      squares += static_cast<std::uint64_t>(row.back() * row.back());
    }
    const std::int32_t multiplier = norm_multiplier(squares, 1024);
    const std::vector<naive::Int> expected = naive::rms_norm(row);
    double total = 0;
    for (std::size_t j = 0; j < row.size(); ++j) {
      const int y = norm(static_cast<std::int16_t>(row[j]), multiplier);
      ASSERT_EQ(y, expected[j]);
      total += y * y;
    }
    EXPECT_NEAR(std::sqrt(total / 1024), 40, 1) << size;
  }
}

}  // namespace
}  // namespace poc
