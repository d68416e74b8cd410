#include "miner/scheduler.h"

#include "tests/miner/scheduler_fixture.h"

// How a sprint goes from its announcement to its end, and one after another.
namespace miner {
namespace {

TEST_F(SchedulerTest, LifeOfOneSprint) {
  const SprintKey key = announce("s-1", 10, 5);
  EXPECT_EQ(ports_.take_published(), (Devices{0, 1}));
  for (std::uint32_t device : {0u, 1u}) {
    ASSERT_EQ(upcoming(device), Keys{key});
    const poc::ModelSpec model = ports_.latest(device).upcoming[0].model;
    EXPECT_EQ(model, (poc::ModelSpec{tests::tiny_profile(), tests::bytes_of(5)}));
    EXPECT_EQ(ports_.latest(device).race, nullptr);
  }
  EXPECT_TRUE(ports_.take_readies().empty()) << "no weights are made yet";

  scheduler_.prepared(0, key, 5000);
  EXPECT_EQ(ports_.take_readies(), (std::vector<Ready>{{"s-1", 0, "gpu:0", 5000}}));
  scheduler_.prepared(1, key, 0);
  EXPECT_EQ(ports_.take_readies(), (std::vector<Ready>{{"s-1", 1, "gpu:1", 0}}));
  lease("s-1", 1, 0);
  lease("s-1", 2, 1);
  EXPECT_EQ(race_key(0), 0u) << "not before the start seed is known";

  start("s-1", 10, 5);
  const auto announcement = tests::make_announcement("s-1", 5);
  for (std::uint32_t device : {0u, 1u}) {
    const auto& race = ports_.latest(device).race;
    ASSERT_NE(race, nullptr);
    EXPECT_EQ(race->key, key);
    EXPECT_EQ(race->sprint, "s-1");
    EXPECT_EQ(race->spec.model.model_seed, tests::bytes_of(5));
    EXPECT_EQ(race->spec.start_seed, tests::make_start(announcement).start_seed);
    EXPECT_EQ(race->spec.identity_hash, poc::hash_identity("alice").value());
    EXPECT_EQ(race->t_end, s(20));
    EXPECT_EQ(leases(device), Ids{device + 1});
    EXPECT_EQ(upcoming(device), Keys{}) << "the next one's weights come first";
  }
  EXPECT_EQ(ports_.latest(0).race, ports_.latest(1).race) << "one race, shared";
  ports_.take_published();

  scheduler_.over("s-1");
  EXPECT_EQ(ports_.take_published(), (Devices{0, 1}));
  EXPECT_EQ(ports_.latest(0), Assignment());
  EXPECT_EQ(ports_.latest(1), Assignment());
  ASSERT_NE(scheduler_.find(key), nullptr) << "known until it is forgotten";
  EXPECT_TRUE(scheduler_.find(key)->over);
  scheduler_.forget(key);
  EXPECT_EQ(scheduler_.find(key), nullptr);
  EXPECT_EQ(scheduler_.find("s-1"), nullptr);
}

TEST_F(SchedulerTest, StartMayMoveTheTimes) {
  make_ready("s-1", 10, 1);
  start("s-1", 3);  // a pool without a beacon starts early
  EXPECT_EQ(ports_.latest(0).race->t_end, s(13));
  EXPECT_EQ(scheduler_.find("s-1")->t0, s(3));
  EXPECT_EQ(scheduler_.find("s-1")->t_end, s(13));
}

TEST_F(SchedulerTest, WhoJoinsInMidRaceMakesWeightsAndThenAsks) {
  const SprintKey key = announce("s-1", 0);
  start("s-1", 0);
  EXPECT_EQ(race_key(0), 0u) << "no lease, no race";
  EXPECT_EQ(upcoming(0), Keys{key}) << "its weights are made late";
  scheduler_.prepared(0, key, 0);
  EXPECT_EQ(ports_.take_readies(), (std::vector<Ready>{{"s-1", 0, "gpu:0", 0}}));
  EXPECT_EQ(race_key(0), 0u);
  lease("s-1", 1, 0);
  EXPECT_EQ(race_key(0), key);
  EXPECT_EQ(leases(0), Ids{1});
  EXPECT_EQ(upcoming(1), Keys{key}) << "the other one is still at it";
}

TEST_F(SchedulerTest, OneDeviceDoesNotWaitForAnother) {
  const SprintKey key = announce("s-1", 10);
  scheduler_.prepared(1, key, 7);
  lease("s-1", 1, 1);
  start("s-1", 10);
  EXPECT_EQ(race_key(1), key);
  EXPECT_EQ(race_key(0), 0u);
  EXPECT_EQ(upcoming(0), Keys{key});
}

TEST_F(SchedulerTest, BackToBack) {
  const SprintKey a = make_ready("s-a", 0, 1);
  start("s-a", 0);
  ports_.take_published();
  const SprintKey b = announce("s-b", 10, 2);
  EXPECT_EQ(ports_.take_published(), (Devices{0, 1}));
  EXPECT_EQ(race_key(0), a) << "the announcement does not disturb the race";
  EXPECT_EQ(upcoming(0), Keys{b});
  for (std::uint32_t device : {0u, 1u}) {
    scheduler_.prepared(device, b, 1);
    lease("s-b", 10 + device, device);
  }
  EXPECT_EQ(race_key(0), a);
  EXPECT_EQ(leases(0), Ids{1}) << "leases are of the race";

  scheduler_.over("s-a");
  EXPECT_EQ(race_key(0), 0u);
  EXPECT_EQ(upcoming(0), Keys{b});
  start("s-b", 10, 2);
  for (std::uint32_t device : {0u, 1u}) {
    EXPECT_EQ(race_key(device), b);
    EXPECT_EQ(leases(device), Ids{10 + device});
    EXPECT_EQ(ports_.latest(device).race->spec.model.model_seed, tests::bytes_of(2));
  }
}

TEST_F(SchedulerTest, UpcomingIsInTheOrderOfTheStarts) {
  const SprintKey late = announce("s-late", 30);
  const SprintKey early = announce("s-early", 10, 2);
  const SprintKey middle = announce("s-middle", 20, 3);
  EXPECT_EQ(upcoming(0), (Keys{early, middle, late}));
  scheduler_.over("s-early");
  EXPECT_EQ(upcoming(0), (Keys{middle, late}));
}

TEST_F(SchedulerTest, PreparedForTwoSprintsAsksForEach) {
  const SprintKey a = announce("s-a", 10);
  const SprintKey b = announce("s-b", 20, 2);
  scheduler_.prepared(0, a, 100);
  scheduler_.prepared(0, b, 100);
  EXPECT_EQ(ports_.take_readies(),
            (std::vector<Ready>{{"s-a", 0, "gpu:0", 100}, {"s-b", 0, "gpu:0", 100}}));
}

TEST_F(SchedulerTest, EndOfASprintThatNeverStarted) {
  const SprintKey key = make_ready("s-1", 10, 1);
  scheduler_.over("s-1");  // cancelled
  EXPECT_EQ(upcoming(0), Keys{});
  start("s-1", 10);
  EXPECT_EQ(race_key(0), 0u) << "over is over";
  scheduler_.prepared(0, key, 1);
  lease("s-1", 9, 0);
  EXPECT_EQ(ports_.latest(0), Assignment());
  EXPECT_TRUE(ports_.take_readies().empty());
}

TEST_F(SchedulerTest, EndThatDoesNotComeComesByItself) {
  make_ready("s-1", 0, 1);
  start("s-1", 0);
  scheduler_.tick(s(9));
  EXPECT_NE(race_key(0), 0u);
  scheduler_.tick(s(60));
  EXPECT_EQ(ports_.latest(0), Assignment());
}

TEST_F(SchedulerTest, PublishesOnlyOnChange) {  // the fake fails the test if not
  const SprintKey key = make_ready("s-1", 10, 1);
  scheduler_.tick(s(1));
  scheduler_.tick(s(2));
  announce("s-1", 10);
  scheduler_.prepared(0, key, 1);
  scheduler_.over("s-unknown");
  scheduler_.resume(0);
  EXPECT_EQ(ports_.take_published(), Devices{});
  start("s-1", 10);
  start("s-1", 10);
  EXPECT_EQ(ports_.take_published(), (Devices{0, 1}));
  scheduler_.over("s-1");
  scheduler_.over("s-1");
  EXPECT_EQ(ports_.take_published(), (Devices{0, 1}));
}

TEST_F(SchedulerTest, CurrentIsTheRacedElseTheNext) {
  EXPECT_EQ(scheduler_.current(), nullptr);
  announce("s-b", 20, 2);
  const SprintKey a = announce("s-a", 10);
  ASSERT_NE(scheduler_.current(), nullptr);
  EXPECT_EQ(scheduler_.current()->key, a);
  start("s-b", 5, 2);
  EXPECT_EQ(scheduler_.current()->announcement.sprint, "s-b");
  scheduler_.over("s-b");
  EXPECT_EQ(scheduler_.current()->key, a);
  scheduler_.over("s-a");
  EXPECT_EQ(scheduler_.current(), nullptr);
}

TEST_F(SchedulerTest, NewsOfUnknownSprintsAreIgnored) {
  const SprintKey key = announce("s-1", 10);
  ports_.take_published();
  start("s-2", 10);
  scheduler_.over("s-2");
  lease("s-2", 1, 0);
  scheduler_.lease_refused("s-2", Devices{0}, s(1));
  scheduler_.prepared(0, key + 100, 5);
  scheduler_.lease_low(0, key + 100);
  scheduler_.forget(key + 100);
  scheduler_.tick(s(2));
  EXPECT_EQ(scheduler_.find(key + 100), nullptr);
  EXPECT_TRUE(ports_.take_readies().empty());
  EXPECT_TRUE(ports_.take_requests().empty());
  EXPECT_EQ(ports_.take_published(), Devices{});
}

TEST_F(SchedulerTest, ForgottenSprintIsWorkedOnByNobody) {
  const SprintKey key = make_ready("s-1", 0, 1);
  start("s-1", 0);
  scheduler_.forget(key);
  EXPECT_EQ(ports_.latest(0), Assignment());
  EXPECT_EQ(ports_.latest(1), Assignment());
  const SprintKey again = announce("s-1", 20);
  EXPECT_NE(again, key);
}

TEST_F(SchedulerTest, PausedDeviceIsFreedAndComesBack) {
  const SprintKey key = make_ready("s-1", 0, 1);
  start("s-1", 0);
  ports_.take_published();
  scheduler_.pause(0, {PauseCause::kUser, "by the user"});
  EXPECT_EQ(ports_.take_published(), Devices{0});
  EXPECT_EQ(ports_.latest(0).paused, (Pause{PauseCause::kUser, "by the user"}));
  EXPECT_EQ(race_key(1), key) << "the other goes on";
  scheduler_.resume(0);
  EXPECT_FALSE(ports_.latest(0).paused);
  EXPECT_EQ(race_key(0), key);
  EXPECT_EQ(leases(0), Ids{1});
  scheduler_.prepared(0, key, 1000);  // it made the weights again
  EXPECT_TRUE(ports_.take_readies().empty()) << "it has its lease";
}

TEST_F(SchedulerTest, TheCauseOfAPauseStaysUntilTheDeviceIsResumed) {
  const Pause wrong{PauseCause::kWrongDigests, "3 wrong digests"};
  const Pause asked{PauseCause::kUser, "by the user"};
  EXPECT_FALSE(scheduler_.paused(0));
  scheduler_.pause(0, wrong);
  scheduler_.pause(0, asked);
  EXPECT_EQ(ports_.latest(0).paused, wrong);
  EXPECT_EQ(scheduler_.paused(0), wrong);
  EXPECT_FALSE(scheduler_.paused(1));
  scheduler_.resume(0);
  scheduler_.pause(0, asked);
  EXPECT_EQ(ports_.latest(0).paused, asked);
}

TEST_F(SchedulerTest, DeviceThatFailedAndCameBackGoesOnWithItsLease) {
  const SprintKey key = make_ready("s-1", 0, 1);
  start("s-1", 0);
  scheduler_.device_down(0);
  EXPECT_EQ(race_key(1), key) << "the other goes on";
  scheduler_.prepared(0, key, 1000);
  EXPECT_EQ(race_key(0), key);
  EXPECT_EQ(leases(0), Ids{1});
  EXPECT_TRUE(ports_.take_readies().empty()) << "no second lease for the same work";
}

TEST_F(SchedulerTest, DeviceThatFailedBeforeTheStartAsksWhenItIsBack) {
  const SprintKey key = announce("s-1", 10);
  scheduler_.device_down(0);
  EXPECT_TRUE(ports_.take_readies().empty());
  scheduler_.prepared(0, key, 20);
  EXPECT_EQ(ports_.take_readies(), (std::vector<Ready>{{"s-1", 0, "gpu:0", 20}}));
}

}  // namespace
}  // namespace miner
