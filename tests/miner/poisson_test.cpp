#include "miner/poisson.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <tuple>

namespace miner {
namespace {

WeightedCount equal_shares(int count, double difficulty) {
  WeightedCount shares;
  shares.largest = difficulty;
  for (int i = 0; i < count; ++i) shares.add(difficulty);
  return shares;
}

/// Garwood's table of 95 % limits for the expectation of a Poisson count.
TEST(Interval95, IsThePublishedTableForEqualWeights) {
  struct Row {
    int count;
    double low;
    double high;
  };
  constexpr Row kTable[] = {{0, 0, 3.689},        {1, 0.0253, 5.572},   {2, 0.2422, 7.225},
                            {3, 0.6187, 8.767},   {5, 1.623, 11.668},   {10, 4.795, 18.390},
                            {20, 12.217, 30.888}, {50, 37.111, 65.919}, {100, 81.364, 121.627}};
  for (const Row& row : kTable) {
    const auto interval = interval_95(equal_shares(row.count, 1));
    ASSERT_TRUE(interval) << row.count;
    EXPECT_NEAR(interval->low, row.low, row.low < 1 ? 6e-5 : 6e-4) << row.count;
    EXPECT_NEAR(interval->high, row.high, 6e-4) << row.count;
  }
}

TEST(Interval95, GrowsWithTheDifficulty) {
  for (const int count : {0, 1, 7, 300}) {
    const auto of_one = interval_95(equal_shares(count, 1));
    const auto of_many = interval_95(equal_shares(count, 4096));
    ASSERT_TRUE(of_one && of_many);
    EXPECT_NEAR(of_many->low, 4096 * of_one->low, 1e-6 * of_many->high);
    EXPECT_NEAR(of_many->high, 4096 * of_one->high, 1e-6 * of_many->high);
  }
}

TEST(Interval95, OfUnequalWeightsHoldsTheSumAndIsWiderThanOfEqualOnes) {
  WeightedCount mixed;
  for (int i = 0; i < 10; ++i) mixed.add(i % 2 == 0 ? 1 : 19);  // mean 10
  const auto of_mixed = interval_95(mixed);
  const auto of_equal = interval_95(equal_shares(10, 10));
  ASSERT_TRUE(of_mixed && of_equal);
  EXPECT_TRUE(of_mixed->holds(mixed.sum));
  EXPECT_LT(of_mixed->low, of_equal->low);
  EXPECT_GT(of_mixed->high, of_equal->high);
}

TEST(Interval95, NeedsToKnowWhatAShareWeighs) {
  EXPECT_FALSE(interval_95(WeightedCount()));
  WeightedCount none;
  none.largest = 50;
  const auto interval = interval_95(none);
  ASSERT_TRUE(interval) << "no share came of difficulty 50";
  EXPECT_EQ(interval->low, 0);
  EXPECT_NEAR(interval->high, 50 * 3.6889, 0.01);
}

TEST(GammaQuantile, IsSmoothWhereTheMethodChanges) {
  for (const double probability : {0.025, 0.5, 0.975}) {
    const double below = gamma_quantile(1999.999, probability);
    const double above = gamma_quantile(2000.001, probability);
    EXPECT_NEAR(above / below, 1.000001, 2e-6) << probability;
  }
}

TEST(GammaQuantile, OfShapeOneIsTheExponentialDistributions) {
  for (const double probability : {0.001, 0.025, 0.5, 0.975, 0.999}) {
    EXPECT_NEAR(gamma_quantile(1, probability) / -std::log1p(-probability), 1, 1e-9);
  }
  // Chi-square with one degree of freedom: twice a gamma variable of shape 1/2.
  EXPECT_NEAR(2 * gamma_quantile(0.5, 0.95), 3.841459, 1e-6);
  EXPECT_NEAR(2 * gamma_quantile(50, 0.95), 124.342113, 1e-5);
}

/// How often the interval holds what was computed, with leases of these two difficulties.
double coverage(double nonces_of_each, double first, double second) {
  constexpr int kTrials = 1500;
  std::mt19937_64 random(20261128);
  std::poisson_distribution<int> of_first(nonces_of_each / first);
  std::poisson_distribution<int> of_second(nonces_of_each / second);
  int held = 0;
  for (int trial = 0; trial < kTrials; ++trial) {
    WeightedCount shares;
    shares.largest = std::max(first, second);
    for (int n = of_first(random); n > 0; --n) shares.add(first);
    for (int n = of_second(random); n > 0; --n) shares.add(second);
    if (interval_95(shares)->holds(2 * nonces_of_each)) ++held;
  }
  return static_cast<double>(held) / kTrials;
}

/// 95 % or more, within three standard errors of 1500 trials; not so much more that it says
/// nothing.
TEST(Interval95, HoldsTheTruthAsOftenAsItSays) {
  for (const auto& [nonces, first, second] :
       {std::tuple(300.0, 100.0, 100.0), std::tuple(2000.0, 100.0, 100.0),
        std::tuple(2000.0, 100.0, 400.0), std::tuple(24'000.0, 1000.0, 3000.0),
        std::tuple(24'000.0, 100.0, 100.0)}) {
    const double covered = coverage(nonces, first, second);
    EXPECT_GE(covered, 0.933) << nonces << ' ' << first << ' ' << second;
    EXPECT_LE(covered, 0.995) << nonces << ' ' << first << ' ' << second;
  }
}

}  // namespace
}  // namespace miner
