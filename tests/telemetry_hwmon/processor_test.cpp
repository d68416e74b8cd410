// The processor, as the device "cpu:0".

#include "tests/telemetry_hwmon/fixture.h"

namespace tests {
namespace {

using std::chrono::seconds;

class Processor : public HwmonTest {
 protected:
  backends::TelemetrySample now() { return after(seconds(1), "cpu:0"); }
};

TEST_F(Processor, IsJoinedToTheDeviceOfItsBackend) {
  add("i5-8400");
  const auto cards = telemetry_.cards();
  ASSERT_TRUE(cards.ok()) << cards.message();
  ASSERT_EQ(cards->size(), 1U);
  EXPECT_EQ(cards->at(0).label, "cpu:0");
  EXPECT_EQ(cards->at(0).name, "Intel(R) Core(TM) i5-8400 CPU @ 2.80GHz");
}

TEST_F(Processor, AllItsSensorsAreRead) {
  add("i5-8400");
  now();
  tree_.write("proc/stat", "cpu  1400 0 500 8100 500 0 0 0 0 0\n");
  tree_.write("sys/class/powercap/intel-rapl:0/energy_uj", "165000000\n");
  const auto read = now();
  EXPECT_EQ(read.core_celsius, 61) << "of the package, not the hottest core, nor of the board";
  EXPECT_EQ(read.power_watts, 65);
  EXPECT_EQ(read.core_mhz, 3800);
  EXPECT_EQ(read.load_percent, 80);
  EXPECT_EQ(read.memory_total_bytes, 16'311'100ULL * 1024);
  EXPECT_EQ(read.memory_used_bytes, 4'000'000ULL * 1024);
  EXPECT_EQ(sensors_of(read),
            "core_celsius power_watts core_mhz load_percent memory_used_bytes memory_total_bytes");
}

TEST_F(Processor, TheFirstSampleHasNoMeans) {
  add("i5-8400");
  EXPECT_EQ(sensors_of(now()), "core_celsius core_mhz memory_used_bytes memory_total_bytes");
}

TEST_F(Processor, TheChipsTemperatureGoesBeforeTheFansOne) {
  add("ryzen-1800x");
  EXPECT_EQ(now().core_celsius, 65.25);
  tree_.remove("sys/class/hwmon/hwmon3/temp2_input");
  EXPECT_EQ(now().core_celsius, 85.25) << "Tctl, for want of Tdie";
  tree_.write("sys/class/hwmon/hwmon3/name", "zenpower\n");
  EXPECT_EQ(now().core_celsius, 85.25);
}

TEST_F(Processor, OfSeveralPackagesTheHottestCounts) {
  add("two-xeons");
  EXPECT_EQ(now().core_celsius, 67);
  tree_.fail("sys/class/hwmon/hwmon1/temp1_input", "EIO");
  EXPECT_EQ(now().core_celsius, 55);
}

TEST_F(Processor, OfManyClocksSomeAreRead) {
  add("two-xeons");
  for (int i = 0; i < 48; ++i) {
    // Every third one is asked: 0, 3, 6 .. 45.
    tree_.write("sys/devices/system/cpu/cpufreq/policy" + std::to_string(i) + "/scaling_cur_freq",
                i % 3 == 0 ? "2400000\n" : "1200000\n");
  }
  EXPECT_EQ(now().core_mhz, 2400);
}

TEST_F(Processor, ClocksThatCannotBeReadAreLeftOut) {
  add("i5-8400");
  const std::string folder = "sys/devices/system/cpu/cpufreq/";
  tree_.fail(folder + "policy0/scaling_cur_freq", "EIO");
  tree_.write(folder + "policy1/scaling_cur_freq", "<unknown>\n");
  tree_.write(folder + "policy2/scaling_cur_freq", "0\n");
  EXPECT_EQ(now().core_mhz, 3800);
  tree_.remove(folder + "policy3");
  EXPECT_EQ(now().core_mhz, std::nullopt);
}

TEST_F(Processor, MemoryNeedsBothNumbers) {
  add("i5-8400");
  tree_.write("proc/meminfo", "MemTotal:       16311100 kB\nMemFree:         1000000 kB\n");
  EXPECT_EQ(now().memory_used_bytes, std::nullopt) << "before Linux 3.14";
  EXPECT_EQ(now().memory_total_bytes, 16'311'100ULL * 1024);
  tree_.write("proc/meminfo", "MemTotal: 100 kB\nMemAvailable: 101 kB\n");
  EXPECT_EQ(now().memory_used_bytes, std::nullopt);
  for (const char* wrong : {"", "MemTotal:\n", "MemTotal: 0 kB\n", "MemTotal: -5 kB\n",
                            "MemTotal: 100 MB\n", "MemTotal: 99999999999999999999 kB\n"}) {
    tree_.write("proc/meminfo", wrong);
    EXPECT_EQ(now().memory_total_bytes, std::nullopt) << wrong;
  }
}

TEST_F(Processor, WithoutAnyFileHasNoSensors) {
  EXPECT_EQ(sensors_of(now()), "");
  EXPECT_EQ(sensors_of(now()), "");
  EXPECT_EQ(telemetry_.cards()->at(0).name, "processor");
}

TEST_F(Processor, NamesAreSafeForATerminal) {
  tree_.write("proc/cpuinfo", "model name\t: Evil\x1b[2J\n");
  EXPECT_EQ(telemetry_.cards()->at(0).name, "Evil\\x1b[2J");
}

TEST(RealProcessor, HasMemoryAndLoad) {
  backends::hwmon::HwmonTelemetry telemetry({"/sys", "/proc"},
                                            std::make_shared<base::SystemClock>());
  ASSERT_TRUE(telemetry.cards().ok());
  const auto read = telemetry.sample("cpu:0");
  ASSERT_TRUE(read.ok()) << read.message();
  EXPECT_GT(read->memory_total_bytes.value_or(0), 1U << 24);
  EXPECT_GT(read->memory_used_bytes.value_or(0), 1U << 20);
  EXPECT_LT(read->core_celsius.value_or(50), 120);
  std::cout << "cpu:0 " << telemetry.cards()->at(0).name << ": " << sensors_of(*read) << "\n";
}

}  // namespace
}  // namespace tests
