#include "tests/telemetry_hwmon/fixture.h"

namespace tests {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class PackagePower : public HwmonTest {
 protected:
  void energy(const std::string& zone, const std::string& microjoules) {
    tree_.write("sys/class/powercap/" + zone + "/energy_uj", microjoules + "\n");
  }
  std::optional<double> watts(base::Micros time) { return after(time, "cpu:0").power_watts; }
};

TEST_F(PackagePower, IsTheMeanSinceTheSampleBefore) {
  add("i5-8400");
  EXPECT_EQ(watts(seconds(0)), std::nullopt) << "the first";
  energy("intel-rapl:0", "165000000");
  energy("intel-rapl:0:0", "140000000");
  energy("intel-rapl:1", "610000000");
  EXPECT_EQ(watts(seconds(1)), 65) << "of the package alone: neither its parts nor the machine";
  energy("intel-rapl:0", "180000000");
  EXPECT_EQ(watts(milliseconds(500)), 30);
}

TEST_F(PackagePower, OfSeveralPackagesIsTheirSumAlsoWhereACounterGoesRound) {
  add("two-xeons");
  watts(seconds(0));
  energy("intel-rapl:0", "100000000");
  energy("intel-rapl:1", "146671150");  // 3.32885 J below its range, and on
  EXPECT_EQ(watts(seconds(1)), 250);
}

TEST_F(PackagePower, OfSomePackagesIsNotThatOfAll) {
  add("two-xeons");
  watts(seconds(0));
  tree_.fail("sys/class/powercap/intel-rapl:1/energy_uj", "EIO");
  energy("intel-rapl:0", "100000000");
  EXPECT_EQ(watts(seconds(1)), std::nullopt);
}

TEST_F(PackagePower, ForRootAloneIsNoneForOthers) {
  add("ryzen-1800x");
  const AsUser user;
  watts(seconds(0));
  const auto read = after(seconds(1), "cpu:0");
  EXPECT_EQ(read.power_watts, std::nullopt);
  EXPECT_EQ(read.core_celsius, 65.25);
}

TEST_F(PackagePower, NumbersThatCannotBeAreNone) {
  add("i5-8400");
  watts(seconds(0));
  for (const char* text : {"-1", "garbage", "", "99999999999999999999"}) {
    energy("intel-rapl:0", text);
    EXPECT_EQ(watts(seconds(1)), std::nullopt) << text;
  }
}

TEST_F(PackagePower, WithoutCountersThereIsNone) {
  add("i5-8400");
  tree_.remove("sys/class/powercap");
  watts(seconds(0));
  EXPECT_EQ(watts(seconds(1)), std::nullopt);
}

}  // namespace
}  // namespace tests
