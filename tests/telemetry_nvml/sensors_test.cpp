// What the sensors say, and when they say nothing.

#include "tests/telemetry_nvml/fixture.h"

namespace tests {
namespace {

constexpr std::uint64_t kAllBits = UINT64_MAX;

class Sensors : public NvmlTest {};

TEST_F(Sensors, AllAreRead) {
  add(full_card("00000000:01:00.0"));
  const auto read = sample();
  EXPECT_EQ(read.core_celsius, 64);
  EXPECT_EQ(read.hotspot_celsius, 75);
  EXPECT_EQ(read.memory_celsius, 82);
  EXPECT_EQ(read.fan_percent, 41);
  EXPECT_EQ(read.fan_rpm, 1850);
  EXPECT_EQ(read.power_watts, 287.45);
  EXPECT_EQ(read.power_limit_watts, 300);
  EXPECT_EQ(read.core_mhz, 2520);
  EXPECT_EQ(read.memory_mhz, 10'501);
  EXPECT_EQ(read.load_percent, 99);
  EXPECT_EQ(read.memory_used_bytes, 3'221'225'472U);
  EXPECT_EQ(read.memory_total_bytes, 25'757'220'864U);
  EXPECT_EQ(read.pcie_generation, 4U);
  EXPECT_EQ(read.pcie_lanes, 16U);
  EXPECT_EQ(read.throttle_reason, std::nullopt);
}

TEST_F(Sensors, AZeroThatIsReadIsAZero) {
  FakeCard& card = add(full_card("00000000:01:00.0"));
  card.fan_percent = card.fan_rpm = card.load_percent = card.core_celsius = 0;
  const auto read = sample();
  EXPECT_EQ(read.fan_percent, 0);
  EXPECT_EQ(read.fan_rpm, 0);
  EXPECT_EQ(read.load_percent, 0);
  EXPECT_EQ(read.core_celsius, 0);
}

TEST_F(Sensors, ACardWithoutAnyHasNoValues) {
  add(FakeCard());
  expect_nothing(sample());
}

/// A card of 2012: no power, no load, one fan, no reasons.
TEST_F(Sensors, AnOldCardHasHalf) {
  FakeCard card;
  card.core_celsius = 71;
  card.old_fan_percent = 55;
  card.memory_used_bytes = 100;
  card.memory_total_bytes = 1000;
  add(card);
  const auto read = sample();
  EXPECT_EQ(read.core_celsius, 71);
  EXPECT_EQ(read.fan_percent, 55);
  EXPECT_EQ(read.memory_used_bytes, 100U);
  EXPECT_EQ(read.memory_total_bytes, 1000U);
  EXPECT_EQ(read.hotspot_celsius, std::nullopt);
  EXPECT_EQ(read.memory_celsius, std::nullopt);
  EXPECT_EQ(read.fan_rpm, std::nullopt);
  EXPECT_EQ(read.power_watts, std::nullopt);
  EXPECT_EQ(read.power_limit_watts, std::nullopt);
  EXPECT_EQ(read.core_mhz, std::nullopt);
  EXPECT_EQ(read.memory_mhz, std::nullopt);
  EXPECT_EQ(read.load_percent, std::nullopt);
  EXPECT_EQ(read.pcie_generation, std::nullopt);
  EXPECT_EQ(read.pcie_lanes, std::nullopt);
  EXPECT_EQ(read.throttle_reason, std::nullopt);
}

TEST_F(Sensors, WhatAnOldLibraryLacksHasNoValue) {
  use("old");
  add(full_card("00000000:01:00.0"));
  const auto read = sample();
  EXPECT_EQ(read.core_celsius, 64);
  EXPECT_EQ(read.memory_celsius, std::nullopt);
  EXPECT_EQ(read.fan_percent, 43) << "by the function that it has";
  EXPECT_EQ(read.fan_rpm, std::nullopt);
  EXPECT_EQ(read.power_watts, 287.45);
  EXPECT_EQ(read.power_limit_watts, 320) << "by the function that it has";
  EXPECT_EQ(read.load_percent, 99);
}

TEST_F(Sensors, ThePowerLimitIsTheEnforcedOneOrElseTheOneThatWasSet) {
  FakeCard& card = add(full_card("00000000:01:00.0"));
  EXPECT_EQ(sample().power_limit_watts, 300);
  card.enforced_limit_milliwatts = kAllBits;
  EXPECT_EQ(sample().power_limit_watts, 320);
  card.managed_limit_milliwatts = FakeAnswer::fault(kNotSupported);
  EXPECT_EQ(sample().power_limit_watts, std::nullopt);
}

TEST_F(Sensors, AllBitsSetIsNoValue) {
  FakeCard& card = add(full_card("00000000:01:00.0"));
  for (FakeAnswer* sensor :
       {&card.hotspot_celsius, &card.core_celsius, &card.memory_celsius, &card.fan_percent,
        &card.fan_rpm, &card.power_milliwatts, &card.enforced_limit_milliwatts,
        &card.managed_limit_milliwatts, &card.sm_mhz, &card.memory_mhz, &card.load_percent,
        &card.memory_used_bytes, &card.pcie_generation, &card.pcie_lanes}) {
    *sensor = kAllBits;
  }
  card.core_celsius = card.hotspot_celsius = 0x7fffffff;
  card.memory_total_bytes = kAllBits;
  expect_nothing(sample());
}

TEST_F(Sensors, ATemperatureOutOfRangeIsNoValue) {
  FakeCard& card = add(full_card("00000000:01:00.0"));
  for (const std::int32_t degrees : {151, 255, 65535, -51, INT32_MIN, INT32_MAX}) {
    card.core_celsius = card.hotspot_celsius = card.memory_celsius =
        static_cast<std::uint32_t>(degrees);
    const auto read = sample();
    EXPECT_EQ(read.core_celsius, std::nullopt) << degrees;
    EXPECT_EQ(read.hotspot_celsius, std::nullopt) << degrees;
    EXPECT_EQ(read.memory_celsius, std::nullopt) << degrees;
  }
  for (const std::int32_t degrees : {150, 1, -1, -50}) {
    card.core_celsius = static_cast<std::uint32_t>(degrees);
    EXPECT_EQ(sample().core_celsius, degrees);
  }
}

TEST_F(Sensors, OtherNumbersThatCannotBeAreNoValue) {
  FakeCard& card = add(full_card("00000000:01:00.0"));
  card.power_milliwatts = 3'700'000;
  card.load_percent = 101;
  card.fan_percent = 201;
  card.memory_used_bytes = card.memory_total_bytes + 1;
  auto read = sample();
  EXPECT_EQ(read.power_watts, std::nullopt);
  EXPECT_EQ(read.load_percent, std::nullopt);
  EXPECT_EQ(read.fan_percent, std::nullopt);
  EXPECT_EQ(read.memory_used_bytes, std::nullopt);
  EXPECT_EQ(read.memory_total_bytes, card.memory_total_bytes);
  card.memory_total_bytes = 0;
  card.memory_used_bytes = 0;
  read = sample();
  EXPECT_EQ(read.memory_used_bytes, std::nullopt);
  EXPECT_EQ(read.memory_total_bytes, std::nullopt);
}

TEST_F(Sensors, TheLinkCountsFromOne) {
  FakeCard& card = add(full_card("00000000:01:00.0"));
  card.pcie_generation = 1;
  card.pcie_lanes = 1;
  EXPECT_EQ(sample().pcie_generation, 1U);
  EXPECT_EQ(sample().pcie_lanes, 1U) << "a riser";
  for (const std::uint64_t wrong : {0U, 33U, 255U}) {
    card.pcie_generation = card.pcie_lanes = wrong;
    EXPECT_EQ(sample().pcie_generation, std::nullopt) << wrong;
    EXPECT_EQ(sample().pcie_lanes, std::nullopt) << wrong;
  }
  card.pcie_generation = FakeAnswer::fault(kNotSupported);
  card.pcie_lanes = 8;
  EXPECT_EQ(sample().pcie_generation, std::nullopt);
  EXPECT_EQ(sample().pcie_lanes, 8U);
}

TEST_F(Sensors, TheMemorysTemperatureIsReadInEachOfTheTypes) {
  FakeCard& card = add(full_card("00000000:01:00.0"));
  for (card.memory_celsius_type = 0; card.memory_celsius_type <= 6; ++card.memory_celsius_type) {
    EXPECT_EQ(sample().memory_celsius, 82) << card.memory_celsius_type;
  }
  EXPECT_EQ(card.memory_celsius_type, 7) << "which no one knows";
  EXPECT_EQ(sample().memory_celsius, std::nullopt);
}

TEST_F(Sensors, AFieldsOwnAnswerDecides) {
  FakeCard& card = add(full_card("00000000:01:00.0"));
  card.memory_celsius = FakeAnswer::fault(kNotSupported);
  EXPECT_EQ(sample().memory_celsius, std::nullopt) << "though the call succeeds, with a 0";
  card.memory_celsius = 82;
  card.fields = kUnknown;
  EXPECT_EQ(sample().memory_celsius, std::nullopt);
}

}  // namespace
}  // namespace tests
