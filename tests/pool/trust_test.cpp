#include "pool/trust.h"

#include <gtest/gtest.h>

#include "tests/pool/judged_rig.h"

namespace pool {
namespace {

using tests::holding;
using Rows = std::vector<Escrow::Held>;

constexpr std::uint64_t kLargest = stratum::kMaxInteger;

/// Trusted at once, with so much held of it.
Saved::Known trusted(const std::string& account, const Rows& held) {
  return {account, {1000, 100, 0}, held};
}

TEST(WorthOfLargest, IsRoundedUpAndExact) {
  EXPECT_EQ(worth_of_largest(100, 3, 1), 34U);
  EXPECT_EQ(worth_of_largest(100, 4, 1), 25U);
  EXPECT_EQ(worth_of_largest(100, 1'000'000, 1), 1U);
  EXPECT_EQ(worth_of_largest(0, 7, 7), 0U);
  EXPECT_EQ(worth_of_largest(100, 0, 0), 0U);
  EXPECT_EQ(worth_of_largest(kLargest, UINT64_MAX, UINT64_MAX), kLargest);
  EXPECT_EQ(worth_of_largest(kLargest, UINT64_MAX, UINT64_MAX - 1), kLargest);
  EXPECT_EQ(worth_of_largest(kLargest, kLargest, 5), 5U);
}

/// An account with one share gets no more than what that was said to be worth.
TEST(WorthOfLargest, IsNeverBelowWhatTheSplitGives) {
  std::mt19937_64 random(3);
  for (int round = 0; round < 2000; ++round) {
    const std::uint64_t reward = random() >> (11 + random() % 53);
    const std::uint64_t shift = 20 + random() % 44;
    const Weights weights{{"a", 1 + (random() >> shift)},
                          {"b", 1 + (random() >> shift)},
                          {"c", 1 + (random() >> shift)}};
    std::uint64_t total = 0;
    for (const auto& [account, weight] : weights) total += weight;
    const auto divided = split(reward, 0, weights);
    ASSERT_TRUE(divided);
    for (const auto& [account, weight] : weights) {
      EXPECT_LE(divided->amounts.at(account), worth_of_largest(reward, total, weight));
    }
  }
}

TEST(WorthOfLargestDeathTest, AShareIsAPartOfTheWhole) {
  EXPECT_DEATH(worth_of_largest(1, 3, 4), "check");
}

TEST(Trust, OfWhomNothingIsKnownEverythingIsRecomputed) {
  const Trust trust({}, holding(4), {});
  EXPECT_EQ(trust.standing("alice"), Standing::kNew);
  EXPECT_EQ(trust.held("alice"), 0U);
  EXPECT_EQ(trust.rate("alice", 1), kEveryShare);
  EXPECT_TRUE(trust.known().empty());
}

TEST(Trust, ARateNeedsStandingAndStakeBoth) {
  const ForfeitRule rule = holding(4);
  const Trust trust({}, rule, {trusted("alice", {{1, 20}, {2, 10}}), {"bob", {}, {{2, 1000}}}});
  EXPECT_EQ(trust.standing("alice"), Standing::kTrusted);
  EXPECT_EQ(trust.held("alice"), 30U);
  EXPECT_EQ(trust.rate("alice", 1), rule.config().trusted);
  EXPECT_EQ(trust.rate("alice", 5), rule.config().regular);
  EXPECT_EQ(trust.rate("alice", 6), kEveryShare);
  EXPECT_EQ(trust.rate("bob", 1), kEveryShare) << "rich and unknown";
}

TEST(Trust, ASprintMovesAndTeaches) {
  Trust trust({}, holding(2), {trusted("alice", {{5, 7}}), trusted("bob", {{5, 9}})});
  const auto judged = trust.judge(7, {{"alice", 10}, {"carol", 0}, {"dave", 3}},
                                  {{"alice", {2, 0}}, {"bob", {5, 1}}, {"erin", {0, 0}}});
  ASSERT_EQ(judged.size(), 3U) << "of carol and erin there is nothing to tell";
  EXPECT_EQ(judged[0].account, "alice");
  EXPECT_EQ(judged[0].reputation, (ReputationRow{1002, 101, 0}));
  EXPECT_EQ(judged[0].moved, (Moved{10, 7, 0}));
  EXPECT_EQ(judged[0].held, (Rows{{7, 10}}));
  EXPECT_EQ(judged[1].account, "bob");
  EXPECT_EQ(judged[1].reputation, (ReputationRow{0, 0, 1}));
  EXPECT_EQ(judged[1].moved, (Moved{0, 0, 9}));
  EXPECT_EQ(judged[1].held, Rows());
  EXPECT_EQ(judged[2].account, "dave");
  EXPECT_EQ(judged[2].reputation, ReputationRow());
  EXPECT_EQ(judged[2].moved, (Moved{3, 0, 0}));
  EXPECT_EQ(trust.known(), (std::vector<Saved::Known>{{"alice", {1002, 101, 0}, {{7, 10}}},
                                                      {"bob", {0, 0, 1}, {}},
                                                      {"dave", {}, {{7, 3}}}}));
}

TEST(Trust, WhatIsHeldIsReleasedWhileItsOwnerIsAway) {
  Trust trust({}, holding(2), {{"alice", {}, {{1, 7}}}});
  const auto still = trust.judge(2, {}, {});
  ASSERT_EQ(still.size(), 1U);
  EXPECT_EQ(still[0].moved, Moved());
  const auto over = trust.judge(3, {}, {});
  ASSERT_EQ(over.size(), 1U);
  EXPECT_EQ(over[0].moved, (Moved{0, 7, 0}));
  EXPECT_TRUE(trust.judge(4, {}, {}).empty());
  EXPECT_TRUE(trust.known().empty()) << "who has nothing and showed nothing takes no room";
}

TEST(Trust, WhereAllIsRecomputedAllIsReleasedAndNothingLearnt) {
  Trust trust({}, holding(4), {trusted("alice", {{1, 7}}), {"bob", {}, {{1, 9}}}});
  trust.release_all(2);
  EXPECT_EQ(trust.known(), (std::vector<Saved::Known>{trusted("alice", {})}));
  EXPECT_EQ(trust.rate("alice", 1), kEveryShare) << "nothing is at stake any more";
}

TEST(TrustDeathTest, SprintsAreJudgedInOrder) {
  Trust trust({}, holding(4), {trusted("alice", {{5, 7}})});
  EXPECT_DEATH((void)trust.judge(5, {}, {}), "check");
  (void)trust.judge(7, {}, {});
  EXPECT_DEATH((void)trust.judge(6, {}, {}), "check");
  EXPECT_DEATH(trust.release_all(7), "check");
}

TEST(Trust, GoesOnWhereAnotherLeftIt) {
  std::mt19937_64 random(5);
  Trust one({}, holding(3), {});
  for (std::uint64_t number = 1; number <= 300; ++number) {
    Trust other({}, holding(3), one.known());
    const tests::Played played = tests::random_sprint(random, 8);
    for (Trust* trust : {&one, &other}) {
      tests::judged_sprint(*trust, number, played, {Scheme::kProportional, 1, 1000, 10'000});
    }
    ASSERT_EQ(one.known(), other.known()) << "after sprint " << number;
  }
}

}  // namespace
}  // namespace pool
