#include "miner/sensor_board.h"

#include "tests/miner/fake_telemetry.h"
#include "tests/miner/support.h"

namespace miner {
namespace {

using std::chrono::seconds;
using tests::at;
using tests::sample_of;

class SensorBoardTest : public ::testing::Test {
 protected:
  Snapshot snapshot(base::SteadyTime now) const {
    Snapshot result;
    result.devices.resize(2);
    board_.write_to(result, now);
    return result;
  }
  std::optional<double> celsius(std::uint32_t device, base::SteadyTime now) const {
    const auto sensors = snapshot(now).devices[device].sensors;
    return sensors ? sensors->core_celsius : std::nullopt;
  }

  SensorBoard board_{{"0000:01:00.0", "cpu:0"}};
};

TEST_F(SensorBoardTest, KnowsNothingUntilSomebodyTells) {
  const Snapshot s = snapshot(at(seconds(1)));
  EXPECT_FALSE(s.devices[0].sensors);
  EXPECT_FALSE(s.devices[0].energy_joules);
  EXPECT_FALSE(s.power_watts) << "no value, not 0";
  EXPECT_FALSE(s.energy_joules);
}

TEST_F(SensorBoardTest, ShowsWhatADeviceSaid) {
  board_.set(1, 0, sample_of(64, 112), at(seconds(1)));
  const Snapshot s = snapshot(at(seconds(1)));
  EXPECT_FALSE(s.devices[0].sensors);
  EXPECT_EQ(s.devices[1].sensors->core_celsius, 64);
  EXPECT_EQ(s.devices[1].sensors->fan_rpm, std::nullopt);
  EXPECT_EQ(board_.sensors(1, at(seconds(1)))->power_watts, 112);
  EXPECT_FALSE(board_.sensors(0, at(seconds(1))));
}

TEST_F(SensorBoardTest, WhatIsTooOldIsNotShown) {
  board_.set(0, 0, sample_of(64, 112), at(seconds(1)));
  EXPECT_EQ(celsius(0, at(seconds(6))), 64);
  EXPECT_EQ(celsius(0, at(seconds(6) + base::Micros(1))), std::nullopt);
  EXPECT_FALSE(snapshot(at(seconds(7))).power_watts);
  board_.set(0, 0, sample_of(60, 112), at(seconds(8)));
  EXPECT_EQ(celsius(0, at(seconds(8))), 60);
}

TEST_F(SensorBoardTest, PowerIsThatOfTheDevicesThatTellIt) {
  board_.set(0, 0, sample_of(64, 112), at(seconds(1)));
  EXPECT_EQ(snapshot(at(seconds(1))).power_watts, 112);
  board_.set(1, 1, sample_of(50, 65), at(seconds(2)));
  EXPECT_EQ(snapshot(at(seconds(2))).power_watts, 177);
  board_.set(1, 1, {}, at(seconds(3)));
  EXPECT_EQ(snapshot(at(seconds(3))).power_watts, 112) << "a sensor may go away";
}

TEST_F(SensorBoardTest, TheModuleOfTheHighestRankIsShownWhileItAnswers) {
  board_.set(0, 2, sample_of(50, 10), at(seconds(1)));
  board_.set(0, 1, sample_of(60, 20), at(seconds(1)));
  EXPECT_EQ(celsius(0, at(seconds(1))), 60);
  board_.set(0, 2, sample_of(51, 10), at(seconds(6)));
  EXPECT_EQ(celsius(0, at(seconds(6))), 60);
  EXPECT_EQ(celsius(0, at(seconds(7))), 51) << "the other hangs";
}

TEST_F(SensorBoardTest, EnergyIsSummedUpPerDeviceAndInAll) {
  for (int second = 0; second <= 10; ++second) {
    board_.set(0, 0, sample_of(64, 100), at(seconds(second)));
    if (second >= 5) board_.set(1, 0, sample_of(50, 20), at(seconds(second)));
  }
  const Snapshot s = snapshot(at(seconds(10)));
  EXPECT_EQ(s.devices[0].energy_joules, 1000);
  EXPECT_EQ(s.devices[0].energy_time, seconds(10));
  EXPECT_EQ(s.devices[1].energy_joules, 100);
  EXPECT_EQ(s.devices[1].energy_time, seconds(5));
  EXPECT_EQ(s.energy_joules, 1100);
  EXPECT_EQ(snapshot(at(seconds(1000))).energy_joules, 1100) << "what was drawn stays known";
}

TEST_F(SensorBoardTest, TwoModulesThatKnowADeviceDoNotCountItTwice) {
  for (int second = 0; second <= 10; ++second) {
    board_.set(0, 1, sample_of(64, 999), at(seconds(second)));
    board_.set(0, 0, sample_of(64, 100), at(seconds(second)));
  }
  EXPECT_LT(*snapshot(at(seconds(10))).energy_joules, 1600)
      << "of the second module's, only the time before the first has answered";
  EXPECT_GE(*snapshot(at(seconds(10))).energy_joules, 1000);
}

TEST_F(SensorBoardTest, ADeviceWithoutPowerHasNoEnergy) {
  backends::TelemetrySample warm;
  warm.core_celsius = 40;
  board_.set(0, 0, warm, at(seconds(1)));
  board_.set(0, 0, warm, at(seconds(2)));
  EXPECT_FALSE(snapshot(at(seconds(2))).devices[0].energy_joules);
}

TEST_F(SensorBoardTest, ASnapshotBeforeTheFirstDevicesIsLeftAsItIs) {
  Snapshot none;
  board_.write_to(none, at(seconds(1)));
  EXPECT_TRUE(none.devices.empty());
}

}  // namespace
}  // namespace miner
