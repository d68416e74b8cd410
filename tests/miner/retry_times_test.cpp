#include "miner/retry_times.h"

#include "tests/miner/support.h"

namespace miner {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using tests::at;

/// When, after `from`, a pool is due: to the 100 ms.
base::Micros due_after(RetryTimes& times, std::size_t pool, base::SteadyTime from) {
  base::Micros after(0);
  while (!times.is_due(pool, from + after)) after += std::chrono::milliseconds(100);
  return after;
}

TEST(RetryTimes, TheFirstTryComesAfterAWhile) {
  RetryTimes times(seconds(10), 1);
  EXPECT_FALSE(times.is_due(3, at(seconds(0))));
  EXPECT_FALSE(times.is_due(3, at(seconds(10)) - base::Micros(1)));
  EXPECT_TRUE(times.is_due(3, at(seconds(10))));
  EXPECT_FALSE(times.is_due(4, at(seconds(10)))) << "each from when it is asked for first";
}

TEST(RetryTimes, PausesGrowToAMinuteWithJitter) {
  RetryTimes times(seconds(10), 7);
  base::SteadyTime now = at(seconds(0));
  for (const int longest : {20, 40, 60, 60, 60}) {
    times.failed(0, now);
    const base::Micros pause = due_after(times, 0, now);
    EXPECT_LE(pause, seconds(longest) + std::chrono::milliseconds(100));
    EXPECT_GE(pause, seconds(longest) * 3 / 4);
    now += pause;
  }
  for (int i = 0; i < 1000; ++i) times.failed(0, now);
  EXPECT_LE(due_after(times, 0, now), seconds(61)) << "it is never given up";
}

TEST(RetryTimes, ARefusedLoginIsTriedAgainAfterTenMinutes) {
  RetryTimes times(seconds(10), 1);
  times.refused(0, at(seconds(5)));
  EXPECT_FALSE(times.is_due(0, at(seconds(5)) + minutes(10) - base::Micros(1)));
  EXPECT_TRUE(times.is_due(0, at(seconds(5)) + minutes(10)));
}

TEST(RetryTimes, BeginsAnewForOneThatWasInUse) {
  RetryTimes times(seconds(10), 1);
  for (int i = 0; i < 5; ++i) times.failed(0, at(seconds(0)));
  times.forget(0);
  EXPECT_EQ(due_after(times, 0, at(seconds(1))), seconds(10));
}

}  // namespace
}  // namespace miner
