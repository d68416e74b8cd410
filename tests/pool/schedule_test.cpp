#include "pool/schedule.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/pool/rig.h"

namespace pool {
namespace {

using tests::kNoon;
using tests::microseconds;
using tests::milliseconds;
using tests::seconds;

Config make_config(base::Micros length, base::Micros gap, base::Micros lead) {
  Config config = tests::rig_config();
  config.sprint_length = length;
  config.gap = gap;
  config.lead = lead;
  return config;
}

/// All that is due at a time, like "start 2"; none while nothing is ready.
std::vector<std::string> due(Schedule& schedule, base::UnixTime now, bool ready = false) {
  static const char* const kNames[] = {"announce ", "start ", "end ", "cancel "};
  std::vector<std::string> steps;
  while (const auto step = schedule.next(now, ready)) {
    steps.push_back(kNames[static_cast<int>(step->kind)] + std::to_string(step->slot.number));
  }
  return steps;
}

using Steps = std::vector<std::string>;

TEST(Schedule, AnnouncesTheFirstSprintAtOnceAndStartsItAfterTheLead) {
  Schedule schedule(make_config(seconds(20), seconds(0), seconds(10)), kNoon);
  const auto announced = schedule.next(kNoon, false);
  ASSERT_TRUE(announced);
  EXPECT_EQ(announced->slot.t0, kNoon + seconds(10));
  EXPECT_EQ(announced->slot.t_end, kNoon + seconds(30));
  EXPECT_EQ(due(schedule, kNoon + seconds(10) - microseconds(1)), Steps{});
  EXPECT_EQ(due(schedule, kNoon + seconds(10)), Steps{"start 1"});
}

TEST(Schedule, BackToBackEndsOneBeforeItStartsTheNextAtTheSameInstant) {
  Schedule schedule(make_config(seconds(20), seconds(0), seconds(10)), kNoon);
  due(schedule, kNoon);
  due(schedule, kNoon + seconds(10));
  EXPECT_EQ(due(schedule, kNoon + seconds(20) - microseconds(1)), Steps{});
  EXPECT_EQ(due(schedule, kNoon + seconds(20)), Steps{"announce 2"});
  const base::UnixTime edge = kNoon + seconds(30);
  EXPECT_EQ(due(schedule, edge - microseconds(1)), Steps{});
  EXPECT_EQ(due(schedule, edge), (Steps{"end 1", "start 2"}));
  EXPECT_EQ(due(schedule, edge + microseconds(1)), Steps{});
}

TEST(Schedule, StartsOnPlanWhenTheCallComesALittleLate) {
  Schedule schedule(make_config(seconds(20), seconds(0), seconds(10)), kNoon);
  due(schedule, kNoon);
  const auto step = schedule.next(kNoon + seconds(10) + milliseconds(300), false);
  ASSERT_TRUE(step);
  EXPECT_EQ(step->slot.t0, kNoon + seconds(10));
}

TEST(Schedule, KeepsTheLengthOfASprintThatStartsFarTooLate) {
  Schedule schedule(make_config(seconds(20), seconds(0), seconds(10)), kNoon);
  due(schedule, kNoon);
  const base::UnixTime late = kNoon + seconds(100);
  const auto step = schedule.next(late, false);
  ASSERT_TRUE(step);
  EXPECT_EQ(step->slot.t0, late);
  EXPECT_EQ(step->slot.t_end, late + seconds(20));
  EXPECT_EQ(due(schedule, late), Steps{});
}

TEST(Schedule, KeepsTheGap) {
  Schedule schedule(make_config(seconds(20), seconds(30), seconds(10)), kNoon);
  due(schedule, kNoon);
  due(schedule, kNoon + seconds(10));
  EXPECT_EQ(due(schedule, kNoon + seconds(30)), Steps{"end 1"});
  EXPECT_EQ(due(schedule, kNoon + seconds(50) - microseconds(1)), Steps{});
  EXPECT_EQ(due(schedule, kNoon + seconds(50)), Steps{"announce 2"});
  EXPECT_EQ(due(schedule, kNoon + seconds(60)), Steps{"start 2"});
}

TEST(Schedule, NeverAnnouncesMoreThanOneBeyondTheRunningOne) {
  Schedule schedule(make_config(seconds(2), seconds(0), seconds(10)), kNoon);
  EXPECT_EQ(due(schedule, kNoon), Steps{"announce 1"});
  EXPECT_EQ(due(schedule, kNoon + seconds(9)), Steps{});
  EXPECT_EQ(due(schedule, kNoon + seconds(10)), (Steps{"start 1", "announce 2"}));
  EXPECT_EQ(due(schedule, kNoon + seconds(12)), (Steps{"end 1", "start 2", "announce 3"}));
}

TEST(Schedule, EndsAfterTheSprintsAskedFor) {
  Config config = make_config(seconds(2), seconds(0), seconds(1));
  config.sprints = 2;
  Schedule schedule(config, kNoon);
  for (int s = 0; s < 5; ++s) {
    EXPECT_FALSE(schedule.over());
    due(schedule, kNoon + seconds(s));
  }
  EXPECT_EQ(due(schedule, kNoon + seconds(5)), Steps{"end 2"});
  EXPECT_TRUE(schedule.over());
  EXPECT_FALSE(schedule.wake(false));
}

TEST(Schedule, WakesForEachStepAndIsNeverTooEarly) {
  Schedule schedule(make_config(seconds(20), seconds(5), seconds(10)), kNoon);
  base::UnixTime now = kNoon;
  for (int steps = 0; steps < 60;) {
    const auto at = schedule.wake(false);
    ASSERT_TRUE(at);
    ASSERT_GE(*at, now);
    EXPECT_EQ(due(schedule, *at - microseconds(1)), Steps{});
    now = *at;
    const Steps done = due(schedule, now);
    ASSERT_FALSE(done.empty());
    steps += static_cast<int>(done.size());
  }
}

/// Whose first sprint is announced for 10 s after noon, and waits for its beacon.
Schedule held_schedule(base::Micros lead = seconds(10)) {
  Schedule schedule(make_config(seconds(20), seconds(0), lead), kNoon);
  EXPECT_EQ(due(schedule, kNoon), Steps{"announce 1"});
  schedule.hold();
  return schedule;
}

TEST(ScheduleWithBeacon, StartsWhenTheValueComesWithItsWholeLength) {
  Schedule schedule = held_schedule();
  EXPECT_EQ(due(schedule, kNoon + seconds(12)), Steps{});
  EXPECT_EQ(schedule.wake(false), kNoon + seconds(20)) << "it may have to be given up";
  const base::UnixTime came = kNoon + seconds(13);
  schedule.open(came);
  EXPECT_EQ(schedule.wake(false), came);
  const auto start = schedule.next(came + milliseconds(5), false);
  ASSERT_TRUE(start && start->kind == Step::Kind::kStart);
  EXPECT_EQ(start->slot.t0, came);
  EXPECT_EQ(start->slot.t_end, came + seconds(20));
  EXPECT_EQ(due(schedule, came + seconds(10)), Steps{"announce 2"}) << "the next one moves with it";
}

TEST(ScheduleWithBeacon, NeverStartsBeforeThePlan) {
  Schedule schedule = held_schedule();
  schedule.open(kNoon + seconds(2));
  EXPECT_EQ(due(schedule, kNoon + seconds(10) - microseconds(1)), Steps{});
  const auto start = schedule.next(kNoon + seconds(10), false);
  ASSERT_TRUE(start);
  EXPECT_EQ(start->slot.t0, kNoon + seconds(10));
}

TEST(ScheduleWithBeacon, GivesUpAfterTheLeadAndAnnouncesTheNext) {
  Schedule schedule = held_schedule();
  EXPECT_EQ(due(schedule, kNoon + seconds(20) - microseconds(1)), Steps{});
  EXPECT_EQ(due(schedule, kNoon + seconds(20)), (Steps{"cancel 1", "announce 2"}));
  schedule.open(kNoon + seconds(21));  // too late for the first, and the second does not wait
  EXPECT_EQ(due(schedule, kNoon + seconds(30) - microseconds(1)), Steps{});
  EXPECT_EQ(due(schedule, kNoon + seconds(30)), Steps{"start 2"});
}

TEST(ScheduleWithBeacon, WaitsAMinuteAtMost) {
  Schedule schedule = held_schedule(seconds(1000));
  EXPECT_EQ(due(schedule, kNoon + seconds(1060) - microseconds(1)), Steps{});
  EXPECT_EQ(due(schedule, kNoon + seconds(1060)), (Steps{"cancel 1", "announce 2"}));
}

TEST(ScheduleWithBeacon, AGivenUpSprintIsOneOfThoseAskedFor) {
  Config config = make_config(seconds(20), seconds(0), seconds(10));
  config.sprints = 1;
  Schedule schedule(config, kNoon);
  due(schedule, kNoon);
  schedule.hold();
  EXPECT_EQ(due(schedule, kNoon + seconds(20)), Steps{"cancel 1"});
  EXPECT_TRUE(schedule.over());
}

TEST(ScheduleWithBeacon, OneThatCannotBeAnnouncedIsTriedAgainWithoutHaste) {
  Schedule schedule(make_config(seconds(20), seconds(0), seconds(10)), kNoon);
  base::UnixTime now = kNoon;
  for (int tries = 0; tries < 10; ++tries) {
    ASSERT_EQ(due(schedule, now), Steps{"announce 1"});
    schedule.postpone(now);
    ASSERT_EQ(due(schedule, now), Steps{});
    ASSERT_GE(*schedule.wake(false), now + milliseconds(100));
    now = *schedule.wake(false);
  }
  const auto announced = schedule.next(now, false);
  ASSERT_TRUE(announced);
  EXPECT_EQ(announced->slot.number, 1U);
  EXPECT_EQ(announced->slot.t0, now + seconds(10)) << "with its whole lead";
  EXPECT_EQ(announced->slot.t_end, now + seconds(30));
}

TEST(ScheduleWithBeacon, ARunningSprintIsNotHeldUpByTheNextOne) {
  Schedule schedule = held_schedule();
  schedule.open(kNoon + seconds(10));
  EXPECT_EQ(due(schedule, kNoon + seconds(10)), Steps{"start 1"});
  EXPECT_EQ(due(schedule, kNoon + seconds(20)), Steps{"announce 2"});
  schedule.hold();
  EXPECT_EQ(schedule.wake(false), kNoon + seconds(30));
  EXPECT_EQ(due(schedule, kNoon + seconds(30)), Steps{"end 1"});
  EXPECT_EQ(due(schedule, kNoon + seconds(40)), (Steps{"cancel 2", "announce 3"}));
}

Config waiting_config() {
  Config config = make_config(seconds(20), seconds(0), seconds(10));
  config.start_when_ready = true;
  return config;
}

TEST(ScheduleWhenReady, StartsTheFirstSprintAsSoonAsDevicesAreReady) {
  Schedule schedule(waiting_config(), kNoon);
  EXPECT_EQ(due(schedule, kNoon), Steps{"announce 1"});
  EXPECT_EQ(due(schedule, kNoon + seconds(2)), Steps{});
  EXPECT_LE(schedule.wake(true), kNoon + seconds(3));
  const auto step = schedule.next(kNoon + seconds(3), true);
  ASSERT_TRUE(step);
  EXPECT_EQ(step->kind, Step::Kind::kStart);
  EXPECT_EQ(step->slot.t0, kNoon + seconds(3));
  EXPECT_EQ(step->slot.t_end, kNoon + seconds(23));
  EXPECT_EQ(due(schedule, kNoon + seconds(3)), Steps{"announce 2"});
}

TEST(ScheduleWhenReady, StartsTheNextAtTheEndOfTheOneBeforeIfReadyByThen) {
  Schedule schedule(waiting_config(), kNoon);
  due(schedule, kNoon);
  due(schedule, kNoon, true);
  EXPECT_EQ(due(schedule, kNoon + seconds(12), true), Steps{});
  EXPECT_EQ(schedule.wake(true), kNoon + seconds(20));
  // A call that comes late moves nothing.
  const base::UnixTime late = kNoon + seconds(20) + milliseconds(7);
  const auto end = schedule.next(late, true);
  ASSERT_TRUE(end && end->kind == Step::Kind::kEnd);
  const auto start = schedule.next(late, true);
  ASSERT_TRUE(start && start->kind == Step::Kind::kStart);
  EXPECT_EQ(start->slot.t0, kNoon + seconds(20));
}

TEST(ScheduleWhenReady, WaitsAtMostAMinuteBeyondThePlan) {
  Schedule schedule(waiting_config(), kNoon);
  due(schedule, kNoon);
  EXPECT_EQ(schedule.wake(false), kNoon + seconds(70));
  EXPECT_EQ(due(schedule, kNoon + seconds(70) - microseconds(1)), Steps{});
  EXPECT_EQ(due(schedule, kNoon + seconds(70)), (Steps{"start 1", "announce 2"}));
}

TEST(ScheduleWhenReady, AMinerThatIsNotReadyTakesTheReadinessBack) {
  Schedule schedule(waiting_config(), kNoon);
  due(schedule, kNoon);
  due(schedule, kNoon, true);  // the first runs, the second is announced
  due(schedule, kNoon + seconds(5), true);
  due(schedule, kNoon + seconds(6), false);
  EXPECT_EQ(due(schedule, kNoon + seconds(20), false), Steps{"end 1"});
  const auto start = schedule.next(kNoon + seconds(25), true);
  ASSERT_TRUE(start);
  EXPECT_EQ(start->slot.t0, kNoon + seconds(25));
}

}  // namespace
}  // namespace pool
