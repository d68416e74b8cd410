#include "pool/forfeit.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <random>
#include <string>

#include "stratum/messages.h"

namespace pool {
namespace {

using Rows = std::vector<Escrow::Held>;

constexpr std::uint64_t kLargest = stratum::kMaxInteger;

ForfeitRule rule_of(const ForfeitConfig& config = {}) {
  auto rule = ForfeitRule::create(config);
  EXPECT_TRUE(rule.ok());
  return std::move(rule).value();
}

std::string refusal_of(const ForfeitConfig& config) {
  const auto rule = ForfeitRule::create(config);
  return rule.ok() ? "taken" : rule.message();
}

TEST(Escrow, HoldsReleasesAndForfeits) {
  Escrow escrow;
  escrow.hold(3, 10);
  escrow.hold(4, 0);
  escrow.hold(7, 5);
  EXPECT_EQ(escrow.rows(), (Rows{{3, 10}, {7, 5}}));
  EXPECT_EQ(escrow.total(), 15u);
  EXPECT_EQ(escrow.release(2), 0u);
  EXPECT_EQ(escrow.release(3), 10u);
  EXPECT_EQ(escrow.release(6), 0u);
  EXPECT_EQ(escrow.forfeit(), 5u);
  EXPECT_EQ(escrow, Escrow());
  EXPECT_EQ(escrow.forfeit(), 0u);
}

TEST(Escrow, RowsAreReadBackOrRefused) {
  const Rows rows = {{1, kLargest}, {2, 1}, {900, 7}};
  const auto escrow = Escrow::from_rows(rows);
  ASSERT_TRUE(escrow.ok());
  EXPECT_EQ(escrow->rows(), rows);
  EXPECT_EQ(escrow->total(), kLargest + 8);
  EXPECT_EQ(Escrow::from_rows({{2, 1}, {2, 1}}).message(),
            "escrow: sprint 2 stands after sprint 2");
  EXPECT_FALSE(Escrow::from_rows({{2, 1}, {1, 1}}).ok());
  EXPECT_EQ(Escrow::from_rows({{1, 0}}).message(), "escrow: 0 of sprint 1 is not in 1..2^53-1");
  EXPECT_FALSE(Escrow::from_rows({{1, kLargest + 1}}).ok());
  Rows many;
  for (std::uint64_t i = 1; i <= 1001; ++i) many.push_back({i, 1});
  EXPECT_EQ(Escrow::from_rows(many).message(), "escrow: 1001 sprints, 1000 at most");
}

TEST(EscrowDeathTest, ASprintIsHeldOnceAndInOrder) {
  Escrow escrow;
  escrow.hold(5, 1);
  EXPECT_DEATH(escrow.hold(5, 1), "check");
  EXPECT_DEATH(escrow.hold(6, kLargest + 1), "check");
}

TEST(ForfeitRule, EarningsAreHeldUntilTheSprintsAfterThemAreJudged) {
  const ForfeitRule rule = rule_of();  // 4 sprints
  Escrow escrow;
  for (std::uint64_t sprint = 1; sprint <= 4; ++sprint) {
    EXPECT_EQ(rule.judge(escrow, sprint, 10 * sprint, false), (Moved{10 * sprint, 0, 0}));
  }
  EXPECT_EQ(escrow.total(), 100u);
  EXPECT_EQ(rule.judge(escrow, 5, 50, false), (Moved{50, 10, 0}));
  EXPECT_EQ(rule.judge(escrow, 6, 0, false), (Moved{0, 20, 0})) << "it took no part";
  EXPECT_EQ(rule.judge(escrow, 100, 0, false), (Moved{0, 120, 0}));
  EXPECT_EQ(escrow, Escrow());
}

TEST(ForfeitRule, OneWrongShareCostsTheSprintAndAllThatIsHeld) {
  const ForfeitRule rule = rule_of();
  Escrow escrow;
  for (std::uint64_t sprint = 1; sprint <= 4; ++sprint) rule.judge(escrow, sprint, 10, false);
  EXPECT_EQ(rule.judge(escrow, 5, 7, true), (Moved{0, 0, 47})) << "what is due now, too";
  EXPECT_EQ(rule.judge(escrow, 6, 7, true), (Moved{0, 0, 7})) << "nothing else is left";
  EXPECT_EQ(rule.judge(escrow, 7, 7, false), (Moved{7, 0, 0}));
}

TEST(ForfeitRule, NoUnitIsLostOrMade) {
  std::mt19937_64 random(5);
  const ForfeitRule rule = rule_of({.hold_sprints = 7});
  Escrow escrow;
  std::uint64_t earned = 0, released = 0, forfeited = 0;
  for (std::uint64_t sprint = 1; sprint < 2000; sprint += 1 + random() % 3) {
    const std::uint64_t now = random() % 1000;
    const Moved moved = rule.judge(escrow, sprint, now, random() % 20 == 0);
    earned += now;
    released += moved.released;
    forfeited += moved.forfeited;
    ASSERT_EQ(earned, released + forfeited + escrow.total());
    ASSERT_LE(escrow.rows().size(), 7u);
  }
  EXPECT_GT(released, 0u);
  EXPECT_GT(forfeited, 0u);
}

TEST(ForfeitRule, ARateHoldsWhileEnoughIsAtStake) {
  const ForfeitRule rule = rule_of();
  const SampleRate regular = rule.config().regular, trusted = rule.config().trusted;
  // A margin of 2: 2 * 15 shares for 1/16, 2 * 3 for 1/4.
  for (const std::uint64_t d : {std::uint64_t{1}, std::uint64_t{1000}, kLargest / 30}) {
    EXPECT_EQ(rule.rate(Standing::kTrusted, {30 * d, d}), trusted);
    EXPECT_EQ(rule.rate(Standing::kTrusted, {30 * d - 1, d}), regular);
    EXPECT_EQ(rule.rate(Standing::kTrusted, {6 * d, d}), regular);
    EXPECT_EQ(rule.rate(Standing::kTrusted, {6 * d - 1, d}), kEveryShare);
    EXPECT_EQ(rule.rate(Standing::kRegular, {1000 * d, d}), regular);
    EXPECT_EQ(rule.rate(Standing::kRegular, {6 * d - 1, d}), kEveryShare);
    EXPECT_EQ(rule.rate(Standing::kNew, {1000 * d, d}), kEveryShare);
  }
  EXPECT_EQ(rule.rate(Standing::kTrusted, {0, 1}), kEveryShare);
}

TEST(ForfeitRule, HugeAmountsDoNotOverflow) {
  const SampleRate rare{{UINT32_MAX - 2, UINT32_MAX - 1}, 0};
  const SampleRate rarest{{1, 1'000'000}, 0};
  const ForfeitRule rule = rule_of({rare, rarest, 1000, 10'000, 1'000'000});
  EXPECT_EQ(rule.rate(Standing::kTrusted, {UINT64_MAX >> 1, kLargest}), rare);
  EXPECT_EQ(rule.rate(Standing::kTrusted, {UINT64_MAX >> 1, 1}), rarest);
  EXPECT_EQ(rule.rate(Standing::kTrusted, {0, kLargest}), kEveryShare);
}

TEST(ForfeitRule, AConfigurationThatCannotBeSafeIsRefused) {
  EXPECT_EQ(refusal_of({}), "taken");
  EXPECT_EQ(refusal_of({.trusted = {{1, 256}, 2}}),
            "trusted accounts are checked by 1/256, so that 510 shares must be held: 4 sprints of "
            "24 are 96");
  EXPECT_EQ(refusal_of({.trusted = {{1, 256}, 2}, .hold_sprints = 22}), "taken") << "528";
  EXPECT_EQ(refusal_of({.trusted = {{1, 256}, 2}, .hold_sprints = 21}),
            "trusted accounts are checked by 1/256, so that 510 shares must be held: 21 sprints of "
            "24 are 504");
  EXPECT_EQ(
      refusal_of({.hold_sprints = 1, .usual_shares = 5}),
      "regular accounts are checked by 1/4, so that 6 shares must be held: 1 sprints of 5 are 5");
  EXPECT_EQ(
      refusal_of({.regular = {{2, 7}, 0},
                  .trusted = {{2, 7}, 0},
                  .hold_sprints = 1,
                  .margin_percent = 150,
                  .usual_shares = 3}),
      "regular accounts are checked by 2/7, so that 4 shares must be held: 1 sprints of 3 are 3")
      << "3.75";
  EXPECT_EQ(
      refusal_of(
          {.regular = kEveryShare, .trusted = kEveryShare, .hold_sprints = 1, .usual_shares = 1}),
      "taken");
}

TEST(ForfeitRule, ValuesOutOfRangeAreRefused) {
  EXPECT_EQ(refusal_of({.trusted = {{0, 16}, 2}}), "a chance of 0/16 is not above 0 and at most 1");
  EXPECT_EQ(refusal_of({.regular = {{1, 16}, 2}, .trusted = {{1, 15}, 3}}),
            "trusted accounts are checked more (1/15) than regular ones (1/16)");
  EXPECT_EQ(refusal_of({.hold_sprints = 0}), "a hold of 0 is not in 1..1000");
  EXPECT_EQ(refusal_of({.hold_sprints = 1001}), "a hold of 1001 is not in 1..1000");
  EXPECT_EQ(refusal_of({.margin_percent = 100}), "a margin of 100 is not in 101..10000");
  EXPECT_EQ(refusal_of({.margin_percent = 10'001}), "a margin of 10001 is not in 101..10000");
  EXPECT_EQ(refusal_of({.usual_shares = 0}), "a number of shares of 0 is not in 1..1000000");
}

/// The bound of the header, in shares: what j fakes bring at most where `held` are held.
double gain_of(int j, double p, double held) {
  const double pass = std::pow(1 - p, j);
  return pass * j - (1 - pass) * held;
}

TEST(ForfeitRule, A10_NoNumberOfFakesPaysWithTheLeastThatMayBeHeld) {
  const ForfeitRule rule = rule_of({.margin_percent = 101});
  for (const Standing standing : {Standing::kRegular, Standing::kTrusted}) {
    for (std::uint64_t held = 0; held < 2000; ++held) {  // in tenths of a share
      const Probability chance = rule.rate(standing, {held, 10}).probability;
      const double p = 1.0 * chance.numerator / chance.denominator;
      for (const int j : {1, 2, 3, 5, 12, 24, 100, 1000}) {
        ASSERT_LE(gain_of(j, p, static_cast<double>(held) / 10), p < 1 ? -1e-9 : 0)
            << held << " held, " << j << " fakes, p " << p;
      }
    }
  }
}

TEST(ForfeitRule, A10_TheInequalityIsSharp) {
  EXPECT_NEAR(gain_of(1, 1.0 / 16, 15), 0, 1e-12) << "the first fake costs what it brings";
  EXPECT_GT(gain_of(1, 1.0 / 16, 14.9), 0);
  EXPECT_LT(gain_of(2, 1.0 / 16, 15), 0) << "more bring less";
  for (int j = 1; j < 1000; ++j) {
    ASSERT_LE(gain_of(j + 1, 0.25, 3) / (1 - std::pow(0.75, j + 1)),
              gain_of(j, 0.25, 3) / (1 - std::pow(0.75, j)));
  }
}

}  // namespace
}  // namespace pool
