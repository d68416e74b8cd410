// Cards that sleep, fail, lie, or go away.

#include "tests/telemetry_amdgpu/fixture.h"

namespace tests {
namespace {

class Faults : public AmdgpuTest {
 protected:
  void SetUp() override { add("rx580"); }

  std::string hwmon(const std::string& file) {
    return std::string(kRx580) + "hwmon/hwmon2/" + file;
  }
  void put(const std::string& file, const std::string& text) { tree_.write(hwmon(file), text); }

  const std::string kLabel = "0000:03:00.0";
};

TEST_F(Faults, ASleepingCardIsLeftAsleepAndSaysNothing) {
  for (const char* status : {"suspended", "suspending"}) {
    tree_.write(std::string(kRx580) + "power/runtime_status", std::string(status) + "\n");
    EXPECT_EQ(sensors_of(sample(kLabel)), "") << status << ": each file that is read would wake it";
    ASSERT_TRUE(telemetry_.cards().ok()) << "it is there nevertheless";
  }
  tree_.write(std::string(kRx580) + "power/runtime_status", "active\n");
  EXPECT_EQ(sample(kLabel).core_celsius, 64);
}

TEST_F(Faults, ASensorThatDoesNotAnswerHasNoValue) {
  for (const char* file : {"temp1_input", "power1_average", "fan1_input", "freq1_input"}) {
    tree_.fail(hwmon(file), "EIO");
  }
  tree_.fail(std::string(kRx580) + "gpu_busy_percent", "EIO");
  tree_.fail(std::string(kRx580) + "pp_dpm_sclk", "EIO");
  EXPECT_EQ(sensors_of(sample(kLabel)),
            "fan_percent power_limit_watts memory_mhz memory_used_bytes memory_total_bytes "
            "pcie_generation pcie_lanes");
}

TEST_F(Faults, ASensorThatMayNotBeReadHasNoValue) {
  tree_.fail(hwmon("power1_average"), "EACCES");
  const AsUser user;
  const auto read = sample(kLabel);
  EXPECT_EQ(read.power_watts, std::nullopt);
  EXPECT_EQ(read.core_celsius, 64);
}

TEST_F(Faults, NumbersThatCannotBeHaveNoValue) {
  for (const char* text : {"-1000000", "9223372036854775807", "18446744073709551615", "garbage", "",
                           "\n", "1e9", "0x7f", "12 13"}) {
    for (const char* file : {"temp1_input", "power1_average", "power1_cap", "fan1_input", "pwm1",
                             "freq1_input", "freq2_input"}) {
      put(file, text);
    }
    for (const char* file : {"gpu_busy_percent", "mem_info_vram_total", "pp_dpm_sclk",
                             "pp_dpm_mclk", "current_link_speed", "current_link_width"}) {
      tree_.write(std::string(kRx580) + file, text);
    }
    EXPECT_EQ(sensors_of(sample(kLabel)), "") << text;
  }
}

TEST_F(Faults, SentinelsHaveNoValue) {
  put("temp1_input", "511000\n");  // a thermometer that is not connected
  put("fan1_input", "65535\n");    // a fan whose signal is not connected
  put("power1_average", "4294967295\n");
  put("power1_cap", "0\n");
  put("pwm1", "256\n");
  tree_.write(std::string(kRx580) + "gpu_busy_percent", "101\n");
  const auto read = sample(kLabel);
  EXPECT_EQ(read.core_celsius, std::nullopt);
  EXPECT_EQ(read.fan_rpm, std::nullopt);
  EXPECT_EQ(read.power_watts, std::nullopt);
  EXPECT_EQ(read.power_limit_watts, std::nullopt) << "a limit of nothing is none";
  EXPECT_EQ(read.fan_percent, std::nullopt);
  EXPECT_EQ(read.load_percent, std::nullopt);
}

TEST_F(Faults, MoreMemoryInUseThanThereIsIsNoValue) {
  tree_.write(std::string(kRx580) + "mem_info_vram_used", "8589934593\n");
  EXPECT_EQ(sample(kLabel).memory_used_bytes, std::nullopt);
  EXPECT_EQ(sample(kLabel).memory_total_bytes, 8'589'934'592U);
}

TEST_F(Faults, FilesThatVanishBetweenListingAndReadingHaveNoValue) {
  ASSERT_TRUE(telemetry_.cards().ok());
  tree_.remove(std::string(kRx580) + "hwmon");
  EXPECT_EQ(sensors_of(sample(kLabel)),
            "core_mhz memory_mhz load_percent memory_used_bytes memory_total_bytes "
            "pcie_generation pcie_lanes");
}

TEST_F(Faults, ACardThatVanishesIsAnErrorThatNamesIt) {
  ASSERT_TRUE(telemetry_.cards().ok());
  tree_.remove("devices/pci0000:00/0000:00:1c.0/0000:03:00.0");
  const auto gone = telemetry_.sample(kLabel);
  ASSERT_FALSE(gone.ok());
  EXPECT_EQ(gone.error().fault, base::Fault::kDevice);
  EXPECT_EQ(gone.message(), "0000:03:00.0: the card is gone");
  add("rx580");
  EXPECT_EQ(sample(kLabel).core_celsius, 64) << "and it came back";
}

TEST_F(Faults, AnotherCardInItsPlaceIsNotTakenForIt) {
  ASSERT_TRUE(telemetry_.cards().ok());
  tree_.write(std::string(kRx580) + "uevent",
              "DRIVER=amdgpu\nPCI_ID=1002:67DF\nPCI_SLOT_NAME=0000:04:00.0\n");
  EXPECT_FALSE(telemetry_.sample(kLabel).ok());
  EXPECT_EQ(sample("0000:04:00.0").core_celsius, 64);
}

TEST_F(Faults, ACardThatIsNotHereIsAnError) {
  const auto other = telemetry_.sample("0000:09:00.0");
  ASSERT_FALSE(other.ok());
  EXPECT_EQ(other.message(), "no AMD card '0000:09:00.0'");
}

}  // namespace
}  // namespace tests
