#include "miner/worker.h"

#include <set>

#include "tests/miner/worker_fixture.h"

// A worker whose device is sound.
namespace miner {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using tests::eventually;

TEST_F(WorkerTest, ComesUpWithKnownAnswersShownAndMemoryFree) {
  begin_and_wait_until_up();
  EXPECT_TRUE(eventually_shown(DeviceState::kIdle));
  EXPECT_EQ(card_.opens, 1);
  EXPECT_EQ(card_.resident, 0);
}

TEST_F(WorkerTest, MakesWeightsAndMeasuresARate) {
  begin_and_wait_until_up();
  worker_->publish(waiting({5}));
  ASSERT_TRUE(eventually_told<DevicePrepared>(1));
  const DevicePrepared prepared = told_of<DevicePrepared>()[0];
  EXPECT_EQ(prepared.sprint, 5u);
  EXPECT_NEAR(static_cast<double>(prepared.rate_per_1000s), 1e6, 2e4) << "1000 nonces/s";
  EXPECT_GT(prepared.took, base::Micros(0));
  EXPECT_TRUE(eventually_shown(DeviceState::kReady));
  EXPECT_EQ(card_.resident, 1);
}

TEST_F(WorkerTest, ShowsHowFarTheWeightsAre) {
  card_.prepare_steps = 1'000'000'000;
  begin();
  EXPECT_TRUE(eventually([&] { return card_.prepares(model(5)) == 0; }));
  card_.prepare_steps = 1;
  ASSERT_TRUE(eventually_told<DeviceUp>(1));
  card_.prepare_steps = 1'000'000'000;
  worker_->publish(waiting({5}));
  EXPECT_TRUE(eventually_shown(DeviceState::kLoading));
  EXPECT_LT(shown().loading, 1.0);
  card_.prepare_steps = 1;
  EXPECT_TRUE(eventually_prepared(5));
}

TEST_F(WorkerTest, LogsHowTheDeviceIsSetUp) {
  card_.plan = "groups of 8 nonces";
  begin_and_wait_until_up();
  worker_->publish(racing(1));
  EXPECT_TRUE(eventually([&] { return sink_.has("set up plan=\"groups of 8 nonces\""); }));
}

TEST_F(WorkerTest, TellsOfASprintOnce) {
  begin_and_wait_until_up();
  worker_->publish(waiting({5}));
  ASSERT_TRUE(eventually_prepared(5));
  worker_->publish(waiting({5, 6}));
  worker_->publish(waiting({6}));
  ASSERT_TRUE(eventually_prepared(6));
  EXPECT_EQ(told_of<DevicePrepared>().size(), 2u);
  EXPECT_GT(told_of<DevicePrepared>()[1].rate_per_1000s, 0u) << "known from the first";
}

/// No key comes back in truth; that this one is told again shows that nothing of it was kept.
TEST_F(WorkerTest, ForgetsSprintsThatAreOver) {
  begin_and_wait_until_up();
  worker_->publish(waiting({5}));
  ASSERT_TRUE(eventually_shown(DeviceState::kReady));
  worker_->publish(waiting({}));
  ASSERT_TRUE(eventually_shown(DeviceState::kIdle));
  worker_->publish(waiting({5}));
  EXPECT_TRUE(eventually_told<DevicePrepared>(2));
}

TEST_F(WorkerTest, RacesAndMailsWhatItFinds) {
  difficulty_ = 4;
  begin_and_wait_until_up();
  worker_->publish(waiting({5}));
  ASSERT_TRUE(eventually_prepared(5));
  const Assignment assignment = racing(5);
  worker_->publish(assignment);
  ASSERT_TRUE(eventually_shown(DeviceState::kIdle));
  EXPECT_EQ(told_of<CandidateFound>().size(), shown().found);
  std::uint64_t evaluated = 0;
  for (const auto& done : card_.done()) evaluated += done.evaluated;
  const auto found = told_of<CandidateFound>();
  EXPECT_GT(found.size(), evaluated / 8);
  std::set<std::uint64_t> nonces;
  for (const CandidateFound& one : found) {
    EXPECT_EQ(one.race, assignment.race);
    EXPECT_EQ(one.lease, assignment.leases[0]);
    EXPECT_TRUE(one.lease.contains(one.candidate.nonce));
    EXPECT_TRUE(nonces.insert(one.candidate.nonce).second);
    const auto key = poc::input_key(assignment.race->spec, one.candidate.nonce);
    EXPECT_EQ(one.candidate.digest, tests::fake_digest(key));
  }
  EXPECT_LE(clock_.now(), assignment.race->t_end);
  EXPECT_EQ(board_.sprint_nonces(5), evaluated);
  EXPECT_EQ(shown().nonces, evaluated) << "calibration does not count";
}

TEST_F(WorkerTest, MakesTheWeightsOfARaceThatItJoinsLate) {
  begin_and_wait_until_up();
  worker_->publish(racing(5));
  EXPECT_TRUE(eventually_told<CandidateFound>(100));
  EXPECT_TRUE(eventually_prepared(5));
}

TEST_F(WorkerTest, MakesTheNextWeightsBetweenRanges) {
  begin_and_wait_until_up();
  worker_->publish(waiting({1}));
  ASSERT_TRUE(eventually_prepared(1));
  card_.prepare_steps = 20;
  worker_->publish(racing(1, {2}));
  ASSERT_TRUE(eventually_told<CandidateFound>(9000));
  std::size_t found_after = 0;
  bool prepared = false;
  for (const WorkerEvent& event : told()) {
    if (const auto* p = std::get_if<DevicePrepared>(&event)) prepared |= p->sprint == 2;
    if (prepared && std::holds_alternative<CandidateFound>(event)) ++found_after;
  }
  EXPECT_GT(found_after, 1000u) << "made in mid-race";
  EXPECT_EQ(card_.rests, 1) << "but the self-test's";
}

TEST_F(WorkerTest, BackToBack) {
  begin_and_wait_until_up();
  worker_->publish(waiting({1, 2}));
  ASSERT_TRUE(eventually_prepared(1));
  worker_->publish(racing(1, {2}));
  ASSERT_TRUE(eventually_prepared(2));
  worker_->publish(waiting({2}));
  worker_->publish(racing(2));
  EXPECT_TRUE(eventually([&] { return board_.sprint_nonces(2) > 9000; }));
  expect_no_nonce_twice();
  EXPECT_EQ(card_.opens, 1);
}

TEST_F(WorkerTest, RacesASprintToItsEndOnce) {
  begin_and_wait_until_up();
  const Assignment assignment = racing(1);
  worker_->publish(assignment);
  ASSERT_TRUE(eventually([&] { return board_.sprint_nonces(1) > 9000; }));
  ASSERT_TRUE(eventually_shown(DeviceState::kIdle));
  Assignment more = assignment;  // a late lease changes nothing any more
  more.leases.push_back(tests::make_lease(77, 0, 77));
  worker_->publish(more);
  worker_->publish(waiting({2}));
  ASSERT_TRUE(eventually_prepared(2));
  for (const auto& done : card_.done()) EXPECT_FALSE(more.leases[1].contains(done.range.first));
}

TEST_F(WorkerTest, StarvedWorkerGoesOnWithANewLease) {
  begin_and_wait_until_up();
  card_.nonces_per_second = 1e5;
  card_.searches = false;
  Assignment assignment = racing(1);
  assignment.leases = {tests::make_lease(1, 0, 0, 1, 16)};
  worker_->publish(assignment);
  ASSERT_TRUE(eventually_told<LeaseLow>(1));
  EXPECT_EQ(told_of<LeaseLow>()[0].sprint, 1u);
  ASSERT_TRUE(eventually([&] { return board_.sprint_nonces(1) == 65536; }));
  ASSERT_TRUE(eventually_told<LeasesUsedUp>(1));
  EXPECT_EQ(told_of<LeasesUsedUp>()[0].sprint, 1u);
  EXPECT_EQ(told_of<LeasesUsedUp>()[0].newest, assignment.leases[0].id);
  assignment.leases.push_back(tests::make_lease(2, 0, 1, 1, 16));
  worker_->publish(assignment);
  EXPECT_TRUE(eventually([&] { return board_.sprint_nonces(1) == 2 * 65536; }));
  EXPECT_TRUE(eventually_told<LeaseLow>(2));
  expect_no_nonce_twice();
}

TEST_F(WorkerTest, PauseFreesTheDevice) {
  begin_and_wait_until_up();
  worker_->publish(waiting({1}));
  ASSERT_TRUE(eventually_prepared(1));
  Assignment assignment = waiting({1});
  assignment.paused = Pause{PauseCause::kUser, "by the user"};
  worker_->publish(assignment);
  ASSERT_TRUE(eventually_shown(DeviceState::kPaused));
  EXPECT_EQ(shown().reason, "by the user");
  EXPECT_EQ(card_.resident, 0);
  worker_->publish(waiting({1}));
  EXPECT_TRUE(eventually_told<DevicePrepared>(2)) << "made again";
}

TEST_F(WorkerTest, PauseInMidRaceIsPromptAndTheRaceGoesOnAfterIt) {
  begin_and_wait_until_up();
  const Assignment assignment = racing(1);
  worker_->publish(assignment);
  ASSERT_TRUE(eventually_told<CandidateFound>(1));
  card_.hold = true;  // until a cancel
  Assignment paused = assignment;
  paused.paused = Pause{PauseCause::kUser, "hot"};
  worker_->publish(paused);
  ASSERT_TRUE(eventually_shown(DeviceState::kPaused));
  EXPECT_EQ(card_.resident, 0);
  card_.hold = false;
  const Assignment again = racing(1);  // time has passed on the card's clock
  const std::uint64_t before = board_.sprint_nonces(1);
  worker_->publish(again);
  EXPECT_TRUE(eventually([&] { return board_.sprint_nonces(1) > before + 1000; }));
  expect_no_nonce_twice();
}

TEST_F(WorkerTest, MemoryIsGivenBackWhenNoSprintIsInSight) {
  rest_after_ = milliseconds(1);
  begin_and_wait_until_up();
  worker_->publish(waiting({1}));
  ASSERT_TRUE(eventually_prepared(1));
  ASSERT_TRUE(eventually_shown(DeviceState::kReady));
  EXPECT_EQ(card_.resident, 1) << "not while one is expected";
  worker_->publish(waiting({}));
  EXPECT_TRUE(eventually([&] { return card_.resident == 0; }));
  EXPECT_TRUE(eventually_shown(DeviceState::kIdle));
  worker_->publish(waiting({1}));
  EXPECT_TRUE(eventually_told<DevicePrepared>(2));
}

TEST_F(WorkerTest, StopIsTheEnd) {
  begin_and_wait_until_up();
  worker_->request_stop();
  ASSERT_TRUE(eventually_told<WorkerStopped>(1));
  EXPECT_EQ(card_.open_now, 0);
  worker_->publish(racing(1));  // whatever is published afterwards
  worker_.reset();
  EXPECT_EQ(told_of<WorkerStopped>().size(), 1u);
  EXPECT_TRUE(std::holds_alternative<WorkerStopped>(told().back()));
  EXPECT_TRUE(card_.done().empty());
}

TEST_F(WorkerTest, StopInMidRaceTellsWhatWasFoundFirst) {
  begin_and_wait_until_up();
  worker_->publish(racing(1));
  ASSERT_TRUE(eventually_told<CandidateFound>(1));
  card_.hold = true;  // the ranges in flight end by a cancel only
  ASSERT_TRUE(eventually([&] { return card_.collecting == 1; }));
  worker_->request_stop();
  ASSERT_TRUE(eventually_told<WorkerStopped>(1));
  EXPECT_TRUE(std::holds_alternative<WorkerStopped>(told().back()));
  std::uint64_t evaluated = 0;
  for (const auto& done : card_.done()) evaluated += done.evaluated;
  EXPECT_EQ(told_of<CandidateFound>().size(), evaluated) << "at difficulty 1";
}

TEST_F(WorkerTest, StopWhileMakingWeights) {
  begin_and_wait_until_up();
  card_.prepare_steps = 1'000'000'000;
  worker_->publish(waiting({1}));
  ASSERT_TRUE(eventually([&] { return card_.prepares(model(1)) > 10; }));
  worker_->request_stop();
  EXPECT_TRUE(eventually_told<WorkerStopped>(1));
}

TEST_F(WorkerTest, StopWhileMeasuring) {
  begin_and_wait_until_up();
  card_.hold = true;
  worker_->publish(waiting({1}));
  ASSERT_TRUE(eventually([&] { return card_.collecting == 1; }));
  worker_->request_stop();
  EXPECT_TRUE(eventually_told<WorkerStopped>(1));
}

TEST_F(WorkerTest, StopInTheSelfTest) {
  card_.hold = true;
  begin();
  ASSERT_TRUE(eventually([&] { return card_.evaluating == 1; }));
  worker_->request_stop();
  ASSERT_TRUE(eventually_told<WorkerStopped>(1));
  EXPECT_TRUE(told_of<DeviceDown>().empty()) << "a stop is no failure";
}

TEST_F(WorkerTest, RaceEndsTheMeasuring) {
  begin_and_wait_until_up();
  card_.hold = true;
  worker_->publish(waiting({1}));
  ASSERT_TRUE(eventually([&] { return card_.collecting == 1; }));
  worker_->publish(racing(1));  // cancels: else nothing would go on
  EXPECT_TRUE(eventually_prepared(1));
  card_.hold = false;
  EXPECT_TRUE(eventually_told<CandidateFound>(100));
}

TEST_F(WorkerTest, DestructorStops) {
  begin();
  worker_.reset();
  EXPECT_EQ(told_of<WorkerStopped>().size(), 1u);
  EXPECT_EQ(card_.open_now, 0);
}

}  // namespace
}  // namespace miner
