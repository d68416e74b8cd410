// Graphics cards whose driver has no module of its own.

#include "tests/telemetry_hwmon/fixture.h"

namespace tests {
namespace {

using std::chrono::seconds;

constexpr const char* kArc = "0000:03:00.0";
constexpr const char* kBattlemage = "0000:05:00.0";
constexpr const char* kGtx660 = "0000:01:00.0";

class Cards : public HwmonTest {
 protected:
  std::string labels() {
    std::string out;
    const auto cards = telemetry_.cards();
    for (const auto& card : *cards) out += (out.empty() ? "" : ", ") + card.label + " " + card.name;
    return out;
  }
};

TEST_F(Cards, AreNamedByTheirAddressBesideTheProcessor) {
  EXPECT_EQ(labels(), "cpu:0 processor");
  add("arc-a770");
  add("battlemage-xe");
  EXPECT_EQ(labels(),
            "cpu:0 processor, 0000:03:00.0 i915 card 8086:56a0, 0000:05:00.0 xe card 8086:e20b");
}

TEST_F(Cards, OfAmdAreLeftToTheirModule) {
  add("gtx660-nouveau");
  EXPECT_EQ(labels(), "cpu:0 processor, 0000:01:00.0 nouveau card 10de:11c0");
  EXPECT_FALSE(telemetry_.sample("0000:02:00.0").ok());
}

TEST_F(Cards, ThermometersOfDisksAndBoardsAreNone) {
  add("i5-8400");
  tree_.write("sys/class/hwmon/hwmon2/device/class", "0x010802\n");
  tree_.write("sys/class/hwmon/hwmon2/device/uevent",
              "DRIVER=nvme\nPCI_ID=144D:A808\nPCI_SLOT_NAME=0000:04:00.0\n");
  EXPECT_EQ(telemetry_.cards()->size(), 1U);
}

TEST_F(Cards, WithACounterOfEnergyHavePower) {
  add("arc-a770");
  const auto first = after(seconds(1), kArc);
  EXPECT_EQ(sensors_of(first), "core_celsius fan_rpm power_limit_watts") << "no link: it lies";
  EXPECT_EQ(first.core_celsius, 52);
  EXPECT_EQ(first.fan_rpm, 1250);
  EXPECT_EQ(first.power_limit_watts, 190);
  tree_.write("sys/class/hwmon/hwmon4/energy1_input", "180000000\n");
  EXPECT_EQ(after(seconds(1), kArc).power_watts, 175) << "of the card, not of its tile";
}

TEST_F(Cards, TheirTilesAreNotTakenForThem) {
  add("arc-a770");
  tree_.write("sys/class/hwmon/hwmon1/name", "i915_gt0\n");
  tree_.write("sys/class/hwmon/hwmon1/temp1_input", "99000\n");
  tree_.link("sys/class/hwmon/hwmon1/device",
             "../../../devices/pci0000:00/0000:00:01.0/0000:03:00.0");
  EXPECT_EQ(after(seconds(1), kArc).core_celsius, 52);
}

TEST_F(Cards, KeepTheirCounterWhenTheyAreListedAgain) {
  add("arc-a770");
  after(seconds(1), kArc);
  ASSERT_TRUE(telemetry_.cards().ok());
  tree_.write("sys/class/hwmon/hwmon4/energy1_input", "180000000\n");
  EXPECT_EQ(after(seconds(1), kArc).power_watts, 175);
}

TEST_F(Cards, ThermometersAreKnownByTheirLabels) {
  add("battlemage-xe");
  const auto read = after(seconds(1), kBattlemage);
  EXPECT_EQ(read.core_celsius, 55);
  EXPECT_EQ(read.memory_celsius, 62);
  EXPECT_EQ(read.hotspot_celsius, std::nullopt);
}

TEST_F(Cards, OfTheFreeNvidiaDriver) {
  add("gtx660-nouveau");
  const auto read = after(seconds(1), kGtx660);
  EXPECT_EQ(read.core_celsius, 48);
  EXPECT_EQ(read.fan_rpm, 1470);
  EXPECT_EQ(read.fan_percent, 40);
  EXPECT_EQ(read.power_watts, 31.25);
  EXPECT_EQ(read.pcie_generation, 2U);
  EXPECT_EQ(read.pcie_lanes, 16U);
}

TEST_F(Cards, ASleepingOneSaysNothing) {
  add("gtx660-nouveau");
  tree_.write("sys/devices/pci0000:00/0000:00:02.0/0000:01:00.0/power/runtime_status",
              "suspended\n");
  EXPECT_EQ(sensors_of(after(seconds(1), kGtx660)), "");
}

TEST_F(Cards, GarbageIsNoValue) {
  add("gtx660-nouveau");
  for (const char* text : {"-9000000000", "9223372036854775807", "x", ""}) {
    for (const char* file : {"temp1_input", "fan1_input", "pwm1", "power1_input"}) {
      tree_.write("sys/class/hwmon/hwmon0/" + std::string(file), text);
    }
    EXPECT_EQ(sensors_of(after(seconds(1), kGtx660)), "pcie_generation pcie_lanes") << text;
  }
}

TEST_F(Cards, OneThatVanishesIsAnErrorThatNamesIt) {
  add("gtx660-nouveau");
  ASSERT_TRUE(telemetry_.cards().ok());
  tree_.remove("sys/class/hwmon/hwmon0");
  const auto gone = telemetry_.sample(kGtx660);
  ASSERT_FALSE(gone.ok());
  EXPECT_EQ(gone.message(), "0000:01:00.0: the card is gone");
  EXPECT_TRUE(telemetry_.sample("cpu:0").ok()) << "the processor goes on";
  EXPECT_EQ(telemetry_.sample("0000:01:00.0").message(), "no card '0000:01:00.0' with sensors");
}

}  // namespace
}  // namespace tests
