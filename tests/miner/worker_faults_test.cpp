#include <atomic>
#include <memory>

#include "tests/miner/worker_fixture.h"

// A worker whose device fails, or has too little memory.
namespace miner {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using tests::Call;
using tests::eventually;
using Cause = DeviceDown::Cause;

/// Fails the next calls of a kind, as many as are set.
class Faults {
 public:
  explicit Faults(Call call) : call_(call) {}
  std::atomic<int> left{0};
  base::Status operator()(Call call) {
    if (call != call_ || left == 0) return base::Ok{};
    --left;
    return base::device_fault("fell off the bus");
  }

 private:
  const Call call_;
};

class WorkerFaultsTest : public WorkerTest {
 protected:
  /// The worker lives longer than a test's own variables: the script holds what it uses.
  void fail_at(const std::shared_ptr<Faults>& faults) {
    card_.script = [faults](Call call) { return (*faults)(call); };
  }
  /// Candidates told before the first, and since the last event of a kind: in the order in which
  /// the worker told them, however far it had come when the test looked.
  template <class Event>
  std::size_t found_before() {
    std::size_t found = 0;
    for (const WorkerEvent& event : told()) {
      if (std::holds_alternative<Event>(event)) break;
      if (std::holds_alternative<CandidateFound>(event)) ++found;
    }
    return found;
  }
  template <class Event>
  std::size_t found_since() {
    std::size_t found = 0;
    for (const WorkerEvent& event : told()) {
      if (std::holds_alternative<Event>(event)) found = 0;
      if (std::holds_alternative<CandidateFound>(event)) ++found;
    }
    return found;
  }
};

TEST_F(WorkerFaultsTest, DeviceThatFailsAtWorkIsOpenedAgainAndGoesOn) {
  card_.script = [this, failed = std::make_shared<bool>(false)](Call call) -> base::Status {
    if (call != Call::kCollect || *failed || card_.done().size() < 5) return base::Ok{};
    *failed = true;
    return base::device_fault("fell off the bus");
  };
  begin_and_wait_until_up();
  worker_->publish(racing(1));
  ASSERT_TRUE(eventually_told<DeviceDown>(1));
  EXPECT_GT(found_before<DeviceDown>(), 0u);
  EXPECT_FALSE(told_of<DeviceDown>()[0].final);
  EXPECT_EQ(told_of<DeviceDown>()[0].cause, Cause::kWork);
  EXPECT_TRUE(sink_.has("fell off the bus"));
  ASSERT_TRUE(eventually_told<DeviceUp>(2)) << "tested again before it works";
  EXPECT_EQ(card_.opens, 2);
  worker_->publish(racing(1));
  ASSERT_TRUE(eventually([&] { return told_of<DevicePrepared>().size() == 2; }));
  EXPECT_TRUE(eventually([&] { return found_since<DevicePrepared>() >= 1000; }));
  expect_no_nonce_twice();
}

TEST_F(WorkerFaultsTest, EighthFailureIsTheEndOfADeviceThatWorked) {
  const auto faults = std::make_shared<Faults>(Call::kPrepare);
  fail_at(faults);
  begin_and_wait_until_up();
  for (SprintKey key = 1; key <= 8; ++key) {
    faults->left = 1;
    worker_->publish(waiting({key}));
    ASSERT_TRUE(eventually_told<DeviceDown>(key));
    EXPECT_EQ(told_of<DeviceDown>().back().final, key == 8);
    if (key == 8) break;
    ASSERT_TRUE(eventually_prepared(key)) << "made after all";
  }
  ASSERT_TRUE(eventually_told<WorkerStopped>(1));
  EXPECT_EQ(shown().state, DeviceState::kOff);
  EXPECT_EQ(shown().reason, "fell off the bus");
  EXPECT_EQ(card_.open_now, 0);
}

TEST_F(WorkerFaultsTest, FailuresAreForgivenAfterSoundWork) {
  const auto faults = std::make_shared<Faults>(Call::kPrepare);
  fail_at(faults);
  begin_and_wait_until_up();
  for (SprintKey key = 1; key <= 12; ++key) {
    faults->left = 1;
    worker_->publish(waiting({key}));
    ASSERT_TRUE(eventually_told<DeviceDown>(key));
    ASSERT_FALSE(told_of<DeviceDown>().back().final);
    ASSERT_TRUE(eventually_prepared(key));
    if (key % 2 == 0) clock_.advance(minutes(30));
  }
}

TEST_F(WorkerFaultsTest, DeviceThatDoesNotOpen) {
  const auto faults = std::make_shared<Faults>(Call::kOpen);
  faults->left = 1000;
  fail_at(faults);
  begin();
  ASSERT_TRUE(eventually_told<WorkerStopped>(1));
  const auto downs = told_of<DeviceDown>();
  ASSERT_EQ(downs.size(), 3u);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(downs[i].cause, Cause::kOpen);
    EXPECT_EQ(downs[i].final, i == 2);
  }
  EXPECT_EQ(card_.opens, 3);
  EXPECT_TRUE(told_of<DeviceUp>().empty());
  EXPECT_EQ(shown().state, DeviceState::kOff);
}

TEST_F(WorkerFaultsTest, AnOptionThatCanNeverBeRightIsNotTriedAgain) {
  card_.script = [](Call call) -> base::Status {
    if (call != Call::kOpen) return base::Ok{};
    return base::invalid("path: no such instructions here");
  };
  begin();
  ASSERT_TRUE(eventually_told<WorkerStopped>(1));
  ASSERT_EQ(told_of<DeviceDown>().size(), 1U);
  EXPECT_TRUE(told_of<DeviceDown>()[0].final);
  EXPECT_EQ(shown().state, DeviceState::kOff);
}

TEST_F(WorkerFaultsTest, DeviceThatFailsItsSelfTest) {
  card_.knows_answers = false;
  begin();
  ASSERT_TRUE(eventually_told<WorkerStopped>(1));
  const auto downs = told_of<DeviceDown>();
  ASSERT_EQ(downs.size(), 3u);
  for (const DeviceDown& down : downs) EXPECT_EQ(down.cause, Cause::kSelfTest);
  EXPECT_TRUE(downs.back().final);
  EXPECT_TRUE(told_of<DeviceUp>().empty());
  EXPECT_TRUE(card_.done().empty()) << "no work before known answers";
}

TEST_F(WorkerFaultsTest, AFaultDuringTheSelfTestIsNoWrongAnswer) {
  const auto faults = std::make_shared<Faults>(Call::kEvaluate);
  faults->left = 1;
  fail_at(faults);
  begin();
  ASSERT_TRUE(eventually_told<DeviceUp>(1));
  ASSERT_EQ(told_of<DeviceDown>().size(), 1U);
  EXPECT_EQ(told_of<DeviceDown>()[0].cause, Cause::kOpen);
}

TEST_F(WorkerFaultsTest, WaitsBeforeItOpensAgainAndAStopEndsTheWait) {
  const auto faults = std::make_shared<Faults>(Call::kOpen);
  faults->left = 1;
  fail_at(faults);
  reopen_after_ = std::chrono::hours(1);
  begin();
  ASSERT_TRUE(eventually_told<DeviceDown>(1));
  EXPECT_TRUE(eventually_shown(DeviceState::kFailed));
  worker_->publish(waiting({1}));  // news do not end the wait
  worker_->publish(waiting({2}));
  worker_->request_stop();
  ASSERT_TRUE(eventually_told<WorkerStopped>(1));
  EXPECT_EQ(card_.opens, 1);
}

/// A race that ends while the device is tested again cancels nothing that matters.
TEST_F(WorkerFaultsTest, ChangeOfRaceDuringTheSelfTestIsNoFailure) {
  const auto faults = std::make_shared<Faults>(Call::kCollect);
  card_.script = [this, faults](Call call) {
    if (call == Call::kOpen && card_.opens == 2) card_.hold = true;  // stay in the self-test
    return (*faults)(call);
  };
  begin_and_wait_until_up();
  worker_->publish(racing(1));
  ASSERT_TRUE(eventually_told<CandidateFound>(100));
  faults->left = 1;
  ASSERT_TRUE(eventually([&] { return card_.evaluating == 1; }));
  worker_->publish(waiting({2}));
  card_.hold = false;
  ASSERT_TRUE(eventually_prepared(2));
  EXPECT_EQ(told_of<DeviceDown>().size(), 1u);
}

TEST_F(WorkerFaultsTest, NextWeightsThatDoNotFitBesideTheRaceAreMadeAfterIt) {
  begin_and_wait_until_up();
  card_.models_that_fit = 1;
  const Assignment assignment = racing(1, {2});
  worker_->publish(assignment);
  ASSERT_TRUE(eventually_shown(DeviceState::kReady)) << "raced to its end, the next to come";
  EXPECT_GE(board_.sprint_nonces(1), 9000u) << "the race was not disturbed";
  worker_->publish(waiting({2}));
  EXPECT_TRUE(eventually_prepared(2));
  EXPECT_TRUE(told_of<DeviceDown>().empty());
  EXPECT_LE(card_.prepares(model(2)), 5) << "not tried between all ranges";
}

TEST_F(WorkerFaultsTest, WeightsThatDoNotFitAtAllAreSatOut) {
  for (const bool late : {false, true}) {
    SCOPED_TRACE(late ? "fails at the second step" : "fails at once");
    const SprintKey key = late ? 3 : 1;
    card_.runs_out_late = late;
    card_.models_that_fit = 5;  // for the self-test
    if (worker_ == nullptr) begin_and_wait_until_up();
    card_.models_that_fit = 0;
    worker_->publish(waiting({key}));
    ASSERT_TRUE(eventually([&] { return card_.prepares(model(key)) > 0; }));
    EXPECT_TRUE(eventually_shown(DeviceState::kIdle));
    worker_->publish(racing(key));  // cannot be: it was never told to be prepared
    card_.models_that_fit = 2;
    worker_->publish(waiting({key, key + 1}));
    worker_->publish(waiting({key + 1}));
    EXPECT_TRUE(eventually_prepared(key + 1)) << "another sprint may fit";
    EXPECT_LE(card_.prepares(model(key)), 10) << "tried without end";
    EXPECT_TRUE(told_of<DeviceDown>().empty()) << "too little memory is no fault";
  }
}

TEST_F(WorkerFaultsTest, ModelWithoutRoomForAGroupBesideItIsSatOut) {
  const auto full = std::make_shared<std::atomic<bool>>(false);
  card_.script = [full](Call call) -> base::Status {
    if (call == Call::kStart && *full) return base::no_memory("groups of 1 need 9 MB");
    return base::Ok{};
  };
  begin_and_wait_until_up();
  *full = true;
  worker_->publish(waiting({1}));
  ASSERT_TRUE(eventually_told<DeviceSitsOut>(1));
  EXPECT_EQ(told_of<DeviceSitsOut>()[0].reason, "groups of 1 need 9 MB");
  *full = false;
  worker_->publish(waiting({2}));
  EXPECT_TRUE(eventually_prepared(2));
  EXPECT_TRUE(told_of<DeviceDown>().empty()) << "the device is sound";
}

/// Its rate is known from a sprint before, so nothing is measured that would have shown it.
TEST_F(WorkerFaultsTest, RaceWithoutRoomForAGroupIsSatOut) {
  struct Full {
    std::atomic<bool> is{false};
    std::atomic<Call> at{Call::kStart};
  };
  const auto full = std::make_shared<Full>();
  card_.script = [full](Call call) -> base::Status {
    if (call == full->at && full->is) return base::no_memory("groups of 1 need 9 MB");
    return base::Ok{};
  };
  begin_and_wait_until_up();
  SprintKey key = 0;
  for (const Call call : {Call::kStart, Call::kEnqueue}) {
    SCOPED_TRACE(static_cast<int>(call));
    full->at = call;
    worker_->publish(racing(++key));
    ASSERT_TRUE(eventually([&] { return board_.sprint_nonces(key) > 100; }));
    full->is = true;
    ++key;
    worker_->publish(racing(key, {key + 1}));
    ASSERT_TRUE(eventually([&] {
      const auto out = told_of<DeviceSitsOut>();
      return !out.empty() && out.back().sprint == key;
    }));
    EXPECT_EQ(told_of<DeviceSitsOut>().back().reason, "groups of 1 need 9 MB");
    full->is = false;
    worker_->publish(racing(++key));
    EXPECT_TRUE(eventually([&] { return board_.sprint_nonces(key) > 100; }));
    EXPECT_TRUE(told_of<DeviceDown>().empty()) << "the device is sound";
    EXPECT_EQ(card_.opens, 1);
  }
}

TEST_F(WorkerFaultsTest, MemoryThatIsGoneWhileRangesAreInFlightIsAFault) {
  const auto faults = std::make_shared<std::atomic<int>>(0);
  card_.script = [faults](Call call) -> base::Status {
    if (call != Call::kCollect || *faults == 0) return base::Ok{};
    --*faults;
    return base::no_memory("it is gone");
  };
  begin_and_wait_until_up();
  worker_->publish(racing(1));
  ASSERT_TRUE(eventually_told<CandidateFound>(100));
  *faults = 1;
  ASSERT_TRUE(eventually_told<DeviceDown>(1)) << "a rest asks for nothing in flight";
  EXPECT_TRUE(eventually_told<DeviceUp>(2));
}

TEST_F(WorkerFaultsTest, SprintThatDoesNotFitCostsNotTheOneAfterIt) {
  begin_and_wait_until_up();
  card_.too_large = {model(1).model_seed};
  worker_->publish(waiting({1, 2}));
  ASSERT_TRUE(eventually_prepared(2)) << "while the first is still announced";
  const auto out = told_of<DeviceSitsOut>();
  ASSERT_EQ(out.size(), 1u);
  EXPECT_EQ(out[0].sprint, 1u);
  EXPECT_FALSE(out[0].reason.empty());
}

TEST_F(WorkerFaultsTest, WeightsMadeAreNotGivenUpForALaterSprint) {
  begin_and_wait_until_up();
  card_.models_that_fit = 1;
  worker_->publish(waiting({1, 2}));
  ASSERT_TRUE(eventually_prepared(1));
  ASSERT_TRUE(eventually_shown(DeviceState::kReady));
  EXPECT_EQ(card_.prepares(model(2)), 0);
}

TEST_F(WorkerFaultsTest, TooLittleMemoryForTheSelfTestIsNoFailedSelfTest) {
  card_.models_that_fit = 0;
  begin();
  ASSERT_TRUE(eventually_told<WorkerStopped>(1));
  ASSERT_FALSE(told_of<DeviceDown>().empty());
  EXPECT_EQ(told_of<DeviceDown>().back().cause, Cause::kOpen);
  EXPECT_EQ(told_of<DeviceDown>().back().reason, "the weights do not fit");
}

TEST_F(WorkerFaultsTest, WhatIsResidentGivesWayToWhatIsNeeded) {
  begin_and_wait_until_up();
  worker_->publish(racing(1));
  ASSERT_TRUE(eventually_told<CandidateFound>(100));
  card_.models_that_fit = 1;
  worker_->publish(waiting({2}));
  ASSERT_TRUE(eventually_prepared(2));
  const Assignment again = racing(1);  // its weights are gone meanwhile
  const std::uint64_t before = board_.sprint_nonces(1);
  worker_->publish(again);
  EXPECT_TRUE(eventually([&] { return board_.sprint_nonces(1) > before; }));
  EXPECT_TRUE(told_of<DeviceDown>().empty());
}

}  // namespace
}  // namespace miner
