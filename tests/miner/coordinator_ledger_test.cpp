#include "tests/miner/coordinator_fixture.h"

// What the coordinator tells the ledger of lost sprints, and what becomes of that. A sprint starts
// 10 s after its announcement and lasts 10 s; of the two devices one is always in time.
namespace miner {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using stratum::Code;

class CoordinatorLedgerTest : public CoordinatorTest {
 protected:
  void begin() {
    make();
    for (std::uint32_t device = 0; device < kDevices; ++device) mail(device, DeviceUp{});
    connect();
  }
  void wait(base::Micros time) {
    for (base::Micros passed{0}; passed < time; passed += milliseconds(500)) {
      clock_.advance(milliseconds(500));
      for (std::uint32_t device = 0; device < kDevices; ++device) work(device);
      coordinator_->tick(clock_.now());
      pump_if_connected();
    }
  }
  /// A device that races has a result, unless it hangs.
  void work(std::uint32_t device) {
    const auto& race = assigned_[device].race;
    if (race != nullptr && device != hangs_) board_.add_work(device, race->key, 1, 1, clock_.now());
  }
  /// From T0, which is 10 s from the announcement, to the result.
  void race_to_the_end(const stratum::Announcement& announcement) {
    start(announcement);
    wait(seconds(10));
    finish(announcement.sprint);
  }
  /// All that was lost, in seconds.
  double lost(LossCause cause) {
    const Loss loss = snapshot().losses.by_cause.at(static_cast<std::size_t>(cause));
    return std::chrono::duration<double>(loss.time).count();
  }
  double lost() {
    double sum = 0;
    for (std::size_t i = 0; i < kLossCauses; ++i) sum += lost(static_cast<LossCause>(i));
    return sum;
  }

  std::optional<std::uint32_t> hangs_;
};

TEST_F(CoordinatorLedgerTest, NothingIsLostWhereAllGoesWell) {
  begin();
  const auto announcement = announce("s-1");
  prepare(0);
  prepare(1);
  wait(seconds(10));
  race_to_the_end(announcement);
  EXPECT_EQ(snapshot().losses.sprints, 0U);
  EXPECT_EQ(lost(), 0);
  EXPECT_FALSE(sink_.has("not wholly raced"));
}

TEST_F(CoordinatorLedgerTest, WeightsThatAreLate) {
  begin();
  const auto announcement = announce("s-1");
  prepare(0);
  wait(seconds(10));
  start(announcement);
  wait(seconds(4));
  prepare(1);
  wait(seconds(6));
  finish("s-1");
  EXPECT_EQ(snapshot().losses.sprints, 1U);
  EXPECT_DOUBLE_EQ(lost(LossCause::kWeights), 4);
  EXPECT_DOUBLE_EQ(lost(), 4);
  EXPECT_TRUE(
      sink_.has("sprint not wholly raced sprint=s-1 lost_s=4 of_s=20 about_nonces=20000 "
                "why=\"weights not ready\""));
}

TEST_F(CoordinatorLedgerTest, AnnouncedTooLate) {
  begin();
  wait(seconds(10));
  const auto announcement = pool_.make("s-1", pool_now() + seconds(3), seconds(10), 1);
  server_->announce(announcement);
  pump();
  prepare(0);
  wait(seconds(3));
  start(announcement);
  wait(seconds(5));
  prepare(1);
  wait(seconds(5));
  finish("s-1");
  EXPECT_DOUBLE_EQ(lost(LossCause::kLateAnnouncement), 5);
  EXPECT_DOUBLE_EQ(lost(), 5);
}

TEST_F(CoordinatorLedgerTest, TheNetworkIsAwayAtT0) {
  begin();
  const auto announcement = announce("s-1");
  prepare(0);
  prepare(1);
  wait(seconds(4));
  disconnect();
  wait(seconds(9));
  connect();
  server_->announce(announcement);
  start(announcement);
  wait(seconds(7));
  finish("s-1");
  EXPECT_DOUBLE_EQ(lost(LossCause::kNetwork), 2 * 3);
  EXPECT_DOUBLE_EQ(lost(), 6);
}

TEST_F(CoordinatorLedgerTest, ASessionThatIsLostInMidRaceCostsNoTime) {
  begin();
  const auto announcement = announce("s-1");
  prepare(0);
  prepare(1);
  wait(seconds(10));
  start(announcement);
  wait(seconds(2));
  disconnect();
  wait(seconds(3));
  connect();
  server_->announce(announcement);
  start(announcement);
  wait(seconds(5));
  finish("s-1");
  EXPECT_EQ(lost(), 0);
}

TEST_F(CoordinatorLedgerTest, TheWholeSprintPassesWithoutASession) {
  begin();
  announce("s-1");
  prepare(0);
  prepare(1);
  disconnect();
  wait(minutes(3));
  EXPECT_DOUBLE_EQ(lost(LossCause::kNetwork), 20);
  EXPECT_EQ(snapshot().losses.sprints, 1U);
}

TEST_F(CoordinatorLedgerTest, ADeviceThatFails) {
  begin();
  const auto announcement = announce("s-1");
  prepare(0);
  prepare(1);
  const SprintKey key = assigned_[1].upcoming.at(0).key;
  wait(seconds(10));
  start(announcement);
  wait(seconds(2));
  mail(1, DeviceDown{false, DeviceDown::Cause::kWork, "it broke"});
  wait(seconds(3));
  mail(1, DeviceUp{});
  mail(1, DevicePrepared{key, 5'000'000});
  wait(seconds(5));
  finish("s-1");
  EXPECT_DOUBLE_EQ(lost(LossCause::kDevice), 3);
  EXPECT_DOUBLE_EQ(lost(), 3);
}

TEST_F(CoordinatorLedgerTest, ADeviceThatHangs) {
  begin();
  const auto announcement = announce("s-1");
  prepare(0);
  prepare(1);
  wait(seconds(10));
  start(announcement);
  wait(seconds(4));
  hangs_ = 1;
  wait(seconds(6));
  finish("s-1");
  EXPECT_DOUBLE_EQ(lost(LossCause::kDevice), 6);
  EXPECT_DOUBLE_EQ(lost(), 6);
}

TEST_F(CoordinatorLedgerTest, ADeviceThatHangsAndThenFailsAndComesBack) {
  begin();
  const auto announcement = announce("s-1");
  prepare(0);
  prepare(1);
  const SprintKey key = assigned_[1].upcoming.at(0).key;
  wait(seconds(10));
  start(announcement);
  wait(seconds(2));
  clock_.advance(milliseconds(100));
  work(0);
  work(1);  // no tick since
  hangs_ = 1;
  clock_.advance(milliseconds(2900));
  mail(1, DeviceDown{false, DeviceDown::Cause::kWork, "it broke"});
  mail(1, DeviceUp{});
  mail(1, DevicePrepared{key, 5'000'000});
  hangs_.reset();
  wait(seconds(5));
  finish("s-1");
  EXPECT_DOUBLE_EQ(lost(LossCause::kDevice), 2.9);
  EXPECT_DOUBLE_EQ(lost(), 2.9);
}

TEST_F(CoordinatorLedgerTest, OnePausedByTheUserIsNotMissed) {
  begin();
  coordinator_->pause(1, {PauseCause::kUser, "by the user"});
  const auto announcement = announce("s-1");
  prepare(0);
  wait(seconds(10));
  race_to_the_end(announcement);
  EXPECT_EQ(lost(), 0);
}

TEST_F(CoordinatorLedgerTest, OnePausedForAFaultIs) {
  begin();
  const auto announcement = announce("s-1");
  prepare(0);
  prepare(1);
  wait(seconds(10));
  start(announcement);
  wait(seconds(4));
  coordinator_->pause(1, {PauseCause::kHeat, "too hot"});
  wait(seconds(6));
  finish("s-1");
  EXPECT_DOUBLE_EQ(lost(LossCause::kDevice), 6);
}

TEST_F(CoordinatorLedgerTest, APoolThatGivesNoLease) {
  begin();
  const auto announcement = announce("s-1");
  prepare(0);
  pool_.refuse_leases = stratum::WireError{Code::kNoLease, "none left", 60'000};
  prepare(1);
  wait(seconds(10));
  race_to_the_end(announcement);
  EXPECT_DOUBLE_EQ(lost(LossCause::kPool), 10);
  EXPECT_DOUBLE_EQ(lost(), 10);
}

TEST_F(CoordinatorLedgerTest, LeasesThatAreUsedUp) {
  begin();
  const auto announcement = announce("s-1");
  prepare(0);
  prepare(1);
  wait(seconds(10));
  start(announcement);
  const SprintKey key = assigned_[1].race->key;
  wait(seconds(2));
  mail(1, LeasesUsedUp{key, assigned_[1].leases.back().id});
  wait(seconds(3));
  mail(1, LeaseLow{key});  // as if it had been lost before: brings another
  wait(seconds(5));
  finish("s-1");
  EXPECT_DOUBLE_EQ(lost(LossCause::kPool), 3);
  EXPECT_DOUBLE_EQ(lost(), 3);
}

TEST_F(CoordinatorLedgerTest, ACancelledSprint) {
  begin();
  announce("s-1");
  prepare(0);
  prepare(1);
  server_->cancel("s-1", "no beacon");
  pump();
  EXPECT_DOUBLE_EQ(lost(LossCause::kPool), 20);
  server_->cancel("s-1", "no beacon");
  pump();
  EXPECT_DOUBLE_EQ(lost(), 20) << "once";
}

TEST_F(CoordinatorLedgerTest, AStartSeedThatDoesNotMatch) {
  begin();
  const auto announcement = announce("s-1");
  prepare(0);
  prepare(1);
  wait(seconds(10));
  auto notice = tests::make_start(announcement);
  notice.start_seed = tests::bytes_of(0xcc);
  server_->start(notice);
  pump();
  EXPECT_DOUBLE_EQ(lost(LossCause::kPool), 20);
}

TEST_F(CoordinatorLedgerTest, APoolThatForgotTheSprint) {
  begin();
  announce("s-1");
  prepare(0);
  pool_.refuse_leases = stratum::WireError{Code::kUnknownSprint, "which", 0};
  prepare(1);
  EXPECT_DOUBLE_EQ(lost(LossCause::kPool), 20);
  wait(minutes(3));
  EXPECT_DOUBLE_EQ(lost(), 20);
}

TEST_F(CoordinatorLedgerTest, APoolThatForgotTheSprintInMidRace) {
  begin();
  const auto announcement = announce("s-1");
  prepare(0);
  prepare(1);
  wait(seconds(10));
  start(announcement);
  const SprintKey key = assigned_[1].race->key;
  wait(seconds(3));
  pool_.refuse_leases = stratum::WireError{Code::kUnknownSprint, "which", 0};
  mail(1, LeaseLow{key});
  EXPECT_EQ(assigned_[0].race, nullptr);
  wait(seconds(7));
  finish("s-1");
  // Until the next tick, half a second later, nobody looks.
  EXPECT_DOUBLE_EQ(lost(LossCause::kPool), 2 * 6.5);
  EXPECT_DOUBLE_EQ(lost(), 2 * 6.5) << "no device hung";
}

TEST_F(CoordinatorLedgerTest, APoolThatHasAnotherSprintByTheSameName) {
  begin();
  const auto announcement = announce("s-1");
  prepare(0);
  prepare(1);
  wait(seconds(10));
  start(announcement);
  wait(seconds(3));
  disconnect();
  connect();  // the pool was started anew
  announce("s-1", 2);
  EXPECT_EQ(assigned_[0].race, nullptr);
  wait(seconds(40));
  EXPECT_DOUBLE_EQ(lost(LossCause::kPool), 20) << "no result comes";
  EXPECT_DOUBLE_EQ(lost(), 20) << "no device hung";
}

TEST_F(CoordinatorLedgerTest, AResultThatDoesNotComeIsThePools) {
  begin();
  const auto announcement = announce("s-1");
  prepare(0);
  prepare(1);
  wait(seconds(10));
  start(announcement);
  find(0, 1);
  wait(seconds(10));
  server_->end("s-1", 1);
  pump();
  EXPECT_EQ(lost(), 0) << "it may come";
  wait(minutes(11));
  EXPECT_DOUBLE_EQ(lost(LossCause::kPool), 20);
  server_->result(pool_.result("s-1"));
  pump();
  EXPECT_EQ(lost(), 0) << "after all";
  EXPECT_EQ(snapshot().losses.sprints, 0U);
}

TEST_F(CoordinatorLedgerTest, OrTheNetworksWhereWeAreNotThere) {
  begin();
  const auto announcement = announce("s-1");
  prepare(0);
  prepare(1);
  wait(seconds(10));
  start(announcement);
  wait(seconds(10));
  disconnect();
  wait(minutes(1));
  EXPECT_DOUBLE_EQ(lost(LossCause::kNetwork), 20);
}

TEST_F(CoordinatorLedgerTest, ASprintLeftForAnotherPoolEndsThere) {
  begin();
  const auto announcement = announce("s-1");
  prepare(0);
  prepare(1);
  wait(seconds(10));
  start(announcement);
  wait(seconds(2));
  disconnect();
  pool_.name = "other";
  connect(1);
  EXPECT_EQ(assigned_[0], Assignment());
  wait(minutes(1));
  EXPECT_DOUBLE_EQ(lost(), 2 * 2) << "raced, and nobody tells what of it counts";
}

TEST_F(CoordinatorLedgerTest, ClosedAtTheEndOfTheRun) {
  begin();
  const auto announcement = announce("s-1");
  announce("s-2", 2);
  prepare(0);
  wait(seconds(10));
  start(announcement);
  wait(seconds(4));
  EXPECT_EQ(lost(), 0) << "not over";
  coordinator_->close_ledger(clock_.now());
  EXPECT_DOUBLE_EQ(lost(LossCause::kWeights), 4);
  finish("s-1");
  EXPECT_DOUBLE_EQ(lost(), 4);
  EXPECT_EQ(snapshot().losses.sprints, 1U);
}

TEST_F(CoordinatorLedgerTest, AStartThatNeverCameIsClosedAtTheEndOfTheRunToo) {
  begin();
  announce("s-1");
  prepare(0);
  prepare(1);
  wait(seconds(19));
  coordinator_->close_ledger(clock_.now());
  EXPECT_EQ(lost(), 0) << "it may be held back";
  wait(seconds(1));
  coordinator_->close_ledger(clock_.now());
  EXPECT_DOUBLE_EQ(lost(LossCause::kPool), 20);
  EXPECT_DOUBLE_EQ(lost(), 20);
  EXPECT_EQ(snapshot().losses.sprints, 1U);
}

TEST_F(CoordinatorLedgerTest, WithoutASessionNoStartIsHeldBack) {
  begin();
  announce("s-1");
  prepare(0);
  prepare(1);
  disconnect();
  wait(seconds(14));
  coordinator_->close_ledger(clock_.now());
  EXPECT_DOUBLE_EQ(lost(LossCause::kNetwork), 2 * 4);
  EXPECT_DOUBLE_EQ(lost(), 2 * 4);
}

TEST_F(CoordinatorLedgerTest, ThePoolOfSoloHoldsItsFirstStartBack) {
  solo_ = true;
  begin();
  announce("s-1");
  wait(seconds(30));
  coordinator_->close_ledger(clock_.now());
  EXPECT_EQ(lost(), 0);
}

TEST_F(CoordinatorLedgerTest, ASprintBeyondThoseWantedIsNotMissed) {
  make(1);
  for (std::uint32_t device = 0; device < kDevices; ++device) mail(device, DeviceUp{});
  connect();
  const auto announcement = announce("s-1");
  prepare(0);
  prepare(1);
  wait(seconds(5));
  announce("s-2", 2);
  wait(seconds(5));
  race_to_the_end(announcement);
  disconnect();
  wait(seconds(3));
  coordinator_->close_ledger(clock_.now());
  EXPECT_EQ(lost(), 0);
}

TEST_F(CoordinatorLedgerTest, SubmitsAreMeasured) {
  begin();
  const auto announcement = announce("s-1");
  prepare(0);
  wait(seconds(10));
  start(announcement);
  wait(seconds(4));
  EXPECT_EQ(snapshot().times, SubmitTimes{});
  find(0, 1);
  const SubmitTimes times = snapshot().times;
  ASSERT_TRUE(times.delay && times.answer && times.margin);
  EXPECT_EQ(times.margin->p99, seconds(6)) << "to the pool's T_end";
  EXPECT_EQ(times.answer->count, 1U);
  finish("s-1");
  EXPECT_EQ(snapshot().last_sprints.at(0).times, times);
}

}  // namespace
}  // namespace miner
