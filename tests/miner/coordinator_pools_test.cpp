#include "tests/miner/coordinator_fixture.h"

// Pools that do wrong, are slow, or take turns: none of it costs a device or another pool's shares.
namespace miner {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using stratum::Code;

class CoordinatorPoolsTest : public CoordinatorTest {
 protected:
  /// The pool calls these shares wrong.
  void void_shares(const std::string& sprint, std::vector<std::uint64_t> seqs) {
    std::vector<stratum::VoidShare> wrong;
    for (const std::uint64_t seq : seqs) wrong.push_back({seq, Code::kWrongDigest, "liar"});
    server_->verdict({sprint, seqs.size(), wrong});
    pump();
  }
  void advance(base::Micros time) {
    clock_.advance(time);
    coordinator_->tick(clock_.now());
  }
  /// Takes so many answers of the re-check.
  void take_rechecks(std::size_t count) {
    std::size_t done = 0;
    ASSERT_TRUE(tests::eventually([&] {
      std::vector<Mail> all = mailbox_.drain();
      done += all.size();
      coordinator_->take_mail(std::move(all), clock_.now());
      return done >= count;
    }));
  }
};

TEST_F(CoordinatorPoolsTest, PoolThatCallsGoodSharesWrongPausesNothing) {
  recheck_every_ = 0;
  make(0, true);
  connect();
  race("s-1");
  for (std::uint64_t n = 1; n <= 3; ++n) find(1, n);
  void_shares("s-1", {1, 2, 3});
  take_rechecks(3);
  EXPECT_EQ(snapshot().shares, (ShareCounts{.rejected = 3}));
  EXPECT_FALSE(assigned_[1].paused);
  EXPECT_EQ(snapshot().devices[1].hardware_errors, 0u);
  EXPECT_TRUE(sink_.has("the pool voided wrongly"));
}

TEST_F(CoordinatorPoolsTest, PoolThatIsRightCountsAgainstTheDevice) {
  recheck_every_ = 0;
  make(0, true);
  connect();
  race("s-1");
  for (std::uint64_t n = 1; n <= 3; ++n) find(1, n, false);
  void_shares("s-1", {1, 2, 3});
  take_rechecks(3);
  EXPECT_EQ(snapshot().shares, (ShareCounts{.rejected = 3}));
  EXPECT_TRUE(assigned_[1].paused);
  EXPECT_FALSE(assigned_[0].paused);
}

TEST_F(CoordinatorPoolsTest, LoginAloneIsNotWork) {
  make();
  EXPECT_FALSE(coordinator_->session_worked(clock_.now()));
  connect();
  EXPECT_FALSE(coordinator_->session_worked(clock_.now()));
  clock_.advance(seconds(29));
  EXPECT_FALSE(coordinator_->session_worked(clock_.now()));
  clock_.advance(seconds(1));
  EXPECT_TRUE(coordinator_->session_worked(clock_.now()));
  disconnect();
  EXPECT_FALSE(coordinator_->session_worked(clock_.now()));
}

TEST_F(CoordinatorPoolsTest, StoredShareIsWork) {
  make();
  connect();
  race("s-1");
  EXPECT_FALSE(coordinator_->session_worked(clock_.now()));
  find(0, 1);
  EXPECT_TRUE(coordinator_->session_worked(clock_.now()));
  disconnect();
  connect();
  EXPECT_TRUE(coordinator_->session_worked(clock_.now())) << "it says that it has the share";
  finish("s-1");
  disconnect();
  connect();
  EXPECT_FALSE(coordinator_->session_worked(clock_.now())) << "that was another session's";
}

TEST_F(CoordinatorPoolsTest, RaceGoesOnUntilTheNextPoolTakesTheLogin) {
  make();
  connect(0);
  race("s-1");
  const Assignment before = assigned_[0];
  disconnect();
  pool_.name = "other";
  pool_.refuse_login = stratum::WireError{Code::kUnauthorized, "no", 0};
  connect(1);
  EXPECT_EQ(assigned_[0], before);
  disconnect();
  pool_.name = "pool";
  pool_.refuse_login.reset();
  connect(0);
  EXPECT_EQ(assigned_[0], before) << "back in time";
}

TEST_F(CoordinatorPoolsTest, SlowPoolIsWaitedForWhileItsSessionLives) {
  make(1);
  connect();
  race("s-1");  // ends 20 s from now
  find(0, 1);
  for (int i = 0; i < 10; ++i) advance(minutes(1));
  EXPECT_EQ(snapshot().shares, (ShareCounts{.pending = 1})) << "it may have much to recompute";
  EXPECT_FALSE(coordinator_->all_sprints_done());
  finish("s-1");
  EXPECT_EQ(snapshot().shares, (ShareCounts{.accepted = 1}));
  EXPECT_TRUE(coordinator_->all_sprints_done());
}

TEST_F(CoordinatorPoolsTest, NewSessionIsNotWaitedForAsLong) {
  make(1);
  connect();
  race("s-1");
  find(0, 1);
  advance(minutes(2));
  disconnect();
  connect();  // perhaps a pool that was started anew, and knows nothing
  advance(seconds(29));
  EXPECT_FALSE(coordinator_->all_sprints_done());
  advance(seconds(2));
  EXPECT_TRUE(coordinator_->all_sprints_done());
}

TEST_F(CoordinatorPoolsTest, ResultThatComesAfterAllIsTaken) {
  make(1);
  connect();
  race("s-1");
  find(0, 1);
  for (int i = 0; i < 11; ++i) advance(minutes(1));
  ASSERT_EQ(snapshot().shares, (ShareCounts{.lost = 1}));
  ASSERT_EQ(snapshot().last_sprints.size(), 1u);
  EXPECT_EQ(snapshot().last_sprints[0].credit, std::nullopt);
  for (int i = 0; i < 2; ++i) {  // the second time says nothing new
    server_->result(pool_.result("s-1"));
    pump();
    EXPECT_EQ(snapshot().shares, (ShareCounts{.accepted = 1}));
    EXPECT_EQ(snapshot().credit, 1u);
    EXPECT_EQ(snapshot().sprints, 1u);
    EXPECT_EQ(snapshot().last_sprints[0].credit, 1u);
  }
}

TEST_F(CoordinatorPoolsTest, ResultOfAnotherPoolsSprintIsNobodys) {
  make(1);
  connect(0);
  race("s-1");
  find(0, 1);
  disconnect();
  pool_.name = "other";
  connect(1);
  server_->result({"s-1", 1000, 1000, {}});
  pump();
  EXPECT_EQ(snapshot().credit, 0u);
  EXPECT_EQ(snapshot().shares, (ShareCounts{.pending = 1}));
  EXPECT_FALSE(coordinator_->all_sprints_done());
}

TEST_F(CoordinatorPoolsTest, NonsenseAboutAnIdDoesNotEndItsSprint) {
  make();
  connect();
  const auto good = announce("s-1");
  auto bad = good;
  bad.t_end = bad.t0;
  server_->announce(bad);
  server_->announce(good);
  pump();
  ASSERT_EQ(assigned_[0].upcoming.size(), 1u);
  prepare(0);
  start(good);
  EXPECT_NE(assigned_[0].race, nullptr);
}

TEST_F(CoordinatorPoolsTest, AnnouncementsSayTheirBeaconAndWhatNoneMeans) {
  const auto told = [&](const std::string& text) {
    const auto lines = sink_.lines();
    return std::count_if(lines.begin(), lines.end(), [&](const std::string& line) {
      return line.find(text) != std::string::npos;
    });
  };
  make();
  connect(0);
  announce("s-1");
  announce("s-2", 2);
  EXPECT_EQ(told("beacon=none may_start_early=true"), 2);
  disconnect();
  pool_.name = "other";
  connect(1);
  auto with_beacon = pool_.make("o-1", pool_now() + seconds(10), seconds(10), 3);
  with_beacon.beacon = "drand:4711";
  server_->announce(with_beacon);
  pump();
  EXPECT_EQ(told("beacon=drand:4711 may_start_early=false"), 1);
  announce("o-2", 4);
  EXPECT_EQ(told("beacon=none may_start_early=true"), 3);
}

TEST_F(CoordinatorPoolsTest, WhatCameOfEachPoolIsItsOwn) {
  make();
  connect(0);
  race("s-1");
  find(0, 1);
  find(1, 2);
  finish("s-1");
  race("s-2", 2);  // left undecided
  disconnect();
  pool_.name = "other";
  connect(1);
  race("o-1", 3);
  find(0, 1);
  finish("o-1");
  advance(minutes(11));
  const auto pools = snapshot().pools;
  EXPECT_EQ(pools[0].sprints, 2u) << "one of them without a result";
  EXPECT_EQ(pools[0].accepted, 2u);
  EXPECT_EQ(pools[0].credit, 2u);
  EXPECT_EQ(pools[1].sprints, 1u);
  EXPECT_EQ(pools[1].accepted, 1u);
  EXPECT_EQ(pools[1].credit, 1u);
}

TEST_F(CoordinatorTest, TheSlowestDeviceSaysHowLongWeightsTake) {
  make();
  EXPECT_EQ(coordinator_->weights_time(), std::nullopt);
  connect();
  announce("s-1");
  const SprintKey key = assigned_.at(0).upcoming.at(0).key;
  mail(0, DevicePrepared{key, 0, std::chrono::seconds(3)});
  mail(1, DevicePrepared{key, 0, std::chrono::seconds(7)});
  EXPECT_EQ(coordinator_->weights_time(), std::chrono::seconds(7));
  mail(1, DeviceDown{true, DeviceDown::Cause::kWork, "gone"});
  EXPECT_EQ(coordinator_->weights_time(), std::chrono::seconds(3));
  mail(0, DevicePrepared{key, 0, std::chrono::seconds(1)});
  EXPECT_EQ(coordinator_->weights_time(), std::chrono::seconds(1)) << "the last, not the longest";
}

}  // namespace
}  // namespace miner
