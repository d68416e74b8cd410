#include "miner/coordinator.h"

#include "tests/miner/coordinator_fixture.h"

namespace miner {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using stratum::Code;

TEST_F(CoordinatorTest, FromTheAnnouncementToTheResult) {
  make();
  connect();
  EXPECT_TRUE(coordinator_->logged_in());
  const auto announcement = announce("s-1", 7);
  ASSERT_EQ(assigned_[0].upcoming.size(), 1u);
  EXPECT_EQ(assigned_[0].upcoming[0].model.model_seed, tests::bytes_of(7));
  mail(0, DeviceUp{});
  prepare(0);
  prepare(1);
  ASSERT_EQ(pool_.readies.size(), 2u);
  EXPECT_EQ(pool_.readies[1].devices[0].device, 1u);
  EXPECT_EQ(pool_.readies[1].devices[0].rate_per_1000s, 5'000'000u);
  clock_.advance(seconds(10));
  start(announcement);
  find(0, 1);
  find(0, 2);
  find(1, 1);
  EXPECT_EQ(pool_.stored("s-1"), 3u);
  EXPECT_EQ(coordinator_->unsent(), 0u);
  EXPECT_EQ(snapshot().shares, (ShareCounts{.pending = 3}));
  board_.add_work(0, assigned_[0].race->key, 1000, 1e6, clock_.now());
  clock_.advance(seconds(10));
  finish("s-1");
  const Snapshot s = snapshot();
  EXPECT_EQ(s.shares, (ShareCounts{.accepted = 3}));
  EXPECT_EQ(s.credit, 3u);
  EXPECT_EQ(s.sprints, 1u);
  ASSERT_EQ(s.last_sprints.size(), 1u);
  EXPECT_EQ(s.last_sprints[0].id, "s-1");
  EXPECT_EQ(s.last_sprints[0].nonces, 1000u);
  EXPECT_EQ(s.last_sprints[0].found, 3u);
  EXPECT_EQ(s.last_sprints[0].length, seconds(10));
  EXPECT_EQ(s.last_sprints[0].credit, 3u);
  EXPECT_EQ(assigned_[0], Assignment());
  EXPECT_EQ(assigned_[1], Assignment());
}

TEST_F(CoordinatorTest, SnapshotSaysWhereTheSprintIs) {
  make();
  connect();
  EXPECT_EQ(snapshot().sprint.phase, SprintPhase::kNone);
  const auto announcement = announce("s-1");
  SprintSnapshot sprint = snapshot().sprint;
  EXPECT_EQ(sprint.phase, SprintPhase::kAnnounced);
  EXPECT_EQ(sprint.id, "s-1");
  EXPECT_EQ(sprint.profile, poc::to_string(tests::tiny_profile()));
  EXPECT_EQ(sprint.left, seconds(10));
  EXPECT_EQ(sprint.length, seconds(10));
  clock_.advance(seconds(10));
  start(announcement);
  clock_.advance(seconds(4));
  sprint = snapshot().sprint;
  EXPECT_EQ(sprint.phase, SprintPhase::kRacing);
  EXPECT_LE(sprint.left, seconds(6));
  EXPECT_GE(sprint.left, seconds(6) - milliseconds(100));
  clock_.advance(seconds(100));
  EXPECT_EQ(snapshot().sprint.left, base::Micros(0));
}

TEST_F(CoordinatorTest, RaceEndsALittleBeforeThePoolsEnd) {
  make();
  connect();
  const auto announcement = race("s-1");
  ASSERT_NE(assigned_[0].race, nullptr);
  const base::SteadyTime t_end = wall_.to_steady(announcement.t_end);
  EXPECT_LT(assigned_[0].race->t_end, t_end) << "a share needs time to arrive";
  EXPECT_GT(assigned_[0].race->t_end, t_end - milliseconds(100)) << "there is no round trip here";
}

TEST_F(CoordinatorTest, LoginRefused) {
  make();
  pool_.refuse_login = stratum::WireError{Code::kUnauthorized, "who are you", 0};
  connect();
  EXPECT_FALSE(coordinator_->logged_in());
  ASSERT_TRUE(coordinator_->login_error());
  EXPECT_EQ(coordinator_->login_error()->code, Code::kUnauthorized);
  EXPECT_EQ(coordinator_->login_error()->text, "who are you");
  disconnect();
  pool_.refuse_login.reset();
  connect(1);
  EXPECT_TRUE(coordinator_->logged_in());
  EXPECT_FALSE(coordinator_->login_error()) << "of another connection";
}

TEST_F(CoordinatorTest, LowLeaseBringsAnother) {
  make();
  connect();
  race("s-1");
  mail(0, LeaseLow{assigned_[0].race->key});
  ASSERT_EQ(pool_.lease_requests.size(), 1u);
  EXPECT_EQ(pool_.lease_requests[0].device, 0u);
  EXPECT_EQ(assigned_[0].leases.size(), 2u);
  EXPECT_EQ(assigned_[1].leases.size(), 1u);
}

TEST_F(CoordinatorTest, RefusedLeaseIsAskedForAgain) {
  make();
  connect();
  pool_.refuse_leases = stratum::WireError{Code::kBusy, "busy", 2000};
  const auto announcement = announce("s-1");
  prepare(0);
  EXPECT_EQ(pool_.readies.size(), 1u);
  pool_.refuse_leases.reset();
  clock_.advance(milliseconds(1900));
  coordinator_->tick(clock_.now());
  pump();
  EXPECT_EQ(pool_.readies.size(), 1u);
  clock_.advance(milliseconds(200));
  coordinator_->tick(clock_.now());
  pump();
  EXPECT_EQ(pool_.readies.size(), 2u);
  start(announcement);
  EXPECT_NE(assigned_[0].race, nullptr);
}

TEST_F(CoordinatorTest, BusyPoolGetsTheShareLater) {
  make();
  connect();
  race("s-1");
  pool_.judge = [](const auto&) { return stratum::WireError{Code::kBusy, "busy", 1000}; };
  find(0, 1);
  EXPECT_EQ(pool_.stored("s-1"), 0u);
  EXPECT_EQ(coordinator_->unsent(), 1u);
  pool_.judge = nullptr;
  clock_.advance(seconds(1));
  coordinator_->tick(clock_.now());
  pump();
  EXPECT_EQ(pool_.stored("s-1"), 1u);
  EXPECT_EQ(coordinator_->unsent(), 0u);
}

TEST_F(CoordinatorTest, PoolsWordsAreLogged) {
  make();
  connect();
  server_->message("maintenance at noon");
  pump();
  EXPECT_TRUE(sink_.has("maintenance at noon"));
}

}  // namespace
}  // namespace miner
