#include "pool/standing.h"

#include <gtest/gtest.h>

#include <random>

#include "stratum/messages.h"

namespace pool {
namespace {

constexpr std::uint64_t kLargest = stratum::kMaxInteger;

/// After sprints with so many right shares each.
Reputation shown(std::uint64_t sprints, std::uint64_t right, Reputation from = {}) {
  for (std::uint64_t i = 0; i < sprints; ++i) from = from.after({right, 0});
  return from;
}

Standing standing_after(std::uint64_t sprints, std::uint64_t right) {
  return shown(sprints, right).standing({});
}

TEST(StandingTest, Words) {
  for (const Standing standing : {Standing::kNew, Standing::kRegular, Standing::kTrusted}) {
    EXPECT_EQ(standing_of(standing_word(standing)), standing);
  }
  EXPECT_EQ(standing_word(Standing::kRegular), "regular");
  EXPECT_EQ(standing_of("Trusted"), std::nullopt);
}

TEST(StandingTest, A11_WhoIsNotKnownIsNewUnderAnyPolicy) {
  const auto easiest = check_standings({{1, 1}, {1, 1}});
  ASSERT_TRUE(easiest.ok());
  EXPECT_EQ(Reputation().standing(*easiest), Standing::kNew);
  EXPECT_EQ(Reputation().after({1, 0}).standing(*easiest), Standing::kTrusted);
  EXPECT_EQ(Reputation().row(), ReputationRow{});
}

TEST(StandingTest, RisesByRightSharesAndBySprintsBoth) {
  EXPECT_EQ(standing_after(2, 1000), Standing::kNew) << "a farm's two sprints";
  EXPECT_EQ(standing_after(63, 1), Standing::kNew);
  EXPECT_EQ(standing_after(64, 1), Standing::kRegular);
  EXPECT_EQ(standing_after(3, 21), Standing::kNew) << "63 shares";
  EXPECT_EQ(standing_after(3, 22), Standing::kRegular);
  EXPECT_EQ(standing_after(99, 1000), Standing::kRegular);
  EXPECT_EQ(standing_after(100, 9), Standing::kRegular) << "900 shares";
  EXPECT_EQ(standing_after(100, 10), Standing::kTrusted);
}

TEST(StandingTest, OneWrongShareAndAnAccountIsNewAgain) {
  const Reputation trusted = shown(200, 10);
  ASSERT_EQ(trusted.standing({}), Standing::kTrusted);
  const Reputation fallen = trusted.after({1'000'000, 1});
  EXPECT_EQ(fallen.standing({}), Standing::kNew);
  EXPECT_EQ(fallen.shown(), Entry{}) << "nothing of before counts, nor of the sprint itself";
  EXPECT_EQ(fallen.faults(), 1u);
  EXPECT_EQ(trusted.standing({}), Standing::kTrusted) << "a value";
  EXPECT_EQ(shown(99, 100, fallen).standing({}), Standing::kRegular);
  EXPECT_EQ(shown(100, 100, fallen).standing({}), Standing::kTrusted) << "the same way up";
  EXPECT_EQ(fallen.after({0, 7}).faults(), 2u) << "sprints";
}

TEST(StandingTest, ASprintInWhichNothingWasRecomputedChangesNothing) {
  const Reputation before = shown(5, 3);
  EXPECT_EQ(before.after({0, 0}), before);
}

TEST(StandingTest, AnotherPolicyHoldsAtOnce) {
  const Reputation some = shown(10, 10);
  EXPECT_EQ(some.standing({{64, 3}, {1000, 100}}), Standing::kRegular);
  EXPECT_EQ(some.standing({{64, 3}, {100, 10}}), Standing::kTrusted);
  EXPECT_EQ(some.standing({{101, 3}, {1000, 100}}), Standing::kNew);
}

TEST(StandingTest, PoliciesThatMakeNoSenseAreRefused) {
  EXPECT_TRUE(check_standings({}).ok());
  EXPECT_TRUE(check_standings({{1, 1}, {kLargest, kLargest}}).ok());
  EXPECT_EQ(check_standings({{0, 3}, {1000, 100}}).message(),
            "regular: 0 shares are not in 1..2^53-1");
  EXPECT_EQ(check_standings({{64, 3}, {1000, 0}}).message(),
            "trusted: 0 sprints are not in 1..2^53-1");
  EXPECT_FALSE(check_standings({{64, 3}, {kLargest + 1, 100}}).ok());
  EXPECT_EQ(check_standings({{64, 3}, {63, 100}}).message(),
            "trusted is reached with less than regular");
  EXPECT_FALSE(check_standings({{64, 3}, {1000, 2}}).ok());
}

TEST(StandingTest, RowsAreReadBackAsTheyWereWritten) {
  std::mt19937_64 random(3);
  Reputation reputation;
  for (int i = 0; i < 1000; ++i) {
    reputation = reputation.after({random() % 30, random() % 50 == 0 ? 1u : 0u});
    const auto again = Reputation::from_row(reputation.row());
    ASSERT_TRUE(again.ok());
    ASSERT_EQ(*again, reputation);
  }
  EXPECT_GT(reputation.faults(), 0u);
}

TEST(StandingTest, RowsOutOfRangeAreRefused) {
  const auto most = static_cast<std::int64_t>(kLargest);
  EXPECT_TRUE(Reputation::from_row({most, most, most}).ok());
  EXPECT_EQ(Reputation::from_row({-1, 0, 0}).message(),
            "reputation: shares of -1 is not in 0..2^53-1");
  EXPECT_EQ(Reputation::from_row({0, most + 1, 0}).message(),
            "reputation: sprints of 9007199254740992 is not in 0..2^53-1");
  EXPECT_FALSE(Reputation::from_row({0, 0, INT64_MIN}).ok());
}

TEST(StandingTest, CountsStopAtTheLargestInteger) {
  const auto most = static_cast<std::int64_t>(kLargest);
  const auto full = Reputation::from_row({most - 1, most, most});
  ASSERT_TRUE(full.ok());
  EXPECT_EQ(full->after({UINT64_MAX, 0}).row(), (ReputationRow{most, most, most}));
  EXPECT_EQ(full->after({0, UINT64_MAX}).row(), (ReputationRow{0, 0, most}));
}

}  // namespace
}  // namespace pool
