#include "tests/miner/scheduler_fixture.h"

// Leases, and what a lost connection or another pool does to them.
namespace miner {
namespace {

TEST_F(SchedulerTest, AsksOnceUntilAnswered) {
  const SprintKey key = announce("s-1", 10);
  scheduler_.prepared(0, key, 5);
  scheduler_.prepared(0, key, 5);
  scheduler_.tick(s(1));
  EXPECT_EQ(ports_.take_readies().size(), 1u);
}

TEST_F(SchedulerTest, RefusedForAWhileIsAskedAgainThen) {
  const SprintKey key = announce("s-1", 10);
  scheduler_.prepared(0, key, 5);
  ports_.take_readies();
  scheduler_.lease_refused("s-1", Devices{0}, s(3));
  scheduler_.tick(s(2));
  EXPECT_TRUE(ports_.take_readies().empty());
  scheduler_.tick(s(3));
  EXPECT_EQ(ports_.take_readies(), (std::vector<Ready>{{"s-1", 0, "gpu:0", 5}}));
  scheduler_.tick(s(4));
  EXPECT_TRUE(ports_.take_readies().empty()) << "asked, not answered yet";
  lease("s-1", 1, 0);
  start("s-1", 10);
  EXPECT_EQ(race_key(0), key);
}

TEST_F(SchedulerTest, RefusedForGoodIsNotAskedAgain) {
  const SprintKey key = announce("s-1", 10);
  scheduler_.prepared(0, key, 5);
  scheduler_.prepared(1, key, 5);
  ports_.take_readies();
  scheduler_.lease_refused("s-1", Devices{0}, std::nullopt);
  EXPECT_EQ(upcoming(0), Keys{})
      << "its weights would keep those of the next sprint from being made";
  lease("s-1", 1, 1);
  for (int t = 1; t < 9; ++t) scheduler_.tick(s(t));
  start("s-1", 10);
  EXPECT_TRUE(ports_.take_readies().empty());
  EXPECT_EQ(race_key(0), 0u);
  EXPECT_EQ(race_key(1), key);
  const SprintKey next = announce("s-2", 30, 2);  // another sprint, another try
  scheduler_.prepared(0, next, 5);
  EXPECT_EQ(ports_.take_readies(), (std::vector<Ready>{{"s-2", 0, "gpu:0", 5}}));
}

TEST_F(SchedulerTest, LowLeaseBringsOneMore) {
  const SprintKey key = make_ready("s-1", 0, 1);
  start("s-1", 0);
  scheduler_.lease_low(0, key);
  EXPECT_EQ(ports_.take_requests(), (Requests{{"s-1", 0}}));
  scheduler_.lease_low(0, key);
  scheduler_.tick(s(1));
  EXPECT_TRUE(ports_.take_requests().empty()) << "asked, not answered yet";
  ports_.take_published();
  lease("s-1", 7, 0);
  EXPECT_EQ(ports_.take_published(), Devices{0});
  EXPECT_EQ(leases(0), (Ids{1, 7})) << "in the order granted";
  EXPECT_TRUE(ports_.take_readies().empty());
  scheduler_.lease_low(0, key);
  EXPECT_EQ(ports_.take_requests(), (Requests{{"s-1", 0}}));
}

TEST_F(SchedulerTest, LowLeaseRefusedForAWhileIsAskedAgain) {
  const SprintKey key = make_ready("s-1", 0, 1);
  start("s-1", 0);
  scheduler_.lease_low(0, key);
  ports_.take_requests();
  scheduler_.lease_refused("s-1", Devices{0}, s(2));
  scheduler_.tick(s(1));
  EXPECT_TRUE(ports_.take_requests().empty());
  scheduler_.tick(s(2));
  EXPECT_EQ(ports_.take_requests(), (Requests{{"s-1", 0}}));
  EXPECT_TRUE(ports_.take_readies().empty());
  EXPECT_EQ(leases(0), Ids{1}) << "it races on with what it has";
}

TEST_F(SchedulerTest, LowLeaseRefusedForGoodKeepsWhatThereIs) {
  const SprintKey key = make_ready("s-1", 0, 1);
  start("s-1", 0);
  scheduler_.lease_low(0, key);
  ports_.take_requests();
  scheduler_.lease_refused("s-1", Devices{0}, std::nullopt);
  for (int t = 1; t < 9; ++t) scheduler_.tick(s(t));
  EXPECT_TRUE(ports_.take_requests().empty());
  EXPECT_EQ(race_key(0), key);
  EXPECT_EQ(leases(0), Ids{1});
}

TEST_F(SchedulerTest, PoolMayGiveLeasesAndCloseThem) {
  make_ready("s-1", 0, 1);
  start("s-1", 0);
  const stratum::Lease better = tests::make_lease(50, 0, 50, 9999);
  const Ids close = {1, 777};  // 777: never ours
  scheduler_.leased("s-1", {&better, 1}, close);
  EXPECT_EQ(leases(0), Ids{50});
  EXPECT_EQ(ports_.latest(0).leases[0], better);
  EXPECT_EQ(leases(1), Ids{2});
}

TEST_F(SchedulerTest, CloseOfTheOnlyLeaseEndsTheRaceOfThatDevice) {
  const SprintKey key = make_ready("s-1", 0, 1);
  start("s-1", 0);
  scheduler_.leased("s-1", {}, Ids{1});
  EXPECT_EQ(leases(0), Ids{});
  EXPECT_EQ(race_key(1), key);
  lease("s-1", 60, 0);
  EXPECT_EQ(race_key(0), key);
  EXPECT_EQ(leases(0), Ids{60});
}

TEST_F(SchedulerTest, LeaseForADeviceThatIsNotOursIsIgnored) {
  make_ready("s-1", 0, 1);
  start("s-1", 0);
  ports_.take_published();
  lease("s-1", 70, 99);
  EXPECT_EQ(ports_.take_published(), Devices{});
}

TEST_F(SchedulerTest, LostConnectionDoesNotDisturbARace) {
  const SprintKey key = make_ready("s-1", 0, 1);
  start("s-1", 0);
  ports_.take_published();
  scheduler_.session_lost();
  EXPECT_EQ(ports_.take_published(), Devices{});
  EXPECT_EQ(announce("s-1", 0), key) << "known from before";
  start("s-1", 0);
  EXPECT_EQ(ports_.take_published(), Devices{});
  EXPECT_TRUE(ports_.take_readies().empty()) << "its leases are kept";
  EXPECT_EQ(race_key(0), key);
  EXPECT_EQ(leases(0), Ids{1});
}

TEST_F(SchedulerTest, LeasesFromBeforeTheStartOutliveAReconnect) {
  const SprintKey key = make_ready("s-1", 10, 1);
  scheduler_.session_lost();
  EXPECT_EQ(announce("s-1", 10), key);
  EXPECT_TRUE(ports_.take_readies().empty());
  start("s-1", 10);
  EXPECT_EQ(race_key(0), key);
  EXPECT_EQ(leases(0), Ids{1});
}

TEST_F(SchedulerTest, WhatWasAskedAndNotAnsweredIsAskedAgain) {
  const SprintKey key = announce("s-1", 10);
  scheduler_.prepared(0, key, 5);
  scheduler_.prepared(1, key, 5);
  lease("s-1", 1, 0);
  ports_.take_readies();
  scheduler_.session_lost();
  scheduler_.tick(s(1));
  EXPECT_TRUE(ports_.take_readies().empty()) << "nobody is there to be asked";
  announce("s-1", 10);
  EXPECT_EQ(ports_.take_readies(), (std::vector<Ready>{{"s-1", 1, "gpu:1", 5}}));
}

TEST_F(SchedulerTest, LowLeaseDuringALossIsAskedForAfterIt) {
  const SprintKey key = make_ready("s-1", 0, 1);
  start("s-1", 0);
  scheduler_.session_lost();
  scheduler_.lease_low(0, key);
  scheduler_.tick(s(1));
  EXPECT_TRUE(ports_.take_requests().empty());
  announce("s-1", 0);
  EXPECT_EQ(ports_.take_requests(), (Requests{{"s-1", 0}}));
}

TEST_F(SchedulerTest, LowLeaseAskedBeforeALossIsAskedForAgain) {
  const SprintKey key = make_ready("s-1", 0, 1);
  start("s-1", 0);
  scheduler_.lease_low(0, key);
  ports_.take_requests();
  scheduler_.session_lost();
  announce("s-1", 0);
  EXPECT_EQ(ports_.take_requests(), (Requests{{"s-1", 0}}));
}

TEST_F(SchedulerTest, PreparedDuringALossAsksAfterIt) {
  const SprintKey key = announce("s-1", 10);
  scheduler_.session_lost();
  scheduler_.prepared(0, key, 5);
  EXPECT_TRUE(ports_.take_readies().empty());
  EXPECT_EQ(announce("s-1", 10), key);
  EXPECT_EQ(ports_.take_readies(), (std::vector<Ready>{{"s-1", 0, "gpu:0", 5}}));
}

TEST_F(SchedulerTest, AnotherSeedUnderTheSameIdIsAnotherSprint) {
  const SprintKey key = make_ready("s-1", 10, 1);
  scheduler_.session_lost();
  const SprintKey other = announce("s-1", 10, 99);
  EXPECT_NE(other, key);
  EXPECT_EQ(upcoming(0), Keys{other});
  EXPECT_EQ(ports_.latest(0).upcoming[0].model.model_seed, tests::bytes_of(99));
  start("s-1", 10, 99);
  EXPECT_EQ(race_key(0), 0u) << "the old leases are not this sprint's";
  scheduler_.prepared(0, other, 5);
  EXPECT_EQ(ports_.take_readies(), (std::vector<Ready>{{"s-1", 0, "gpu:0", 5}}));
  lease("s-1", 4, 0);
  EXPECT_EQ(race_key(0), other);
  EXPECT_EQ(ports_.latest(0).race->spec.model.model_seed, tests::bytes_of(99));
}

TEST_F(SchedulerTest, AnotherPoolsSessionDropsAll) {
  const SprintKey raced = make_ready("s-1", 0, 1);
  start("s-1", 0);
  announce("s-2", 20, 2);
  scheduler_.session_lost();
  scheduler_.drop_all();
  EXPECT_EQ(ports_.latest(0), Assignment());
  EXPECT_EQ(ports_.latest(1), Assignment());
  ASSERT_NE(scheduler_.find(raced), nullptr) << "its shares are still to be decided";
  EXPECT_TRUE(scheduler_.find(raced)->over);

  const SprintKey other = announce("s-1", 0);  // the same words, another pool
  EXPECT_NE(other, raced);
  EXPECT_EQ(scheduler_.find("s-1")->key, other);
  start("s-1", 0);
  EXPECT_EQ(race_key(0), 0u) << "the leases were the other pool's";
  scheduler_.prepared(0, other, 5);
  EXPECT_EQ(ports_.take_readies().size(), 1u);
}

}  // namespace
}  // namespace miner
