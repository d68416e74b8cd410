// A pool whose sprints start by the values of a beacon.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "pool/node_service.h"
#include "pool/pool_view.h"
#include "pool/web/status_json.h"
#include "pool/web/status_page.h"
#include "stratum/sprint_secret.h"
#include "tests/pool/fake_beacon.h"
#include "tests/pool/rig.h"

namespace pool {
namespace {

using testing::HasSubstr;
using testing::Not;
using tests::FakeBeacon;
using tests::kNoon;
using tests::microseconds;
using tests::milliseconds;
using tests::PoolRig;
using tests::seconds;
using tests::TestMiner;

constexpr base::UnixTime kT0 = kNoon + seconds(10);

class BeaconPool : public testing::Test {
 protected:
  BeaconPool() {
    config_.database = "x";
    journal_.writes_at_once = true;
    restart(&beacon_);
    alice_ = &rig_->connect("alice");
  }
  /// The pool dies and comes back with what its journal holds.
  void restart(FakeBeacon* beacon) {
    node_.reset();
    rig_.reset();
    rig_ = std::make_unique<PoolRig>(config_, &journal_, journal_.saved(), now_, beacon);
    node_ = std::make_unique<NodeService>(
        NodeService::Setup{rig_->pool, [this] { return ++last_id_; }, [] {}, "run0"});
  }
  void at(base::UnixTime time) {
    now_ = time;
    rig_->at(time);
  }
  /// The value of the sprint of this number comes.
  void draw(std::uint64_t number, const std::string& value, base::UnixTime time) {
    now_ = time;
    rig_->now = time;
    rig_->pool.drawn({number, BeaconUse::kStart, beacon_.prefix + std::to_string(number), value},
                     time);
    rig_->settle();
  }
  /// The first sprint starts, 3 s late.
  void start_first() {
    at(kNoon);
    at(kT0);
    draw(1, "v1", kT0 + seconds(3));
  }
  /// What a caller by HTTP is shown.
  std::string work_of(const std::string& payout) {
    std::string shown;
    node_->handle(
        fmt::format(R"({{"jsonrpc":"2.0","id":1,"method":"getsprint","params":{{"payout":"{}"}}}})",
                    payout),
        rig_->now, base::SteadyTime(), [&](const NodeReply& reply) { shown = reply.body; });
    return shown;
  }
  /// Of a sprint that starts then, as they are written.
  static std::string times(base::UnixTime t0) {
    return fmt::format(R"("t0":{},"t_end":{})", t0.time_since_epoch().count(),
                       (t0 + seconds(20)).time_since_epoch().count());
  }
  std::string announced(std::uint64_t number) { return rig_->sprint(number); }
  Saved::Race saved(std::uint64_t number) {
    for (const Saved::Race& race : journal_.saved().races) {
      if (race.sprint.number == number) return race;
    }
    ADD_FAILURE() << "no sprint " << number;
    return {};
  }

  Config config_ = tests::rig_config();
  tests::HandJournal journal_;
  FakeBeacon beacon_;
  base::UnixTime now_ = kNoon;
  std::unique_ptr<PoolRig> rig_;
  std::unique_ptr<NodeService> node_;
  Pool::ConnectionId last_id_ = 1000;
  TestMiner* alice_ = nullptr;
};

TEST_F(BeaconPool, AnnouncesTheNameAndAsksForTheValueFromT0On) {
  at(kNoon);
  const std::string one = announced(1);
  EXPECT_THAT(alice_->last("sprint.announce", one), HasSubstr(R"("beacon":"fake:1")"));
  ASSERT_EQ(beacon_.wanted.size(), 1U);
  EXPECT_EQ(beacon_.wanted[0].value.name, "fake:1");
  EXPECT_EQ(beacon_.wanted[0].value.use, BeaconUse::kStart);
  EXPECT_EQ(beacon_.wanted[0].at, kT0);
  EXPECT_EQ(beacon_.wanted[0].until, kT0 + seconds(10)) << "the lead";
}

TEST_F(BeaconPool, StartsWhenTheValueComesAndNotBefore) {
  start_first();
  const std::string one = announced(1);
  const std::string notify = alice_->last("mining.notify", one);
  EXPECT_THAT(notify, HasSubstr(R"("beacon":"v1")"));
  EXPECT_THAT(notify, HasSubstr(fmt::format(R"("t0":{},"t_end":{})",
                                            (kT0 + seconds(3)).time_since_epoch().count(),
                                            (kT0 + seconds(23)).time_since_epoch().count())));
  const Saved::Race race = saved(1);
  EXPECT_EQ(rig_->starts.at(one).start_seed,
            stratum::make_start_seed("rig", one, race.sprint.start.secret, "v1"));
}

TEST_F(BeaconPool, NothingIsToldOrTakenAtThePlannedT0) {
  at(kNoon);
  const std::string one = announced(1);
  const stratum::Lease lease = alice_->ready(one);
  at(kT0 + seconds(3));
  EXPECT_FALSE(alice_->heard("mining.notify", one));
  EXPECT_EQ(alice_->submit(one, lease, lease.base, {}, 1), 26);
  EXPECT_EQ(saved(1).sprint.start.start_seed, poc::Seed{}) << "nobody can know it yet";
  EXPECT_EQ(saved(1).sprint.start.beacon, "");
}

TEST_F(BeaconPool, ARaceByABeaconIsCreditedAsEveryOther) {
  at(kNoon);
  const std::string one = announced(1);
  const stratum::Lease lease = alice_->ready(one);
  draw(1, "v1", kT0 + seconds(3));
  const auto digest = alice_->digest(one, lease.base);
  EXPECT_EQ(alice_->submit(one, lease, lease.base, digest, 1), 0);
  rig_->verify();
  at(kT0 + seconds(23));
  EXPECT_FALSE(alice_->heard("sprint.result", one));
  at(kT0 + seconds(23) + microseconds(1));
  EXPECT_THAT(alice_->last("sprint.result", one), HasSubstr(R"("credit":1,"total":1)"));
}

TEST_F(BeaconPool, AValueBeforeThePlannedT0StartsNothingBeforeThat) {
  at(kNoon);
  draw(1, "v1", kNoon + seconds(5));
  EXPECT_FALSE(alice_->heard("mining.notify", announced(1)));
  at(kT0);
  EXPECT_THAT(alice_->last("mining.notify", announced(1)),
              HasSubstr(fmt::format(R"("t0":{})", kT0.time_since_epoch().count())));
}

TEST_F(BeaconPool, WhoComesWhileItWaitsOrRunsIsToldTheSame) {
  at(kNoon);
  at(kT0 + seconds(2));
  TestMiner& waits = rig_->connect("bob");
  EXPECT_FALSE(waits.heard("mining.notify", announced(1)));
  draw(1, "v1", kT0 + seconds(3));
  rig_->now = kT0 + seconds(4);
  TestMiner& late = rig_->connect("carol");
  for (const TestMiner* miner : {&waits, &late}) {
    EXPECT_EQ(miner->last("mining.notify", announced(1)),
              alice_->last("mining.notify", announced(1)));
  }
}

TEST_F(BeaconPool, WhoComesWhileItWaitsIsToldNoTimesThatArePast) {
  at(kNoon);
  at(kT0 + seconds(2));
  const std::string moved = times(kT0 + seconds(2));
  EXPECT_THAT(rig_->connect("bob").last("sprint.announce", announced(1)), HasSubstr(moved));
  EXPECT_THAT(work_of("carol"), HasSubstr(moved));
  rig_->now = now_ = kT0 + seconds(3);
  EXPECT_THAT(work_of("carol"), HasSubstr(times(kT0 + seconds(3)))) << "each time";
  draw(1, "v1", kT0 + seconds(4));
  rig_->now = now_ = kT0 + seconds(5);
  EXPECT_THAT(work_of("carol"), HasSubstr(times(kT0 + seconds(4)))) << "as it runs";
}

TEST_F(BeaconPool, WhoComesWhileItsStartIsWrittenDownIsToldNoTimesThatArePast) {
  at(kNoon);
  at(kT0 + seconds(2));
  journal_.writes_at_once = false;
  const std::size_t before = journal_.records.size();
  alice_->ready(announced(1));
  const std::size_t written = journal_.records.size();
  ASSERT_GT(written, before) << "leases, to be written";
  TestMiner& bob = rig_->connect("bob");  // told when that is written
  ASSERT_FALSE(bob.heard("sprint.announce", announced(1)));
  draw(1, "v1", kT0 + seconds(3));
  EXPECT_GT(journal_.records.size(), written) << "its start, too, is to be written";
  rig_->pool.written(written, rig_->now);
  rig_->settle();
  EXPECT_THAT(bob.last("sprint.announce", announced(1)), HasSubstr(times(kT0 + seconds(2))));
  EXPECT_FALSE(bob.heard("mining.notify", announced(1)));
}

TEST_F(BeaconPool, IsCancelledWhenTheValueDoesNotComeInTime) {
  at(kNoon);
  const std::string one = announced(1);
  const stratum::Lease lease = alice_->ready(one);
  at(kT0 + seconds(10) - microseconds(1));
  EXPECT_FALSE(alice_->heard("sprint.cancel", one));
  at(kT0 + seconds(10));
  EXPECT_THAT(alice_->last("sprint.cancel", one), HasSubstr("its beacon did not come"));
  EXPECT_TRUE(saved(1).closed && saved(1).cancelled && !saved(1).started);
  const std::string two = announced(2);
  EXPECT_THAT(alice_->last("sprint.announce", two), HasSubstr(R"("beacon":"fake:2")"));
  draw(1, "v1", kT0 + seconds(11));
  EXPECT_FALSE(alice_->heard("mining.notify", one)) << "too late";
  EXPECT_EQ(alice_->submit(one, lease, lease.base, {}, 1), 21);
  draw(2, "v2", kT0 + seconds(20));
  EXPECT_TRUE(alice_->heard("mining.notify", two)) << "the schedule goes on";
}

TEST_F(BeaconPool, AValueThatComesWithTheLastMomentIsTooLate) {
  at(kNoon);
  draw(1, "v1", kT0 + seconds(10));
  EXPECT_TRUE(alice_->heard("sprint.cancel", announced(1)));
  EXPECT_FALSE(alice_->heard("mining.notify", announced(1)));
}

TEST_F(BeaconPool, TheNextSprintFollowsTheActualEnd) {
  start_first();
  at(kT0 + seconds(13));
  const std::string two = announced(2);
  ASSERT_EQ(beacon_.wanted.size(), 2U);
  EXPECT_EQ(beacon_.wanted[1].at, kT0 + seconds(23)) << "T_end of the first";
  at(kT0 + seconds(23));
  EXPECT_TRUE(alice_->heard("sprint.end", announced(1)));
  EXPECT_FALSE(alice_->heard("mining.notify", two));
  draw(2, "v2", kT0 + seconds(24));
  EXPECT_THAT(alice_->last("mining.notify", two), HasSubstr(R"("beacon":"v2")"));
}

TEST_F(BeaconPool, WhatWasNotAskedForChangesNothing) {
  at(kNoon);
  at(kT0);
  rig_->pool.drawn({1, BeaconUse::kStart, "other:1", "v"}, kT0);
  rig_->pool.drawn({1, BeaconUse::kDraw, "fake:1", "v"}, kT0);
  rig_->pool.drawn({7, BeaconUse::kStart, "fake:7", "v"}, kT0);
  rig_->settle();
  EXPECT_FALSE(alice_->heard("mining.notify", announced(1)));
  draw(1, "v1", kT0 + seconds(1));
  const std::string notify = alice_->last("mining.notify", announced(1));
  draw(1, "v2", kT0 + seconds(2));
  EXPECT_EQ(alice_->last("mining.notify", announced(1)), notify) << "the first value counts";
  EXPECT_EQ(alice_->times_heard("mining.notify", announced(1)), 1U);
}

TEST_F(BeaconPool, WithoutANameNothingIsAnnouncedAndTheLeadIsKept) {
  beacon_.known = false;
  for (int i = 0; i < 40; ++i) at(kNoon + milliseconds(100 * i));
  EXPECT_EQ(announced(1), "");
  EXPECT_EQ(rig_->log.warnings("no sprint can be announced"), 1U);
  ASSERT_TRUE(rig_->pool.wake());
  EXPECT_GT(*rig_->pool.wake(), now_) << "it does not spin";
  beacon_.known = true;
  at(*rig_->pool.wake());
  ASSERT_THAT(announced(1), testing::StartsWith("1-"));
  EXPECT_EQ(beacon_.wanted.at(0).at, now_ + seconds(10));
}

TEST_F(BeaconPool, ARestartBeforeTheStartAsksAgain) {
  at(kNoon);
  const std::string one = announced(1);
  at(kNoon + seconds(5));
  restart(&beacon_);
  TestMiner& bob = rig_->connect("bob");
  ASSERT_EQ(beacon_.wanted.size(), 2U);
  EXPECT_EQ(beacon_.wanted[1].value.name, "fake:1");
  EXPECT_EQ(beacon_.wanted[1].at, kT0);
  EXPECT_EQ(beacon_.wanted[1].until, kT0 + seconds(10));
  draw(1, "v1", kT0 + seconds(1));
  EXPECT_THAT(bob.last("mining.notify", one), HasSubstr(R"("beacon":"v1")"));
}

TEST_F(BeaconPool, ARestartInMidRaceGoesOnWithTheSameStart) {
  start_first();
  const std::string one = announced(1);
  const std::string notify = alice_->last("mining.notify", one);
  at(kT0 + seconds(5));
  restart(&beacon_);
  EXPECT_EQ(rig_->connect("bob").last("mining.notify", one), notify);
  EXPECT_EQ(beacon_.wanted.size(), 1U) << "nothing is asked again";
}

TEST_F(BeaconPool, ARestartThatWasTooLongAwayCancels) {
  at(kNoon);
  now_ = kT0 + seconds(15);
  restart(&beacon_);
  at(now_);
  EXPECT_TRUE(saved(1).cancelled);
  EXPECT_FALSE(saved(2).closed);
}

TEST_F(BeaconPool, AnotherSourceThanBeforeTheRestartCancels) {
  at(kNoon);
  FakeBeacon other;
  other.prefix = "other:";
  restart(&other);
  at(kNoon + seconds(1));
  EXPECT_TRUE(saved(1).cancelled);
  EXPECT_EQ(saved(2).sprint.announcement.beacon, "other:2");
  restart(nullptr);
  at(kNoon + seconds(2));
  EXPECT_TRUE(saved(2).cancelled);
  EXPECT_EQ(rig_->log.count("its beacon cannot be asked any more"), 1U);
  EXPECT_EQ(saved(3).sprint.announcement.beacon, "none");
  restart(&beacon_);
  at(kNoon + seconds(12));
  EXPECT_TRUE(saved(3).started) << "as it was announced";
  EXPECT_EQ(saved(3).sprint.start.beacon, "none");
}

TEST_F(BeaconPool, ASourceThatDoesNotKnowItsNamesYetIsAskedAfterARestart) {
  at(kNoon);
  FakeBeacon unknown;
  unknown.known = false;
  restart(&unknown);
  EXPECT_FALSE(saved(1).closed);
  ASSERT_EQ(unknown.wanted.size(), 1U);
  EXPECT_EQ(unknown.wanted[0].value.name, "fake:1");
}

TEST_F(BeaconPool, TheStatusShowsWhatItWaitsFor) {
  at(kNoon);
  EXPECT_FALSE(rig_->pool.view(kT0 - microseconds(1)).open.at(0).waits_for_beacon(now_));
  at(kT0);
  const PoolView view = rig_->pool.view(kT0);
  EXPECT_TRUE(view.open.at(0).waits_for_beacon(kT0));
  EXPECT_THAT(web::status_json(view, true), HasSubstr(R"("state":"announced","beacon":"fake:1")"));
  EXPECT_THAT(web::status_page(view, true), HasSubstr("waits for its beacon, fake:1"));
  draw(1, "v1", kT0 + seconds(1));
  EXPECT_FALSE(rig_->pool.view(now_).open.at(0).waits_for_beacon(now_));
}

TEST_F(BeaconPool, NothingOfItIsShownBeforeTheStart) {
  at(kNoon);
  at(kT0 + seconds(1));
  const std::string work = work_of("bob");
  ASSERT_THAT(work, HasSubstr(announced(1)));
  const std::string status = web::status_json(rig_->pool.view(now_), true);
  ASSERT_THAT(status, HasSubstr(announced(1)));
  const std::string secret = base::to_hex(saved(1).sprint.start.secret);
  for (const std::string& shown : {alice_->last("sprint.announce", announced(1)), work, status}) {
    EXPECT_THAT(shown, Not(HasSubstr(secret)));
    EXPECT_THAT(shown, Not(HasSubstr("start_seed")));
    EXPECT_THAT(shown, Not(HasSubstr(R"("secret")")));
  }
}

}  // namespace
}  // namespace pool
