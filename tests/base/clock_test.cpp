#include "base/clock.h"

#include <gtest/gtest.h>

namespace base {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(SystemClock, NeverGoesBack) {
  const SystemClock clock;
  SteadyTime last = clock.now();
  for (int i = 0; i < 10000; ++i) {
    const SteadyTime now = clock.now();
    ASSERT_GE(now, last);
    last = now;
  }
}

TEST(SystemClock, ReadsTheSteadyClockInMicroseconds) {
  const SystemClock clock;
  const auto before = std::chrono::time_point_cast<Micros>(std::chrono::steady_clock::now());
  const SteadyTime now = clock.now();
  const auto after = std::chrono::steady_clock::now();
  EXPECT_LE(before, now);
  EXPECT_LE(now, after);
}

TEST(ManualClock, MovesOnlyByHand) {
  ManualClock clock(SteadyTime(seconds(5)));
  EXPECT_EQ(clock.now(), SteadyTime(seconds(5)));
  EXPECT_EQ(clock.now(), SteadyTime(seconds(5)));
  clock.advance(milliseconds(1500));
  EXPECT_EQ(clock.now(), SteadyTime(milliseconds(6500)));
  clock.advance(Micros(1));
  EXPECT_EQ(clock.now(), SteadyTime(Micros(6500001)));
}

TEST(ManualClock, StartsWhereSubtractionIsSafe) {
  const ManualClock clock;
  EXPECT_GT(clock.now() - seconds(600), SteadyTime());
}

TEST(SteadyWallClock, CarriesTheWallTimeOnByTheSteadyClock) {
  ManualClock steady;
  const UnixTime start(Micros(1'700'000'000'123'456));
  const SteadyWallClock wall(steady, start);
  EXPECT_EQ(wall.now(), start);
  steady.advance(hours(30) + Micros(7));
  EXPECT_EQ(wall.now(), start + hours(30) + Micros(7));
}

TEST(SteadyWallClock, TurnsWallTimesIntoSteadyOnes) {
  ManualClock steady(SteadyTime(seconds(1000)));
  const UnixTime start(Micros(1'700'000'000'000'000));
  const SteadyWallClock wall(steady, start);
  steady.advance(seconds(77));  // what was agreed does not move with the time
  EXPECT_EQ(wall.to_steady(start), SteadyTime(seconds(1000)));
  EXPECT_EQ(wall.to_steady(start + seconds(20)), SteadyTime(seconds(1020)));
  EXPECT_EQ(wall.to_steady(start - seconds(20)), SteadyTime(seconds(980)));
  EXPECT_EQ(wall.to_steady(wall.now()), steady.now());
}

TEST(SteadyWallClock, StartsFromTheHostsTime) {
  ManualClock steady;
  const auto before = std::chrono::time_point_cast<Micros>(std::chrono::system_clock::now());
  const SteadyWallClock wall(steady);
  const auto after = std::chrono::time_point_cast<Micros>(std::chrono::system_clock::now());
  EXPECT_LE(before, wall.now());
  EXPECT_LE(wall.now(), after);
}

TEST(SteadyWallClock, StandsStillWithItsSteadyClock) {
  ManualClock steady;
  const SteadyWallClock wall(steady);
  const UnixTime first = wall.now();
  const SystemClock real;
  const SteadyTime began = real.now();
  while (real.now() - began < milliseconds(2)) {
  }
  EXPECT_EQ(wall.now(), first);  // although the host's time went on
}

}  // namespace
}  // namespace base
