// The scripted sensors: same time and load in, same values out; a missing one has no value.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

#include "backends/sim/telemetry.h"
#include "tests/backends/sim_bench.h"

namespace tests {
namespace {

using backends::TelemetrySample;
using std::chrono::seconds;
using testing::HasSubstr;

/// A backend's sensors under a clock that the test turns.
class SimSensors : public testing::Test {
 protected:
  void configure(const std::vector<std::string>& options) {
    ASSERT_TRUE(backend_.configure(sim_options(options).value()).ok());
  }

  /// Lets `time` pass, of which card 0 works `busy`, and reads it.
  TelemetrySample after(base::Micros time, base::Micros busy) {
    clock_->advance(time);
    const auto cards = backend_.board()->cards();
    cards[0]->add_busy(busy);
    return telemetry_.sample(cards[0]->identity().label).value();
  }

  backends::sim::SimBackend backend_;
  const std::shared_ptr<base::ManualClock> clock_ = std::make_shared<base::ManualClock>();
  backends::sim::SimTelemetry telemetry_{backend_.board(), clock_};
};

TEST_F(SimSensors, IdleIsCoolAndStaysSo) {
  const TelemetrySample sample = after(seconds(600), seconds(0));
  EXPECT_DOUBLE_EQ(*sample.core_celsius, 35);
  EXPECT_DOUBLE_EQ(*sample.load_percent, 0);
  EXPECT_DOUBLE_EQ(*sample.fan_percent, 30);
  EXPECT_DOUBLE_EQ(*sample.power_watts, 15);
  EXPECT_DOUBLE_EQ(*sample.core_mhz, 300);
  EXPECT_EQ(sample.throttle_reason, std::nullopt);
}

TEST_F(SimSensors, LoadWarmsToThePlateau) {
  configure({"plateau_celsius=75", "warm_up_seconds=20"});
  const TelemetrySample warm = after(seconds(20), seconds(20));
  EXPECT_NEAR(*warm.core_celsius, 35 + 40 * (1 - 0.36787944), 0.001);
  EXPECT_DOUBLE_EQ(*warm.load_percent, 100);
  EXPECT_DOUBLE_EQ(*warm.power_watts, 120);
  EXPECT_DOUBLE_EQ(*warm.core_mhz, 1500);
  const TelemetrySample hot = after(seconds(400), seconds(400));
  EXPECT_NEAR(*hot.core_celsius, 75, 0.001);
  EXPECT_GT(*hot.hotspot_celsius, *hot.core_celsius);
  EXPECT_NEAR(*hot.fan_percent, 80, 0.01);
  const TelemetrySample cooler = after(seconds(20), seconds(0));
  EXPECT_NEAR(*cooler.core_celsius, 35 + 40 * 0.36787944, 0.01);
}

TEST_F(SimSensors, HalfTheLoadIsHalfTheWay) {
  configure({"plateau_celsius=75"});
  const TelemetrySample sample = after(seconds(3600), seconds(1800));
  EXPECT_DOUBLE_EQ(*sample.load_percent, 50);
  EXPECT_NEAR(*sample.core_celsius, 55, 0.001);
}

TEST_F(SimSensors, AReadingWithoutTimeBetweenChangesNothing) {
  const TelemetrySample first = after(seconds(10), seconds(10));
  const TelemetrySample second = after(seconds(0), seconds(0));
  EXPECT_EQ(second.core_celsius, first.core_celsius);
  EXPECT_EQ(second.load_percent, first.load_percent);
}

TEST_F(SimSensors, AHotCardThrottles) {
  configure({"plateau_celsius=100", "warm_up_seconds=1"});
  const TelemetrySample sample = after(seconds(60), seconds(60));
  EXPECT_EQ(sample.throttle_reason, "thermal");
  EXPECT_LT(*sample.core_mhz, 1500);
}

TEST_F(SimSensors, AMissingSensorHasNoValue) {
  configure({"missing_sensors=fan_rpm,power_watts"});
  const TelemetrySample sample = after(seconds(1), seconds(1));
  EXPECT_EQ(sample.fan_rpm, std::nullopt);
  EXPECT_EQ(sample.power_watts, std::nullopt);
  EXPECT_NE(sample.fan_percent, std::nullopt);
  EXPECT_NE(sample.core_celsius, std::nullopt);
}

TEST_F(SimSensors, AllMayBeMissing) {
  configure({"missing_sensors=all", "plateau_celsius=150", "warm_up_seconds=1"});
  const TelemetrySample s = after(seconds(60), seconds(60));
  EXPECT_FALSE(s.core_celsius || s.hotspot_celsius || s.memory_celsius || s.fan_percent ||
               s.fan_rpm || s.power_watts || s.power_limit_watts || s.core_mhz || s.memory_mhz ||
               s.load_percent || s.memory_used_bytes || s.memory_total_bytes || s.pcie_generation ||
               s.pcie_lanes || s.throttle_reason);
}

TEST_F(SimSensors, ASensorThatThereIsNotIsAnError) {
  const auto status =
      backend_.configure(sim_options({"missing_sensors=fan_rpm,core_celcius"}).value());
  ASSERT_FALSE(status.ok());
  EXPECT_THAT(status.message(), HasSubstr("missing_sensors"));
  EXPECT_THAT(status.message(), HasSubstr("did you mean core_celsius?"));
}

TEST_F(SimSensors, CardsAreNamedAsTheDevices) {
  configure({"devices=2"});
  const auto cards = telemetry_.cards();
  ASSERT_TRUE(cards.ok());
  ASSERT_EQ(cards->size(), 2U);
  EXPECT_EQ(cards->at(1).label, backend_.probe()->at(1).label());
  EXPECT_FALSE(telemetry_.sample("0000:00:00.0").ok());
  configure({"devices=0"});
  EXPECT_FALSE(telemetry_.cards().ok());
}

TEST_F(SimSensors, WorkOfADeviceIsLoadAndMemory) {
  auto device = backend_.open(0, sim_options({}).value()).value();
  const poc::RaceSpec race = small_race(1);
  ASSERT_TRUE(backends::prepare_fully(*device, race.model).ok());
  ASSERT_TRUE(device->start(race).ok());
  ASSERT_TRUE(device->enqueue({0, 20, poc::Target::none()}).ok());
  ASSERT_TRUE(device->collect().ok());
  const TelemetrySample working = after(seconds(1), seconds(0));
  EXPECT_GT(*working.load_percent, 0);
  EXPECT_EQ(working.memory_used_bytes, race.model.profile.weights_bytes());
  EXPECT_EQ(working.memory_total_bytes, backend_.probe()->at(0).memory_bytes);
  device->rest();
  EXPECT_EQ(after(seconds(1), seconds(0)).memory_used_bytes, 0U);
}

}  // namespace
}  // namespace tests
