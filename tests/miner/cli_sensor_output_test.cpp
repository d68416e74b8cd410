#include <gtest/gtest.h>

#include "miner/cli/sensor_output.h"
#include "tests/miner/cli_run.h"
#include "tests/miner/fake_telemetry.h"

namespace miner {
namespace {

using backends::TelemetrySample;

std::string written(const std::optional<TelemetrySample>& sample) {
  JsonLine json;
  write_sensors(json, sample);
  return json.str();
}

TEST(SensorJson, HasEverySensorByItsName) {
  TelemetrySample s;
  s.core_celsius = 64.5;
  s.hotspot_celsius = 75;
  s.memory_celsius = 82;
  s.fan_percent = 41;
  s.fan_rpm = 1850;
  s.power_watts = 287.45;
  s.power_limit_watts = 300;
  s.core_mhz = 2520;
  s.memory_mhz = 10501;
  s.load_percent = 0;
  s.memory_used_bytes = 3'221'225'472;
  s.memory_total_bytes = 25'757'220'864;
  s.pcie_generation = 4;
  s.pcie_lanes = 16;
  s.throttle_reason = "thermal, power limit";
  EXPECT_EQ(written(s),
            "{\"core_celsius\":64.5,\"hotspot_celsius\":75.0,\"memory_celsius\":82.0,"
            "\"fan_percent\":41.0,\"fan_rpm\":1850.0,\"power_watts\":287.45,"
            "\"power_limit_watts\":300.0,\"core_mhz\":2520.0,\"memory_mhz\":10501.0,"
            "\"load_percent\":0.0,\"memory_used_bytes\":3221225472,"
            "\"memory_total_bytes\":25757220864,\"pcie_generation\":4,\"pcie_lanes\":16,"
            "\"throttle_reason\":\"thermal, power limit\"}");
}

TEST(SensorJson, WhatIsMissingIsNullAndNever0) {
  const auto document = cli_run::json(written(TelemetrySample()));
  EXPECT_EQ(document.MemberCount(), 15U);
  for (const auto& member : document.GetObject()) {
    EXPECT_TRUE(member.value.IsNull()) << member.name.GetString();
  }
  EXPECT_EQ(written(std::nullopt), "null");
}

TEST(SensorCells, ShowWhatThereIs) {
  TelemetrySample s;
  EXPECT_EQ(sensor_cells(s).temperature + sensor_cells(s).power + sensor_cells(s).fan, "");
  s.memory_celsius = 82;
  EXPECT_EQ(sensor_cells(s).temperature, "82 C");
  s.hotspot_celsius = 75.6;
  EXPECT_EQ(sensor_cells(s).temperature, "76 C");
  s.core_celsius = 0;
  EXPECT_EQ(sensor_cells(s).temperature, "0 C");
  s.power_watts = 112.165;
  EXPECT_EQ(sensor_cells(s).power, "112 W");
  s.fan_rpm = 1789;
  EXPECT_EQ(sensor_cells(s).fan, "1789 rpm");
  s.fan_percent = 40;
  EXPECT_EQ(sensor_cells(s).fan, "40 %");
  EXPECT_EQ(sensor_cells(std::nullopt).temperature, "");
}

TEST(SensorsOnce, AreReadOfEveryModule) {
  std::vector<backends::LoadedModule> modules(2);
  auto first = std::make_unique<tests::FakeTelemetry>();
  first->set("cpu:0", tests::sample_of(50, 65));
  auto second = std::make_unique<tests::FakeTelemetry>();
  second->set("0000:01:00.0", tests::sample_of(64, 112));
  modules[0].telemetry = std::move(first);
  modules[1].telemetry = std::move(second);
  const SensorsRead read = read_sensors_once(modules, {"0000:01:00.0", "cpu:0", "sim:0"});
  ASSERT_EQ(read.samples.size(), 3U);
  EXPECT_EQ(read.samples[0]->core_celsius, 64);
  EXPECT_EQ(read.samples[1]->core_celsius, 50);
  EXPECT_FALSE(read.samples[2]);
  EXPECT_TRUE(read.hung.empty());
}

}  // namespace
}  // namespace miner
