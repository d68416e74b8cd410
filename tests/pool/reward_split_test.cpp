#include "pool/reward_split.h"

#include <gtest/gtest.h>

#include <random>

#include "pool/wide.h"

namespace pool {
namespace {

constexpr std::uint64_t kMost = stratum::kMaxInteger;

/// Fee and amounts as one line.
std::string text_of(const std::optional<RewardSplit>& divided) {
  if (!divided) return "nothing";
  std::string text = "fee " + std::to_string(divided->fee);
  for (const auto& [account, amount] : divided->amounts) {
    text += " " + account + " " + std::to_string(amount);
  }
  return text;
}

TEST(RewardSplit, KnownAnswers) {
  EXPECT_EQ(text_of(split(100, 0, {{"a", 1}, {"b", 3}})), "fee 0 a 25 b 75");
  // 33.3 each: the unit that is left goes to the first by name.
  EXPECT_EQ(text_of(split(100, 0, {{"c", 1}, {"a", 1}, {"b", 1}})), "fee 0 a 34 b 33 c 33");
  // 21 left; 21 * (47, 16, 15, 5, 3) / 86 = 11.48, 3.91, 3.66, 1.22, 0.73: 3 units to the largest
  // remainders, b, e and c.
  EXPECT_EQ(text_of(split(22, 50'000, {{"a", 47}, {"b", 16}, {"c", 15}, {"d", 5}, {"e", 3}})),
            "fee 1 a 11 b 4 c 4 d 1 e 1");
  EXPECT_EQ(text_of(split(10, 0, {{"a", 0}, {"b", 7}})), "fee 0 b 10");
}

TEST(RewardSplit, NamesCompareAsBytes) {
  EXPECT_EQ(text_of(split(1, 0, {{"\xc3\xa9", 1}, {"z", 1}})), "fee 0 z 1 \xc3\xa9 0");
  EXPECT_EQ(text_of(split(1, 0, {{"ab", 1}, {"a", 1}})), "fee 0 a 1 ab 0");
}

TEST(RewardSplit, TheFeeIsRoundedDownInFavourOfTheMiners) {
  EXPECT_EQ(text_of(split(99, 10'000, {{"a", 1}})), "fee 0 a 99");
  EXPECT_EQ(text_of(split(100, 10'000, {{"a", 1}})), "fee 1 a 99");
  EXPECT_EQ(text_of(split(100, kMillion, {{"a", 1}})), "fee 100 a 0");
  EXPECT_EQ(text_of(split(kMost, 1, {{"a", 1}})), "fee 9007199254 a 9007190247541737");
}

TEST(RewardSplit, WhereNobodyEarnedAnythingNothingIsDistributed) {
  EXPECT_EQ(text_of(split(100, 10'000, {})), "nothing");
  EXPECT_EQ(text_of(split(100, 10'000, {{"a", 0}})), "nothing");
}

TEST(RewardSplit, HugeValues) {
  const std::uint64_t half = std::uint64_t{1} << 52;
  EXPECT_EQ(text_of(split(kMost, 0, {{"a", kMost}, {"b", kMost}})),
            "fee 0 a " + std::to_string(half) + " b " + std::to_string(half - 1));
  EXPECT_EQ(text_of(split(kMost, 0, {{"a", UINT64_MAX}})), "fee 0 a " + std::to_string(kMost));
  EXPECT_EQ(text_of(split(kMost, 0, {{"a", UINT64_MAX}, {"b", UINT64_MAX}, {"c", 1}})),
            "fee 0 a " + std::to_string(half) + " b " + std::to_string(half - 1) + " c 0");
}

/// Integers of all sizes below 2^bits.
std::uint64_t any_size(std::mt19937_64& random, unsigned bits) {
  return random() >> (64 - 1 - random() % bits);
}

void expect_fair(std::uint64_t reward, std::uint32_t fee_ppm, const Weights& weights) {
  const auto divided = split(reward, fee_ppm, weights);
  Wide weight = 0, given = 0;
  for (const auto& [account, one] : weights) weight += one;
  ASSERT_EQ(divided.has_value(), weight > 0);
  if (!divided) return;
  ASSERT_EQ(divided->fee, static_cast<std::uint64_t>(Wide{reward} * fee_ppm / kMillion));
  for (const auto& [account, amount] : divided->amounts) {
    // |amount - whole * weight / sum| < 1, times the sum.
    const Wide exact = Wide{reward - divided->fee} * weights.at(account);
    const Wide is = Wide{amount} * weight;
    ASSERT_LT((is > exact ? is - exact : exact - is), weight);
    given += amount;
  }
  ASSERT_TRUE(given + divided->fee == reward);
  for (const auto& [a, more] : divided->amounts) {
    for (const auto& [b, less] : divided->amounts) {
      const std::uint64_t ahead = weights.at(a), behind = weights.at(b);
      ASSERT_TRUE(ahead <= behind || more >= less);
      ASSERT_TRUE(ahead != behind || a >= b || more == less || more == less + 1);
    }
  }
}

TEST(RewardSplit, IsExactFairAndMonotoneWhateverComes) {
  for (std::uint64_t seed = 1; seed <= 2000; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937_64 random(seed);
    Weights weights;
    for (std::uint64_t n = random() % 20; n > 0; --n) {
      weights["m" + std::to_string(random() % 50)] = any_size(random, 63);
    }
    expect_fair(any_size(random, 53), static_cast<std::uint32_t>(random() % (kMillion + 1)),
                weights);
    if (testing::Test::HasFatalFailure()) return;
  }
}

TEST(RewardSplit, ManyAccountsShareLittle) {
  Weights weights;
  for (int i = 0; i < 1000; ++i) weights["m" + std::to_string(1000 + i)] = 1;
  const auto divided = split(7, 0, weights);
  for (int i = 0; i < 1000; ++i) {
    EXPECT_EQ(divided->amounts.at("m" + std::to_string(1000 + i)), i < 7 ? 1U : 0U);
  }
}

TEST(RewardConfig, IsCheckedWhereItComesIn) {
  EXPECT_TRUE(check_rewards({}).ok());
  EXPECT_TRUE(check_rewards({Scheme::kPplns, kMaxRewardWindow, kMost, kMillion}).ok());
  EXPECT_FALSE(check_rewards({Scheme::kPplns, 0, 1, 0}).ok());
  EXPECT_FALSE(check_rewards({Scheme::kPplns, kMaxRewardWindow + 1, 1, 0}).ok());
  EXPECT_FALSE(check_rewards({Scheme::kSolo, 1, kMost + 1, 0}).ok());
  EXPECT_FALSE(check_rewards({Scheme::kSolo, 1, 1, kMillion + 1}).ok());
  for (const Scheme scheme : {Scheme::kProportional, Scheme::kPplns, Scheme::kSolo}) {
    EXPECT_EQ(scheme_of(scheme_word(scheme)), scheme);
  }
  EXPECT_EQ(scheme_of("pps"), std::nullopt);
}

}  // namespace
}  // namespace pool
