#include "miner/honest_rates.h"

#include <gtest/gtest.h>

namespace miner {
namespace {

using std::chrono::seconds;

WeightedCount shares(int count, double difficulty) {
  WeightedCount all;
  all.largest = difficulty;
  for (int i = 0; i < count; ++i) all.add(difficulty);
  return all;
}

constexpr double kMacPerNonce = 1e6;

TEST(HonestRates, NothingRacedHasNone) {
  EXPECT_FALSE(rates_of(SprintWork()));
}

TEST(HonestRates, AnHonestSprintAgrees) {
  // 20 s, 2400 nonces, 24 shares of D 100: 120 nonces/s each way.
  const auto rates = rates_of(work_of(seconds(20), kMacPerNonce, 2400, shares(24, 100), 2400));
  ASSERT_TRUE(rates);
  EXPECT_EQ(rates->nonces.raw, 120);
  EXPECT_EQ(rates->nonces.verified.per_second, 120);
  EXPECT_EQ(rates->nonces.credited.per_second, 120);
  ASSERT_TRUE(rates->nonces.verified.interval);
  // Garwood for 24: 15.377 to 35.710 shares.
  EXPECT_NEAR(rates->nonces.verified.interval->low, 15.377 * 100 / 20, 0.01);
  EXPECT_NEAR(rates->nonces.verified.interval->high, 35.710 * 100 / 20, 0.01);
  EXPECT_EQ(rates->nonces.verified.interval, rates->nonces.credited.interval);
  EXPECT_EQ(rates->nonces.credited.against_raw, AgainstRaw::kAgrees);
  EXPECT_NEAR(rates->macs.raw, 120e6, 1);
  EXPECT_NEAR(rates->macs.credited.interval->high, 35.710e8 / 20, 1e4);
  EXPECT_EQ(rates->macs.credited.against_raw, AgainstRaw::kAgrees);
}

TEST(HonestRates, APoolThatCreditsHalfIsBelowAndOneThatCreditsOthersIsAbove) {
  const auto half = rates_of(work_of(seconds(20), 1, 10'000, shares(100, 100), 5000));
  EXPECT_EQ(half->nonces.verified.against_raw, AgainstRaw::kAgrees);
  EXPECT_EQ(half->nonces.credited.against_raw, AgainstRaw::kBelow);
  const auto twice = rates_of(work_of(seconds(20), 1, 10'000, shares(100, 100), 20'000));
  EXPECT_EQ(twice->nonces.credited.against_raw, AgainstRaw::kAbove);
}

TEST(HonestRates, ADeviceThatComputesWrongIsBelowThoughNoShareCame) {
  WeightedCount none;
  none.largest = 100;
  EXPECT_EQ(rates_of(work_of(seconds(20), 1, 300, none, 0))->nonces.verified.against_raw,
            AgainstRaw::kAgrees);
  EXPECT_EQ(rates_of(work_of(seconds(20), 1, 400, none, 0))->nonces.verified.against_raw,
            AgainstRaw::kBelow)
      << "400 nonces without a share of D 100 come once in 55 times";
}

TEST(HonestRates, WithoutAnyDifficultyThereIsNoInterval) {
  const auto rates = rates_of(work_of(seconds(20), 1, 400, {}, std::nullopt));
  EXPECT_EQ(rates->nonces.raw, 20);
  EXPECT_FALSE(rates->nonces.verified.interval);
  EXPECT_EQ(rates->nonces.verified.against_raw, AgainstRaw::kUnknown);
}

TEST(HonestRates, SprintsAddUpAndTheIntervalNarrows) {
  SprintWork all;
  for (int i = 0; i < 10; ++i) {
    all += work_of(seconds(20), kMacPerNonce, 2400, shares(24, 100), 2400);
  }
  const auto rates = rates_of(all);
  EXPECT_EQ(rates->nonces.raw, 120);
  EXPECT_EQ(rates->nonces.credited.per_second, 120);
  EXPECT_GT(rates->nonces.credited.interval->low, 105);
  EXPECT_LT(rates->nonces.credited.interval->high, 137);
}

TEST(HonestRates, OneH100IsWhatOneH100Does) {
  EXPECT_EQ(poc::h100_equivalents(poc::kH100MacPerSecond), 1);
  EXPECT_NEAR(poc::h100_equivalents(32.55e12), 0.05, 1e-12);
}

}  // namespace
}  // namespace miner
