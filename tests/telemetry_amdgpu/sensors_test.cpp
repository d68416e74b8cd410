// What recorded cards say.

#include "tests/telemetry_amdgpu/fixture.h"

namespace tests {
namespace {

class Sensors : public AmdgpuTest {};

TEST_F(Sensors, OfAPolarisCard) {
  add("rx580");
  const auto read = sample("0000:03:00.0");
  EXPECT_EQ(read.core_celsius, 64);
  EXPECT_EQ(read.power_watts, 112.165);
  EXPECT_EQ(read.power_limit_watts, 145);
  EXPECT_EQ(read.fan_rpm, 1789);
  EXPECT_EQ(read.fan_percent, 40);
  EXPECT_EQ(read.core_mhz, 1340);
  EXPECT_EQ(read.memory_mhz, 2000);
  EXPECT_EQ(read.load_percent, 99);
  EXPECT_EQ(read.memory_used_bytes, 3'221'225'472U);
  EXPECT_EQ(read.memory_total_bytes, 8'589'934'592U);
  EXPECT_EQ(read.pcie_generation, 1U);
  EXPECT_EQ(read.pcie_lanes, 1U);
  EXPECT_EQ(read.hotspot_celsius, std::nullopt);
  EXPECT_EQ(read.memory_celsius, std::nullopt);
  EXPECT_EQ(read.throttle_reason, std::nullopt);
}

TEST_F(Sensors, OfAVegaCardOnAnOldKernel) {
  add("vega56");
  const auto read = sample("0000:09:00.0");
  EXPECT_EQ(read.core_celsius, 61);
  EXPECT_EQ(read.hotspot_celsius, 74);
  EXPECT_EQ(read.memory_celsius, 80);
  EXPECT_EQ(read.power_watts, 165);
  EXPECT_EQ(read.power_limit_watts, 165);
  EXPECT_EQ(read.fan_percent, 60);
  EXPECT_EQ(read.core_mhz, 1269) << "of the table";
  EXPECT_EQ(read.memory_mhz, 800);
  EXPECT_EQ(read.pcie_generation, 3U);
  EXPECT_EQ(read.pcie_lanes, 4U) << "of the slot, not of the switch on the card";
}

TEST_F(Sensors, OfAnRdnaCard) {
  add("rx6800");
  const auto read = sample("0000:03:00.0");
  EXPECT_EQ(read.core_celsius, 57);
  EXPECT_EQ(read.hotspot_celsius, 71);
  EXPECT_EQ(read.memory_celsius, 84);
  EXPECT_EQ(read.power_watts, 146);
  EXPECT_EQ(read.power_limit_watts, 203);
  EXPECT_EQ(read.fan_rpm, 0) << "its fan stands: a zero that is read";
  EXPECT_EQ(read.fan_percent, 0);
  EXPECT_EQ(read.core_mhz, 2105);
  EXPECT_EQ(read.memory_mhz, 1000);
  EXPECT_EQ(read.pcie_generation, 2U);
  EXPECT_EQ(read.pcie_lanes, 1U);
  EXPECT_EQ(read.throttle_reason, "thermal, power limit");
}

TEST_F(Sensors, OfACardWithoutAFan) {
  add("mi210");
  const auto read = sample("0000:c3:00.0");
  EXPECT_EQ(sensors_of(read),
            "core_celsius hotspot_celsius memory_celsius power_watts power_limit_watts core_mhz "
            "memory_mhz load_percent memory_used_bytes memory_total_bytes pcie_generation "
            "pcie_lanes");
  EXPECT_EQ(read.power_watts, 43) << "as it is now, for want of a mean";
  EXPECT_EQ(read.power_limit_watts, 300);
  EXPECT_EQ(read.load_percent, 0);
  EXPECT_EQ(read.memory_used_bytes, 11'407'360U);
}

TEST_F(Sensors, OfTheFirstKernelsHaveNoLabel) {
  add("rx580");
  tree_.remove(std::string(kRx580) + "hwmon/hwmon2/temp1_label");
  EXPECT_EQ(sample("0000:03:00.0").core_celsius, 64);
}

TEST_F(Sensors, AreFoundByTheFoldersName) {
  add("rx580");
  tree_.write(std::string(kRx580) + "hwmon/hwmon1/name", "dell_smm\n");
  tree_.write(std::string(kRx580) + "hwmon/hwmon1/temp1_input", "99000\n");
  EXPECT_EQ(sample("0000:03:00.0").core_celsius, 64);
}

TEST_F(Sensors, FollowTheFolderWhenTheDriverIsLoadedAgain) {
  add("rx580");
  EXPECT_EQ(sample("0000:03:00.0").core_celsius, 64);
  tree_.remove(std::string(kRx580) + "hwmon/hwmon2");
  tree_.write(std::string(kRx580) + "hwmon/hwmon9/name", "amdgpu\n");
  tree_.write(std::string(kRx580) + "hwmon/hwmon9/temp1_input", "44000\n");
  EXPECT_EQ(sample("0000:03:00.0").core_celsius, 44);
}

TEST_F(Sensors, ThermometersWithUnknownLabelsAreNone) {
  add("rx580");
  tree_.write(std::string(kRx580) + "hwmon/hwmon2/temp1_label", "liquid\n");
  EXPECT_EQ(sample("0000:03:00.0").core_celsius, std::nullopt);
}

}  // namespace
}  // namespace tests
