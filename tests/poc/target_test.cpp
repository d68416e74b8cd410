#include "poc/target.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "tests/poc/openssl.h"
#include "tests/poc/random.h"

namespace poc {
namespace {

using base::to_hex;
using tests::BigNumber;

constexpr std::uint64_t kSeed = 256;
constexpr std::uint64_t kLargest = 9007199254740991;  // 2^53 - 1

BigNumber largest_ticket() {
  return BigNumber::power_of_two(256) - 1;
}

BigNumber number(const base::Bytes32& big_endian) {
  return BigNumber::from_big_endian(big_endian);
}

/// Difficulties of every length, and the edges.
std::vector<std::uint64_t> difficulties() {
  std::vector<std::uint64_t> out = {1, 2, 3, 255, 256, 257, kLargest - 1, kLargest};
  tests::Random random(kSeed);
  for (int bits = 1; bits <= 53; ++bits) {
    out.push_back(std::uint64_t{1} << (bits - 1));
    out.push_back((std::uint64_t{1} << bits) - 1);
    for (int i = 0; i < 5; ++i) {
      out.push_back((random.u64() | std::uint64_t{1} << 63) >> (64 - bits));
    }
  }
  return out;
}

TEST(Target, OfDifficultyOneIsMetByEveryTicket) {
  const Target target = Target::from_difficulty(1);
  EXPECT_EQ(to_hex(target.big_endian()), std::string(64, 'f'));
  base::Bytes32 ones{};
  ones.fill(0xff);
  EXPECT_TRUE(target.met_by(ones));
}

TEST(Target, IsTheFloorOfTheQuotient) {
  SCOPED_TRACE(testing::Message() << "seed " << kSeed);
  for (const std::uint64_t difficulty : difficulties()) {
    const BigNumber target = number(Target::from_difficulty(difficulty).big_endian());
    EXPECT_EQ(target, largest_ticket() / difficulty) << difficulty;
    EXPECT_LE(target * difficulty, largest_ticket()) << difficulty;
    EXPECT_GT((target + 1) * difficulty, largest_ticket()) << difficulty;
  }
}

TEST(Target, FallsAsTheDifficultyGrows) {
  std::vector<std::uint64_t> rising = difficulties();
  std::sort(rising.begin(), rising.end());
  rising.erase(std::unique(rising.begin(), rising.end()), rising.end());
  for (std::size_t i = 1; i < rising.size(); ++i) {
    EXPECT_LT(Target::from_difficulty(rising[i]).big_endian(),
              Target::from_difficulty(rising[i - 1]).big_endian())
        << rising[i];
  }
}

TEST(Target, IsMetByEqualAndBelowAndNotAbove) {
  SCOPED_TRACE(testing::Message() << "seed " << kSeed);
  for (const std::uint64_t difficulty : difficulties()) {
    const Target target = Target::from_difficulty(difficulty);
    const BigNumber value = number(target.big_endian());
    EXPECT_TRUE(target.met_by(value.to_bytes32())) << difficulty;
    EXPECT_TRUE(target.met_by((value - 1).to_bytes32())) << difficulty;
    EXPECT_TRUE(target.met_by(Ticket{})) << difficulty;
    if (difficulty > 1) {
      EXPECT_FALSE(target.met_by((value + 1).to_bytes32())) << difficulty;
      EXPECT_FALSE(target.met_by(largest_ticket().to_bytes32())) << difficulty;
    }
  }
}

TEST(Target, ReadsTheTicketBigEndian) {
  const Target target = Target::from_difficulty(256);  // 00ff..ff
  Ticket ticket{};
  ticket.fill(0xff);
  ticket[0] = 0;
  EXPECT_TRUE(target.met_by(ticket));
  ticket[0] = 1;
  EXPECT_FALSE(target.met_by(ticket));
  ticket.fill(0);
  ticket[31] = 0xff;  // the least significant byte
  EXPECT_TRUE(target.met_by(ticket));
  ticket[0] = 0x80;
  EXPECT_FALSE(target.met_by(ticket));
}

TEST(Target, ComparesLikeNumbers) {
  SCOPED_TRACE(testing::Message() << "seed " << kSeed);
  tests::Random random(kSeed);
  for (const std::uint64_t difficulty : difficulties()) {
    const Target target = Target::from_difficulty(difficulty);
    for (int i = 0; i < 8; ++i) {
      Ticket ticket = target.big_endian();  // alike but for one byte
      ticket[random.below(32)] = static_cast<std::uint8_t>(random.u64());
      EXPECT_EQ(target.met_by(ticket), number(ticket) <= number(target.big_endian()));
    }
  }
}

TEST(Target, NoneIsMetByZeroOnly) {
  EXPECT_TRUE(Target::none().met_by(Ticket{}));
  Ticket one{};
  one[31] = 1;
  EXPECT_FALSE(Target::none().met_by(one));
  EXPECT_EQ(Target::none(), Target::none());
  EXPECT_NE(Target::none(), Target::from_difficulty(kLargest));
}

TEST(Difficulty, IsCheckedWhereItComesIn) {
  for (const std::uint64_t good : {std::uint64_t{1}, std::uint64_t{1000}, kLargest}) {
    ASSERT_TRUE(check_difficulty(good).ok());
    EXPECT_EQ(*check_difficulty(good), good);
  }
  for (const std::uint64_t bad : {std::uint64_t{0}, kLargest + 1, UINT64_MAX}) {
    const auto refused = check_difficulty(bad);
    ASSERT_FALSE(refused.ok()) << bad;
    EXPECT_EQ(refused.error().fault, base::Fault::kInvalid);
    EXPECT_EQ(refused.message(), "difficulty " + std::to_string(bad) + " is not in 1..2^53-1");
  }
  EXPECT_EQ(kMaxDifficulty, kLargest);
}

TEST(DifficultyDeathTest, OutOfRangeIsABug) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(static_cast<void>(Target::from_difficulty(0)), "target\\.cpp:[0-9]+: check failed");
  EXPECT_DEATH(static_cast<void>(Target::from_difficulty(kLargest + 1)), "check failed");
}

/// A ticket that is met at D and missed at D + 1 is one in (target(D+1), target(D)].
void expect_largest_met(const Ticket& ticket) {
  const std::uint64_t difficulty = difficulty_of(ticket);
  ASSERT_GE(difficulty, 1u);
  ASSERT_LE(difficulty, kLargest);
  EXPECT_TRUE(Target::from_difficulty(difficulty).met_by(ticket)) << to_hex(ticket);
  if (difficulty < kLargest) {
    EXPECT_FALSE(Target::from_difficulty(difficulty + 1).met_by(ticket)) << to_hex(ticket);
  }
  // ticket <= floor(all / D) where ticket * D <= all: the largest such D is floor(all / ticket).
  const BigNumber value = number(ticket);
  const BigNumber direct = value == 0 ? BigNumber(kLargest) : largest_ticket() / value;
  EXPECT_EQ(BigNumber(difficulty), std::min(direct, BigNumber(kLargest))) << to_hex(ticket);
}

TEST(DifficultyOf, IsTheLargestThatATicketMeets) {
  SCOPED_TRACE(testing::Message() << "seed " << kSeed);
  tests::Random random(kSeed);
  for (int round = 0; round < 400; ++round) {
    Ticket ticket = random.bytes32();
    const std::size_t zeros = random.below(9);  // small ones, as shares are
    for (std::size_t i = 0; i < zeros; ++i) ticket[i] = 0;
    expect_largest_met(ticket);
  }
}

TEST(DifficultyOf, IsExactAtTheTargetsThemselves) {
  SCOPED_TRACE(testing::Message() << "seed " << kSeed);
  for (const std::uint64_t difficulty : difficulties()) {
    const BigNumber target = number(Target::from_difficulty(difficulty).big_endian());
    EXPECT_EQ(difficulty_of(target.to_bytes32()), difficulty);
    expect_largest_met((target - 1).to_bytes32());
    if (difficulty > 1) {
      EXPECT_EQ(difficulty_of((target + 1).to_bytes32()), difficulty - 1);
    }
  }
}

TEST(DifficultyOf, HasEnds) {
  EXPECT_EQ(difficulty_of(Ticket{}), kLargest);
  EXPECT_EQ(difficulty_of(largest_ticket().to_bytes32()), 1u);
  Ticket one{};
  one[31] = 1;
  EXPECT_EQ(difficulty_of(one), kLargest);
}

}  // namespace
}  // namespace poc
