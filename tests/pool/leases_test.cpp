#include "pool/leases.h"

#include <gtest/gtest.h>

#include <random>

#include "tests/pool/rig.h"

namespace pool {
namespace {

using tests::seconds;

const base::Bytes32 kAlice = poc::sha256(base::as_bytes("alice"));
const base::Bytes32 kBob = poc::sha256(base::as_bytes("bob"));

TEST(Leases, AreDisjointAndAlignedWhateverIsAskedFor) {
  Leases leases;
  std::mt19937 random(7);
  std::uint64_t end = 0;
  for (int i = 0; i < 2000; ++i) {
    const auto bits = static_cast<std::uint32_t>(16 + random() % 33);
    const auto lease = leases.grant(i % 2 == 0 ? kAlice : kBob, 1, bits, 5);
    ASSERT_TRUE(lease);
    EXPECT_EQ(lease->bits, std::min(bits, kMaxLeaseBits));
    EXPECT_EQ(lease->base & (lease->size() - 1), 0U);
    ASSERT_GE(lease->base, end) << "seed 7, lease " << i;
    end = lease->base + lease->size();
  }
}

TEST(Leases, AMillionOfTheLargestFitAndNoMore) {
  Leases leases;
  for (int i = 0; i < 1'000'000; ++i) {
    const auto lease = leases.grant(kAlice, 0, i % 2 == 0 ? 48 : 16, 1);
    ASSERT_TRUE(lease);
    ASSERT_LT(lease->base, std::uint64_t{1} << 62);
  }
  EXPECT_FALSE(leases.grant(kAlice, 0, 16, 1));
}

TEST(Leases, HoldANonceForTheirAccountOnly) {
  Leases leases;
  const auto first = leases.grant(kAlice, 0, 32, 3);
  const auto second = leases.grant(kBob, 4, 32, 7);
  ASSERT_TRUE(first && second);
  const std::uint64_t last = second->base + second->size() - 1;
  ASSERT_NE(leases.holding(second->id, kBob, last), nullptr);
  EXPECT_EQ(leases.holding(second->id, kBob, last)->lease.difficulty, 7U);
  EXPECT_EQ(leases.holding(second->id, kBob, last)->target, poc::Target::from_difficulty(7));
  EXPECT_EQ(leases.holding(second->id, kBob, last)->lease.device, 4U);
  EXPECT_EQ(leases.holding(second->id, kAlice, last), nullptr);
  EXPECT_EQ(leases.holding(second->id, kBob, last + 1), nullptr);
  EXPECT_EQ(leases.holding(second->id, kBob, second->base - 1), nullptr);
  EXPECT_EQ(leases.holding(first->id, kBob, second->base), nullptr);
  EXPECT_EQ(leases.holding(0, kBob, second->base), nullptr);
  EXPECT_EQ(leases.holding(3, kBob, second->base), nullptr);
  EXPECT_EQ(leases.holding(UINT64_MAX - 1, kBob, second->base), nullptr);
}

TEST(Leases, AreFoundByANonceAlone) {
  Leases leases;
  EXPECT_EQ(leases.holding(stratum::kAnyLease, kAlice, 0), nullptr);
  const auto first = leases.grant(kAlice, 0, 32, 1);
  const auto second = leases.grant(kBob, 0, 40, 2);
  ASSERT_TRUE(first && second);
  const auto id_at = [&](const base::Bytes32& account, std::uint64_t nonce) {
    const auto* granted = leases.holding(stratum::kAnyLease, account, nonce);
    return granted == nullptr ? 0 : granted->lease.id;
  };
  EXPECT_EQ(id_at(kAlice, first->base), first->id);
  EXPECT_EQ(id_at(kAlice, first->base + first->size() - 1), first->id);
  EXPECT_EQ(id_at(kAlice, first->base + first->size()), 0U) << "between two";
  EXPECT_EQ(id_at(kBob, second->base), second->id);
  EXPECT_EQ(id_at(kBob, first->base), 0U) << "another account's";
  EXPECT_EQ(id_at(kBob, UINT64_MAX), 0U);
}

TEST(Leases, AreFoundByANonceWhereARestartLostSome) {
  Leases leases;
  const stratum::Lease third{3, 0, std::uint64_t{5} << 32, 32, 1};
  const stratum::Lease sixth{6, 0, std::uint64_t{9} << 32, 32, 1};
  leases.restore(kAlice, third);
  leases.restore(kBob, sixth);
  const auto* found = leases.holding(stratum::kAnyLease, kAlice, third.base + 7);
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(found->lease.id, 3U);
  ASSERT_NE(leases.holding(stratum::kAnyLease, kBob, sixth.base), nullptr);
  EXPECT_EQ(leases.holding(stratum::kAnyLease, kAlice, 0), nullptr) << "of a lost one";
}

TEST(LeaseDifficulty, IsTheFixedOne) {
  Config config = tests::rig_config();
  config.difficulty = 1234;
  EXPECT_EQ(lease_difficulty(config, 1'000'000, seconds(20)), 1234U);
}

TEST(LeaseDifficulty, GivesTheSharesWantedInWhatRemains) {
  Config config = tests::rig_config();
  config.difficulty.reset();
  // 4800 nonces/s for 20 s are 96,000 nonces: 24 shares of 4000.
  EXPECT_EQ(lease_difficulty(config, 4'800'000, seconds(20)), 4000U);
  EXPECT_EQ(lease_difficulty(config, 4'800'000, seconds(5)), 1000U);
  config.shares_wanted = 96;
  EXPECT_EQ(lease_difficulty(config, 4'800'000, seconds(20)), 1000U);
}

TEST(LeaseDifficulty, IsAtLeastOneAndNeverOverflows) {
  Config config = tests::rig_config();
  config.difficulty.reset();
  EXPECT_EQ(lease_difficulty(config, 1, seconds(2)), 1U);
  EXPECT_EQ(lease_difficulty(config, 4'800'000, -seconds(1)), 1U);
  const std::uint64_t highest = lease_difficulty(config, stratum::kMaxInteger, seconds(3600));
  EXPECT_EQ(highest, 150'000'000'000U);  // 10^9 nonces/s, 3600 s, 24 shares
}

TEST(LeaseDifficulty, TakesAnUnknownRateForASmallCpu) {
  Config config = tests::rig_config();
  config.difficulty.reset();
  config.profile = {8, 512, 1536};
  // 5 * 10^10 MAC/s over 16 * 8 * (4 * 512^2 + 3 * 512 * 1536) MAC are 114 nonces/s.
  EXPECT_EQ(lease_difficulty(config, 0, seconds(20)), 95U);
  config.profile = {128, 8192, 32768};
  EXPECT_EQ(lease_difficulty(config, 0, seconds(20)), 1U);
}

}  // namespace
}  // namespace pool
