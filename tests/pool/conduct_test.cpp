#include "pool/conduct.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/pool/rig.h"

// Rigs that send what is no share are told, then kept out for a while; and nobody else is.
namespace pool {
namespace {

using testing::HasSubstr;
using tests::kNoon;
using tests::milliseconds;
using tests::seconds;
using tests::TestMiner;

constexpr int kBanned = 41;

TEST(ConductTest, SaysNothingOfLessThanFiftyShares) {
  Conduct conduct;
  for (int i = 0; i < Conduct::kWindow - 1; ++i) conduct.bad();
  EXPECT_FALSE(conduct.warns());
  EXPECT_FALSE(conduct.is_hopeless());
  conduct.bad();
  EXPECT_TRUE(conduct.warns());
  EXPECT_TRUE(conduct.is_hopeless());
}

TEST(ConductTest, WarnsOnceOfMoreThanATenth) {
  Conduct conduct;
  for (int i = 0; i < Conduct::kWindow - 5; ++i) conduct.good();
  for (int i = 0; i < 5; ++i) conduct.bad();
  EXPECT_FALSE(conduct.warns()) << "a tenth";
  conduct.good();
  conduct.bad();
  EXPECT_EQ(conduct.bad_ones(), 6);
  EXPECT_TRUE(conduct.warns());
  EXPECT_FALSE(conduct.warns());
  EXPECT_FALSE(conduct.is_hopeless());
}

TEST(ConductTest, ForgetsWhatIsFiftySharesAgo) {
  Conduct conduct;
  for (int i = 0; i < 30; ++i) conduct.bad();
  for (int i = 0; i < Conduct::kWindow; ++i) conduct.good();
  EXPECT_EQ(conduct.bad_ones(), 0);
}

TEST(ConductTest, HalfIsNotHopelessOneMoreIs) {
  Conduct conduct;
  for (int i = 0; i < 25; ++i) {
    conduct.good();
    conduct.bad();
  }
  EXPECT_FALSE(conduct.is_hopeless());
  conduct.turned_out_bad();
  EXPECT_EQ(conduct.bad_ones(), 26);
  EXPECT_TRUE(conduct.is_hopeless());
}

TEST(ConductTest, AllSharesThatTurnOutBadAreAllBad) {
  Conduct conduct;
  conduct.turned_out_bad();  // of one that is not remembered
  EXPECT_EQ(conduct.bad_ones(), 0);
  for (int i = 0; i < 200; ++i) {
    conduct.good();
    conduct.turned_out_bad();
  }
  EXPECT_EQ(conduct.bad_ones(), Conduct::kWindow);
}

/// A pool in a sprint, and a rig of alice's at an address.
class ConductOfRigs : public testing::Test {
 protected:
  ConductOfRigs() : rig(tests::rig_config()) {
    alice = &rig.connect("alice", "192.0.2.1");
    rig.at(kNoon);
    one = rig.sprint(1);
    lease = alice->ready(one);
    rig.at(kNoon + seconds(10));
  }
  /// Shares of no lease of hers.
  void send_nonsense(TestMiner& miner, int count) {
    for (int i = 0; i < count; ++i) {
      EXPECT_EQ(miner.submit(one, lease, lease.base + lease.size() + 1, {}, ++seq), 27);
    }
  }
  void send_wrong_ones(int count) {
    for (int i = 0; i < count; ++i) {
      poc::Digest wrong{};
      wrong.fill(0xee);
      EXPECT_EQ(alice->submit(one, lease, lease.base + seq, wrong, seq + 1), 0);
      ++seq;
    }
  }
  /// The code of a login from there.
  int log_in(const std::string& login, const std::string& network) {
    TestMiner& miner = rig.connect("", network);
    miner.resume("");
    return miner.code_of("mining.authorize", R"([")" + login + R"(",""])");
  }

  tests::PoolRig rig;
  std::string one;
  TestMiner* alice = nullptr;
  stratum::Lease lease;
  std::uint64_t seq = 0;
};

TEST_F(ConductOfRigs, AreToldAndThenKeptOutForTenMinutes) {
  send_nonsense(*alice, 49);
  EXPECT_FALSE(alice->told_something());
  EXPECT_THAT(rig.pool.take_superseded(), testing::IsEmpty());
  send_nonsense(*alice, 1);
  EXPECT_TRUE(alice->told_something());
  EXPECT_THAT(rig.pool.take_superseded(), testing::SizeIs(1)) << "to be closed";
  EXPECT_EQ(rig.log.warnings("rig is banned"), 1U);
  EXPECT_EQ(rig.statistics.counters().rig_bans, 1U);
  alice->leave();
  EXPECT_EQ(log_in("alice.w", "192.0.2.1"), kBanned);
  EXPECT_EQ(log_in("alice.other", "192.0.2.1"), 0);
  EXPECT_EQ(log_in("bob.w", "192.0.2.1"), 0);
  EXPECT_EQ(log_in("alice.w", "192.0.2.2"), 0);
  EXPECT_EQ(log_in("alice.w", ""), 0) << "a peer that is exempt";
  rig.now += std::chrono::minutes(10) - milliseconds(1);
  EXPECT_EQ(log_in("alice.w", "192.0.2.1"), kBanned);
  rig.now += milliseconds(1);
  EXPECT_EQ(log_in("alice.w", "192.0.2.1"), 0);
}

TEST_F(ConductOfRigs, ATokenIsNoWayAroundABan) {
  send_nonsense(*alice, 50);
  const std::string token = alice->token();
  alice->leave();
  TestMiner& back = rig.connect("", "192.0.2.1");
  EXPECT_FALSE(back.resume(token));
  EXPECT_THAT(back.ask("mining.authorize", R"(["alice.w",""])"), HasSubstr(R"("retry_ms":600001)"));
}

TEST_F(ConductOfRigs, WrongDigestsCountWhenTheResultSaysSo) {
  send_wrong_ones(60);
  rig.verify();
  EXPECT_THAT(rig.pool.take_superseded(), testing::IsEmpty()) << "that may still be doubted";
  rig.at(kNoon + seconds(60));
  EXPECT_TRUE(alice->heard("sprint.result", one));
  EXPECT_THAT(rig.pool.take_superseded(), testing::SizeIs(1));
  EXPECT_EQ(log_in("alice.w", "192.0.2.1"), kBanned);
}

TEST_F(ConductOfRigs, AResultThatIsToldTwiceCountsOnce) {
  for (int i = 0; i < 30; ++i) {  // a bit more than half of them right
    const std::uint64_t nonce = lease.base + 1000 + seq;
    EXPECT_EQ(alice->submit(one, lease, nonce, alice->digest(one, nonce), seq + 1), 0);
    ++seq;
  }
  send_wrong_ones(20);
  rig.verify();
  rig.at(kNoon + seconds(60));
  EXPECT_EQ(alice->times_heard("sprint.result", one), 1U);
  const std::string token = alice->token();
  alice->leave();
  TestMiner& back = rig.connect("", "192.0.2.1");
  EXPECT_TRUE(back.resume(token));
  EXPECT_EQ(back.times_heard("sprint.result", one), 1U) << "it may not have heard it";
  EXPECT_THAT(rig.pool.take_superseded(), testing::IsEmpty());
}

TEST_F(ConductOfRigs, NobodyIsBlamedForAVerifierThatFails) {
  send_wrong_ones(60);
  rig.pool.checked(rig.checker.failed("no device"), rig.now);
  EXPECT_THAT(rig.pool.take_superseded(), testing::IsEmpty());
  EXPECT_FALSE(alice->told_something());
}

TEST_F(ConductOfRigs, WhatIsWithdrawnInTimeIsNotHeldAgainstIt) {
  send_wrong_ones(60);
  for (std::uint64_t share = 1; share <= seq; ++share) {
    EXPECT_EQ(alice->withdraw(one, share), 1U);
  }
  rig.verify();
  rig.at(kNoon + seconds(60));
  EXPECT_THAT(rig.pool.take_superseded(), testing::IsEmpty());
}

TEST_F(ConductOfRigs, AnExemptPeerIsToldAndStays) {
  TestMiner& proxy = rig.connect("proxy", "");
  send_nonsense(proxy, 60);
  EXPECT_TRUE(proxy.told_something());
  EXPECT_THAT(rig.pool.take_superseded(), testing::IsEmpty());
}

}  // namespace
}  // namespace pool
