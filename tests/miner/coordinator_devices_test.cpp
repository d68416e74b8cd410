#include "tests/miner/coordinator_fixture.h"

// What the coordinator makes of its devices' faults, and when it sees the end.
namespace miner {
namespace {

using Cause = DeviceDown::Cause;

class CoordinatorDevicesTest : public CoordinatorTest {
 protected:
  void take_rechecks(std::size_t count) {
    std::size_t done = 0;
    ASSERT_TRUE(tests::eventually([&] {
      std::vector<Mail> all = mailbox_.drain();
      done += all.size();
      coordinator_->take_mail(std::move(all), clock_.now());
      pump();
      return done >= count;
    }));
  }
  /// A wrong digest that costs no re-check: its ticket misses the target.
  void find_impossible(std::uint32_t device, std::uint64_t n) {
    stratum::Lease hard = race_lease_;
    hard.difficulty = poc::kMaxDifficulty;
    find_in(device, race_, hard, n);
  }
  void race_with_all(const std::string& sprint) {
    race(sprint);
    race_ = assigned_[0].race;
    race_lease_ = assigned_[0].leases.at(0);
  }

  std::shared_ptr<const Race> race_;
  stratum::Lease race_lease_;
};

TEST_F(CoordinatorDevicesTest, ThirdWrongDigestPausesTheDevice) {
  make(0, true);
  connect();
  race("s-1");
  for (std::uint64_t n = 1; n <= 3; ++n) {
    EXPECT_FALSE(assigned_[0].paused) << "after " << n - 1;
    find(0, n, false);
    find(1, n);
    take_rechecks(2);
  }
  EXPECT_TRUE(assigned_[0].paused);
  EXPECT_FALSE(assigned_[1].paused);
  EXPECT_NE(assigned_[1].race, nullptr) << "costs one card";
  EXPECT_EQ(pool_.withdrawals.size(), 3u);
  EXPECT_EQ(pool_.stored("s-1"), 3u) << "the wrong ones are withdrawn";
  finish("s-1");
  EXPECT_EQ(snapshot().shares, (ShareCounts{.accepted = 3, .withdrawn = 3}));
  EXPECT_EQ(snapshot().devices[0].hardware_errors, 3u);
  EXPECT_EQ(snapshot().devices[1].hardware_errors, 0u);
}

TEST_F(CoordinatorDevicesTest, PausedByTheUserAndBack) {
  make();
  connect();
  race("s-1");
  coordinator_->pause(0, {PauseCause::kUser, "by the user"});
  EXPECT_EQ(assigned_[0].paused, (Pause{PauseCause::kUser, "by the user"}));
  coordinator_->resume(0);
  EXPECT_FALSE(assigned_[0].paused);
  EXPECT_NE(assigned_[0].race, nullptr);
}

TEST_F(CoordinatorDevicesTest, ShowsWhoIsToPauseBeforeTheWorkerDoes) {
  make();
  board_.set_state(1, DeviceState::kFailed, "it broke");
  coordinator_->pause(1, {PauseCause::kUser, "by the user"});
  EXPECT_TRUE(snapshot().devices[1].paused_by_user);
  EXPECT_EQ(snapshot().devices[1].state, DeviceState::kFailed);
  EXPECT_FALSE(snapshot().devices[0].paused_by_user);
  coordinator_->resume(1);
  EXPECT_FALSE(snapshot().devices[1].paused_by_user);
}

TEST_F(CoordinatorDevicesTest, AUsersPauseHidesNoFault) {
  make();
  connect();
  race_with_all("s-1");
  for (std::uint64_t n = 1; n <= 3; ++n) find_impossible(0, n);
  coordinator_->pause(0, {PauseCause::kUser, "by the user"});
  EXPECT_EQ(assigned_[0].paused, (Pause{PauseCause::kWrongDigests, "3 wrong digests"}));
  EXPECT_FALSE(snapshot().devices[0].paused_by_user);
}

TEST_F(CoordinatorDevicesTest, KnowsWhatBecameOfItsWorkers) {
  make();
  EXPECT_FALSE(coordinator_->all_devices_off());
  EXPECT_FALSE(coordinator_->all_stopped());
  mail(0, DeviceDown{true, DeviceDown::Cause::kSelfTest, "it broke"});
  EXPECT_FALSE(coordinator_->all_devices_off());
  EXPECT_FALSE(coordinator_->all_failed_self_test());
  mail(1, DeviceDown{false, DeviceDown::Cause::kSelfTest, "it broke"});
  EXPECT_FALSE(coordinator_->all_devices_off()) << "it will be opened again";
  mail(1, DeviceDown{true, DeviceDown::Cause::kSelfTest, "it broke"});
  EXPECT_TRUE(coordinator_->all_devices_off());
  EXPECT_TRUE(coordinator_->all_failed_self_test());
  mail(1, WorkerStopped{});
  EXPECT_FALSE(coordinator_->all_stopped());
  EXPECT_TRUE(coordinator_->worker_stopped(1));
  EXPECT_FALSE(coordinator_->worker_stopped(0));
  mail(0, WorkerStopped{});
  EXPECT_TRUE(coordinator_->all_stopped());
}

TEST_F(CoordinatorDevicesTest, OffForOtherReasonsIsNoFailedSelfTest) {
  make();
  mail(0, DeviceDown{true, DeviceDown::Cause::kSelfTest, "it broke"});
  mail(1, DeviceDown{true, DeviceDown::Cause::kWork, "it broke"});
  EXPECT_TRUE(coordinator_->all_devices_off());
  EXPECT_FALSE(coordinator_->all_failed_self_test());
}

TEST_F(CoordinatorDevicesTest, ResumedDeviceIsPausedAgainAtItsThirdWrongDigest) {
  make();
  connect();
  race_with_all("s-1");
  for (std::uint64_t n = 1; n <= 5; ++n) find_impossible(0, n);
  ASSERT_TRUE(assigned_[0].paused);
  coordinator_->resume(0);
  find_impossible(0, 6);
  find_impossible(0, 7);
  EXPECT_FALSE(assigned_[0].paused);
  find_impossible(0, 8);
  EXPECT_EQ(assigned_[0].paused, (Pause{PauseCause::kWrongDigests, "3 wrong digests"}));
  EXPECT_EQ(snapshot().devices[0].hardware_errors, 8u);
}

TEST_F(CoordinatorDevicesTest, EndNamesWhyTheLastDeviceIsGone) {
  make();
  mail(0, DeviceDown{true, Cause::kSelfTest, "known answer nano-1: wrong digest"});
  EXPECT_FALSE(coordinator_->ending());
  mail(1, DeviceDown{true, Cause::kOpen, "the weights do not fit"});
  ASSERT_TRUE(coordinator_->ending());
  EXPECT_EQ(coordinator_->ending()->code, ExitCode::kNoDevice);
  EXPECT_EQ(coordinator_->ending()->reason,
            "no usable device is left: fake:1: the weights do not fit");
}

TEST_F(CoordinatorDevicesTest, SoloEndsWhenTheProfileFitsNoDevice) {
  solo_ = true;
  make();
  connect();
  announce("s-1");
  const SprintKey key = assigned_[0].upcoming.at(0).key;
  mail(0, DeviceSitsOut{key, "the weights do not fit"});
  EXPECT_FALSE(coordinator_->ending()) << "the other one may have room";
  mail(1, DeviceSitsOut{key, "the weights do not fit"});
  ASSERT_TRUE(coordinator_->ending());
  EXPECT_EQ(coordinator_->ending()->code, ExitCode::kBadArguments);
  EXPECT_EQ(coordinator_->ending()->reason,
            "the profile fits no device: fake:1: the weights do not fit");
}

TEST_F(CoordinatorDevicesTest, SoloEndsWhenAllDevicesComputeWrongOnceTheSprintIsDecided) {
  solo_ = true;
  make();
  connect();
  race_with_all("s-1");
  board_.add_work(0, race_->key, 1000, 0, clock_.now());
  start(announce("s-2", 2));  // devices had been ready for it, and do not work on it
  for (std::uint64_t n = 1; n <= 3; ++n) {
    find_impossible(0, n);
    find_impossible(1, 100 + n);
  }
  EXPECT_FALSE(coordinator_->ending());
  finish("s-1");
  ASSERT_TRUE(coordinator_->ending());
  EXPECT_EQ(coordinator_->ending()->code, ExitCode::kNoDevice);
  EXPECT_EQ(coordinator_->ending()->reason,
            "no usable device is left: fake:1 is paused after 3 wrong digests");
  coordinator_->resume(1);
  EXPECT_FALSE(coordinator_->ending());
}

TEST_F(CoordinatorDevicesTest, WithAPoolAnotherSprintMayFit) {
  make();
  connect();
  announce("s-1");
  const SprintKey key = assigned_[0].upcoming.at(0).key;
  for (std::uint32_t device = 0; device < kDevices; ++device) {
    mail(device, DeviceSitsOut{key, "the weights do not fit"});
  }
  EXPECT_FALSE(coordinator_->ending());
}

TEST_F(CoordinatorDevicesTest, SoloStartsWhenTheDevicesAreReady) {
  solo_ = true;
  make();
  connect();
  announce("s-1");
  EXPECT_TRUE(sink_.has("sprint announced sprint=s-1"));
  EXPECT_TRUE(sink_.has("starts=\"when the devices are ready\""));
}

}  // namespace
}  // namespace miner
