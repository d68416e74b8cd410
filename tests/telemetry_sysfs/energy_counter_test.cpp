#include "backends/telemetry/sysfs/energy_counter.h"

#include <gtest/gtest.h>

namespace tests {
namespace {

using backends::sysfs::EnergyCounter;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::uint64_t kRange = 262'143'328'850;  // of most Intel packages

base::SteadyTime at(base::Micros time) {
  return base::SteadyTime(time);
}

TEST(EnergyCounter, TheFirstReadingSaysNothing) {
  EnergyCounter counter;
  EXPECT_EQ(counter.watts(at(seconds(5)), 1'000'000), std::nullopt);
}

TEST(EnergyCounter, ThenItIsTheMeanSinceTheLast) {
  EnergyCounter counter;
  counter.watts(at(seconds(5)), 1'000'000);
  EXPECT_EQ(counter.watts(at(seconds(6)), 66'000'000), 65);
  EXPECT_EQ(counter.watts(at(seconds(8)), 86'000'000), 10);
  EXPECT_EQ(counter.watts(at(seconds(9)), 86'000'000), 0) << "it stood still";
}

TEST(EnergyCounter, GoesOnBehindItsRange) {
  EnergyCounter counter;
  counter.watts(at(seconds(0)), kRange - 20'000'000, kRange);
  EXPECT_EQ(counter.watts(at(seconds(1)), 30'000'000, kRange), 50);
}

TEST(EnergyCounter, OneThatWentBackOtherwiseSaysNothing) {
  EnergyCounter counter;
  counter.watts(at(seconds(0)), 5'000'000);
  EXPECT_EQ(counter.watts(at(seconds(1)), 4'000'000), std::nullopt) << "without a range";
  EXPECT_EQ(counter.watts(at(seconds(2)), 24'000'000), 20) << "it begins anew";
  EXPECT_EQ(counter.watts(at(seconds(3)), 1'000'000, 10'000'000), std::nullopt)
      << "it was past its range";
}

TEST(EnergyCounter, AJumpIsNoPower) {
  EnergyCounter counter;
  counter.watts(at(seconds(0)), 0, kRange);
  EXPECT_EQ(counter.watts(at(seconds(1)), 100'000'000'000, kRange), std::nullopt);
  counter.watts(at(seconds(2)), 200, kRange);
  EXPECT_EQ(counter.watts(at(seconds(3)), 100, kRange), std::nullopt)
      << "it was reset, which looks like all of its range";
}

TEST(EnergyCounter, AfterAPauseItBeginsAnew) {
  EnergyCounter counter;
  counter.watts(at(seconds(0)), 0, kRange);
  EXPECT_EQ(counter.watts(at(seconds(61)), 61'000'000, kRange), std::nullopt)
      << "it may have gone round";
  EXPECT_EQ(counter.watts(at(seconds(62)), 64'000'000, kRange), 3);
}

TEST(EnergyCounter, ASecondReaderRightAfterTheFirstHearsTheSame) {
  EnergyCounter counter;
  counter.watts(at(seconds(0)), 0);
  EXPECT_EQ(counter.watts(at(milliseconds(99)), 1), std::nullopt);
  EXPECT_EQ(counter.watts(at(seconds(1)), 40'000'000), 40);
  EXPECT_EQ(counter.watts(at(milliseconds(1050)), 90'000'000), 40);
  EXPECT_EQ(counter.watts(at(milliseconds(1100)), 46'000'000), 60) << "since the one that counted";
}

}  // namespace
}  // namespace tests
