#include "pool/pool.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/pool/rig.h"

namespace pool {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using tests::kNoon;
using tests::microseconds;
using tests::PoolRig;
using tests::seconds;
using tests::TestMiner;

const base::UnixTime kT0 = kNoon + seconds(10);
const base::UnixTime kEnd = kT0 + seconds(20);
const base::UnixTime kAfter = kEnd + microseconds(1);
constexpr base::Micros kGrace = seconds(5);

/// A pool with miners alice and bob, whose first sprint is announced.
class PoolTest : public testing::Test {
 protected:
  explicit PoolTest(Config config = tests::rig_config()) : rig(config) {
    alice = &rig.connect("alice");
    bob = &rig.connect("bob");
    rig.at(kNoon);
    one = rig.sprint(1);
  }
  /// Starts the first sprint with a lease for alice.
  void start() {
    lease = alice->ready(one);
    rig.at(kT0);
  }
  int submit_good(TestMiner& miner, std::uint64_t nonce, std::uint64_t seq) {
    return miner.submit(one, lease, nonce, miner.digest(one, nonce), seq);
  }
  int submit_bad(TestMiner& miner, std::uint64_t nonce, std::uint64_t seq) {
    poc::Digest wrong{};
    wrong.fill(0xee);
    return miner.submit(one, lease, nonce, wrong, seq);
  }
  const Summary& summary() const { return rig.pool.summary(); }

  PoolRig rig;
  TestMiner* alice = nullptr;
  TestMiner* bob = nullptr;
  std::string one;
  stratum::Lease lease;
};

TEST_F(PoolTest, AnnouncesToEachAccountItsOwnIdentity) {
  EXPECT_THAT(alice->last("sprint.announce", one), HasSubstr(R"("identity":"alice")"));
  EXPECT_THAT(bob->last("sprint.announce", one), HasSubstr(R"("identity":"bob")"));
  EXPECT_THAT(alice->last("sprint.announce", one), HasSubstr(R"("profile":[2,128,256])"));
  EXPECT_EQ(rig.checker.prepared.size(), 1U);
}

TEST_F(PoolTest, SaysNothingToWhoIsNotLoggedIn) {
  TestMiner& nobody = rig.connect("");
  rig.at(kT0);
  rig.at(kEnd);
  EXPECT_THAT(nobody.heard(), IsEmpty());
}

TEST_F(PoolTest, CreditsVerifiedSharesRightAfterTheEnd) {
  start();
  EXPECT_EQ(submit_good(*alice, lease.base, 1), 0);
  EXPECT_EQ(submit_good(*alice, lease.base + 1, 2), 0);
  rig.verify();
  rig.at(kEnd);
  EXPECT_FALSE(alice->heard("sprint.result", one)) << "a share stamped T_end is in time";
  rig.at(kAfter);
  EXPECT_THAT(alice->last("sprint.verdict", one), HasSubstr(R"("verified":2,"void":[])"));
  EXPECT_THAT(alice->last("sprint.result", one), HasSubstr(R"("credit":2,"total":2)"));
  EXPECT_THAT(bob->last("sprint.result", one), HasSubstr(R"("credit":0,"total":2)"));
  EXPECT_EQ(summary().sprints, 1U);
  EXPECT_EQ(summary().stored, 2U);
  EXPECT_EQ(summary().verified, 2U);
  EXPECT_EQ(summary().credit, 2U);
}

TEST_F(PoolTest, EndsOneSprintBeforeItStartsTheNext) {
  start();
  rig.at(kEnd - seconds(10));
  rig.at(kEnd);
  const std::string two = rig.sprint(2);
  EXPECT_THAT(bob->heard(),
              ElementsAre("sprint.announce " + one, "mining.notify " + one,
                          "sprint.announce " + two, "sprint.end " + one, "mining.notify " + two));
}

TEST_F(PoolTest, TakesShareStampedAtTheEdgeForTheSprintItNames) {
  start();
  const auto early = alice->ready(one, 1);
  rig.at(kEnd);
  EXPECT_EQ(submit_good(*alice, lease.base, 1), 0);
  const std::string two = rig.sprint(2);
  const auto next = alice->ready(two);
  EXPECT_EQ(alice->submit(two, next, next.base, alice->digest(two, next.base), 1), 0);
  rig.now = kAfter;
  EXPECT_EQ(alice->submit(one, early, early.base, alice->digest(one, early.base), 2), 28);
}

TEST_F(PoolTest, RefusesWhatItDoesNotKnow) {
  start();
  EXPECT_EQ(alice->submit("9-nothing", lease, lease.base, {}, 1), 21);
  EXPECT_EQ(alice->submit("1-nothing", lease, lease.base, {}, 2), 21);
  EXPECT_EQ(alice->code_of("mining.lease", R"({"sprint":"9-nothing","n":0})"), 21);
  EXPECT_EQ(summary().refused, 2U);
  EXPECT_EQ(summary().stored, 0U);
}

TEST_F(PoolTest, RefusesASubmitBeforeTheStart) {
  lease = alice->ready(one);
  EXPECT_EQ(alice->submit(one, lease, lease.base, {}, 1), 26);
}

TEST_F(PoolTest, AnswersAStoredShareAgainForADay) {
  start();
  submit_good(*alice, lease.base, 1);
  EXPECT_EQ(submit_good(*alice, lease.base, 2), 0);
  rig.verify();
  rig.at(kAfter);
  ASSERT_TRUE(alice->heard("sprint.result", one));
  EXPECT_EQ(submit_good(*alice, lease.base, 3), 0);
  EXPECT_EQ(submit_good(*alice, lease.base + 1, 4), 28);
  EXPECT_EQ(submit_good(*bob, lease.base, 1), 28);
  rig.now = kEnd + std::chrono::hours(24) + seconds(1);
  rig.pool.tick(rig.now);
  EXPECT_EQ(submit_good(*alice, lease.base, 5), 21);
  EXPECT_EQ(summary().stored, 1U);
}

TEST_F(PoolTest, VoidsAWrongDigestAfterTheGraceOnly) {
  start();
  EXPECT_EQ(submit_bad(*alice, lease.base, 1), 0);
  EXPECT_EQ(submit_good(*alice, lease.base + 1, 2), 0);
  rig.verify();
  rig.at(kEnd + kGrace);
  EXPECT_FALSE(alice->heard("sprint.verdict", one));
  rig.at(kEnd + kGrace + microseconds(1));
  EXPECT_THAT(alice->last("sprint.verdict", one), HasSubstr(R"("verified":1,"void":[[1,30,)"));
  EXPECT_THAT(alice->last("sprint.result", one), HasSubstr(R"("credit":1,"total":1)"));
  EXPECT_EQ(summary().wrong, 1U);
  EXPECT_EQ(submit_bad(*alice, lease.base, 3), 30);
}

TEST_F(PoolTest, AWrongDigestWithdrawnInTimeCostsNothing) {
  start();
  submit_bad(*alice, lease.base, 1);
  rig.verify();
  rig.at(kEnd + kGrace);
  EXPECT_EQ(alice->withdraw(one, 1), 1U);
  rig.at(kEnd + kGrace);
  EXPECT_THAT(alice->last("sprint.verdict", one), HasSubstr(R"("verified":0,"void":[])"));
  EXPECT_THAT(alice->last("sprint.result", one), HasSubstr(R"("credit":0,"total":0)"));
  EXPECT_THAT(alice->last("sprint.result", one), HasSubstr(std::string(64, '0')));
  EXPECT_EQ(summary().withdrawn, 1U);
  EXPECT_EQ(summary().wrong, 0U);
}

TEST_F(PoolTest, AWithdrawnNonceIsFreeAgain) {
  start();
  submit_bad(*alice, lease.base, 1);
  EXPECT_EQ(submit_good(*alice, lease.base, 2), 22);
  EXPECT_EQ(alice->withdraw(one, 1), 1U);
  EXPECT_EQ(submit_good(*alice, lease.base, 3), 0);
  rig.verify();
  rig.at(kAfter);
  EXPECT_THAT(alice->last("sprint.verdict", one), HasSubstr(R"("verified":1,"void":[])"));
  EXPECT_EQ(summary().stored, 2U);
  EXPECT_EQ(summary().verified + summary().withdrawn, 2U);
}

TEST_F(PoolTest, NothingCanBeWithdrawnOnceTheResultIsTold) {
  start();
  submit_good(*alice, lease.base, 1);
  rig.verify();
  rig.at(kAfter);
  EXPECT_EQ(alice->withdraw(one, 1), 0U);
  EXPECT_EQ(summary().credit, 1U);
}

TEST_F(PoolTest, ASessionCannotWithdrawWhatAnotherSent) {
  start();
  submit_good(*alice, lease.base, 1);
  EXPECT_EQ(bob->withdraw(one, 1), 0U);
  EXPECT_EQ(bob->withdraw("9-nothing", 1), 0U);
}

TEST_F(PoolTest, S13_NeverCreditsWhatItCouldNotVerify) {
  start();
  submit_good(*alice, lease.base, 1);
  rig.pool.checked(rig.checker.failed("the card is gone"), rig.now);
  EXPECT_EQ(rig.log.count("the card is gone"), 1U);
  for (int s = 0; s < 60 && !alice->heard("sprint.cancel", one); ++s) {
    rig.at(kEnd + seconds(s));
    EXPECT_FALSE(alice->heard("sprint.result", one));
    if (!rig.checker.jobs.empty()) {
      rig.pool.checked(rig.checker.failed("the card is gone"), rig.now);
      rig.settle();
    }
  }
  EXPECT_THAT(alice->last("sprint.cancel", one), HasSubstr("could not be verified"));
  EXPECT_LT(rig.now, kEnd + seconds(20)) << "miners wait 30 s for a result";
  EXPECT_EQ(summary().credit, 0U);
  EXPECT_EQ(summary().sprints, 0U);
  EXPECT_EQ(submit_good(*alice, lease.base, 2), 21);
}

TEST_F(PoolTest, S13_AVerifierThatRecoversCostsNothing) {
  start();
  submit_good(*alice, lease.base, 1);
  rig.pool.checked(rig.checker.failed("not now"), rig.now);
  rig.at(kT0 + seconds(1));
  rig.verify();
  rig.at(kAfter);
  EXPECT_THAT(alice->last("sprint.result", one), HasSubstr(R"("credit":1,"total":1)"));
}

TEST_F(PoolTest, WaitsForSharesThatAreStillVerified) {
  start();
  submit_good(*alice, lease.base, 1);
  rig.at(kEnd + seconds(8));
  EXPECT_FALSE(alice->heard("sprint.result", one));
  rig.verify();
  EXPECT_TRUE(alice->heard("sprint.result", one));
}

TEST_F(PoolTest, WhoJoinsARaceThatStartedLateIsToldItsActualTimes) {
  rig.at(kEnd + seconds(30));  // the machine stood still; the planned T_end is past
  ASSERT_TRUE(alice->heard("mining.notify", one));
  TestMiner& late = rig.connect("carol");
  const auto t0 = rig.now.time_since_epoch().count();
  const std::string times = fmt::format(R"("t0":{},"t_end":{})", t0, t0 + 20'000'000);
  EXPECT_THAT(late.last("sprint.announce", one), HasSubstr(times));
  EXPECT_THAT(late.last("mining.notify", one), HasSubstr(times));
}

TEST_F(PoolTest, WhoJoinsInMidRaceIsToldAtOnce) {
  rig.at(kT0);
  rig.at(kT0 + seconds(12));
  TestMiner& late = rig.connect("carol");
  const std::string two = rig.sprint(2);
  EXPECT_THAT(late.heard(), ElementsAre("sprint.announce " + one, "mining.notify " + one,
                                        "sprint.announce " + two));
  const stratum::Lease own = late.ready(one);
  EXPECT_EQ(late.submit(one, own, own.base, late.digest(one, own.base), 1), 0);
  rig.verify();
  rig.at(kAfter);
  EXPECT_THAT(late.last("sprint.result", one), HasSubstr(R"("credit":1,"total":1)"));
}

TEST_F(PoolTest, AnAccountGoesOnFromANewSession) {
  start();
  submit_good(*alice, lease.base, 1);
  submit_bad(*alice, lease.base + 1, 2);
  alice->leave();
  TestMiner& again = rig.connect("alice");
  EXPECT_EQ(submit_good(again, lease.base, 1), 0);      // a repeat
  EXPECT_EQ(submit_bad(again, lease.base + 1, 2), 0);   // another
  EXPECT_EQ(submit_good(again, lease.base + 2, 3), 0);  // new, from the old lease
  EXPECT_EQ(summary().stored, 3U);
  rig.verify();
  rig.at(kEnd);
  EXPECT_THAT(again.last("sprint.end", one), HasSubstr(R"("acked":3)"));
  rig.at(kEnd + kGrace + microseconds(1));
  EXPECT_THAT(again.last("sprint.verdict", one), HasSubstr(R"("verified":2,"void":[[2,30,)"));
  EXPECT_THAT(again.last("sprint.result", one), HasSubstr(R"("credit":2,"total":2)"));
  EXPECT_FALSE(alice->heard("sprint.result", one));
}

TEST_F(PoolTest, AnotherAccountCannotUseALease) {
  start();
  EXPECT_EQ(submit_good(*bob, lease.base, 1), 27);
}

TEST_F(PoolTest, LeasesOfAllAccountsAreDisjoint) {
  const stratum::Lease a = alice->ready(one);
  const stratum::Lease b = bob->ready(one);
  EXPECT_NE(a.base, b.base);
  EXPECT_FALSE(a.contains(b.base) || b.contains(a.base));
}

TEST_F(PoolTest, RefusesTheSeventeenthLeaseOfADevice) {
  for (int i = 0; i < 16; ++i) EXPECT_EQ(alice->ready(one).bits, 32U);
  EXPECT_EQ(alice->code_of("mining.lease", fmt::format(R"({{"sprint":"{}","n":0}})", one)), 31);
}

TEST_F(PoolTest, GrantsNoLeaseAfterTheEnd) {
  start();
  submit_good(*alice, lease.base, 1);
  rig.at(kEnd);
  EXPECT_EQ(alice->code_of("mining.lease", fmt::format(R"({{"sprint":"{}","n":0}})", one)), 21);
}

TEST_F(PoolTest, GivesAProxyItsBits) {
  const std::string answer =
      alice->ask("mining.lease", fmt::format(R"({{"sprint":"{}","bits":36}})", one));
  EXPECT_THAT(answer, HasSubstr(R"("bits":36)"));
}

TEST_F(PoolTest, StopsWithResultsWhereItCanAndCancelsTheRest) {
  start();
  submit_bad(*alice, lease.base, 1);
  rig.verify();
  rig.at(kEnd);
  const std::string two = rig.sprint(2);
  rig.now = kEnd + seconds(1);
  rig.pool.stop(rig.now);
  rig.settle();
  EXPECT_TRUE(alice->heard("sprint.result", one));
  EXPECT_THAT(alice->last("sprint.cancel", two), HasSubstr("the pool stops"));
  EXPECT_EQ(summary().sprints, 1U);
  EXPECT_EQ(rig.log.count("reason=\"the pool stops\""), 1U);
  EXPECT_EQ(rig.log.warnings("cancelled"), 0U) << "no share is void";
}

TEST_F(PoolTest, WarnsWhenSharesAreVoid) {
  start();
  submit_good(*alice, lease.base, 1);
  rig.pool.stop(rig.now);
  rig.settle();
  EXPECT_EQ(rig.log.warnings("reason=\"the pool stops\""), 1U);
}

class TwoSprintsTest : public PoolTest {
 protected:
  static Config config() {
    Config config = tests::rig_config();
    config.sprints = 2;
    return config;
  }
  TwoSprintsTest() : PoolTest(config()) {}
};

TEST_F(TwoSprintsTest, IsOverWhenTheLastResultIsTold) {
  start();
  while (!rig.pool.over()) {
    ASSERT_TRUE(rig.pool.wake());
    ASSERT_LT(*rig.pool.wake(), kNoon + seconds(60));
    rig.at(*rig.pool.wake());
  }
  EXPECT_EQ(summary().sprints, 2U);
  EXPECT_TRUE(alice->heard("sprint.result", rig.sprint(2)));
  EXPECT_EQ(rig.sprint(3), "");
}

TEST(PoolWithoutRandom, LeavesSprintsOutAndSaysSo) {
  tests::LogBook log;
  tests::HandChecker checker;
  Config config = tests::rig_config();
  config.sprints = 2;
  const auto none = [](std::span<std::uint8_t>) { return false; };
  NoJournal journal;
  Pool pool(config, {checker, journal, none, log}, {}, kNoon);
  for (base::UnixTime now = kNoon; !pool.over(); now = *pool.wake()) pool.tick(now);
  EXPECT_EQ(log.count("left out"), 2U);
  EXPECT_EQ(pool.summary().sprints, 0U);
}

class WaitingPoolTest : public testing::Test {
 protected:
  static Config config() {
    Config config = tests::rig_config();
    config.start_when_ready = true;
    return config;
  }
  PoolRig rig{config()};
};

TEST_F(WaitingPoolTest, StartsWhenEveryMinerIsReady) {
  rig.at(kNoon);
  TestMiner& alice = rig.connect("alice");
  TestMiner& bob = rig.connect("bob");
  const std::string one = rig.sprint(1);
  EXPECT_EQ(rig.log.count("starts=\"when the devices are ready\""), 1U);
  rig.now += seconds(1);
  alice.ready(one);
  rig.at(rig.now);
  EXPECT_FALSE(alice.heard("mining.notify", one));
  rig.now += seconds(1);
  bob.ready(one);
  EXPECT_LE(rig.pool.wake(), rig.now);
  rig.at(rig.now);
  const auto t0 = (kNoon + seconds(2)).time_since_epoch().count();
  EXPECT_THAT(alice.last("mining.notify", one),
              HasSubstr(fmt::format(R"("t0":{},"t_end":{})", t0, t0 + 20'000'000)));
  EXPECT_NE(rig.sprint(2), "") << "announced at the start of the one before";
}

TEST_F(WaitingPoolTest, AMinerThatLeavesIsNotWaitedFor) {
  rig.at(kNoon);
  TestMiner& alice = rig.connect("alice");
  TestMiner& bob = rig.connect("bob");
  alice.ready(rig.sprint(1));
  bob.leave();
  rig.at(kNoon + seconds(1));
  EXPECT_TRUE(alice.heard("mining.notify", rig.sprint(1)));
}

TEST_F(WaitingPoolTest, AnnouncesTimesToComeWhileItWaits) {
  rig.at(kNoon);
  rig.now = kNoon + seconds(45);
  TestMiner& late = rig.connect("carol");
  const auto now = rig.now.time_since_epoch().count();
  EXPECT_THAT(late.last("sprint.announce", rig.sprint(1)),
              HasSubstr(fmt::format(R"("t0":{},"t_end":{})", now, now + 20'000'000)));
}

}  // namespace
}  // namespace pool
