#include "backends/telemetry/hwmon/load.h"

#include <gtest/gtest.h>

namespace tests {
namespace {

using backends::hwmon::LoadMeter;

TEST(Load, IsWhatIsNotIdleSinceTheCallBefore) {
  LoadMeter meter;
  EXPECT_EQ(meter.percent("cpu  100 0 100 700 100 0 0 0 0 0\n"), std::nullopt) << "the first";
  EXPECT_EQ(meter.percent("cpu  150 0 100 750 100 0 0 0 0 0\ncpu0 1\n"), 50);
  EXPECT_EQ(meter.percent("cpu  150 0 100 850 100 0 0 0 0 0"), 0);
  EXPECT_EQ(meter.percent("cpu  150 0 100 850 200 0 0 0 0 0"), 0) << "waiting for a disk is idle";
  EXPECT_EQ(meter.percent("cpu  160 20 130 850 200 15 15 10 0 0"), 100);
  EXPECT_EQ(meter.percent("cpu  235 20 130 875 200 15 15 10 0 0"), 75);
}

TEST(Load, CountersThatStandOrGoBackHaveNoLoad) {
  LoadMeter meter;
  meter.percent("cpu  100 0 100 700 100 0 0 0");
  EXPECT_EQ(meter.percent("cpu  100 0 100 700 100 0 0 0"), std::nullopt);
  EXPECT_EQ(meter.percent("cpu  200 0 100 650 100 0 0 0"), std::nullopt);
  EXPECT_EQ(meter.percent("cpu  10 0 10 70 10 0 0 0"), std::nullopt);
  EXPECT_EQ(meter.percent("cpu  11 0 10 71 10 0 0 0"), 50) << "and go on from there";
}

TEST(Load, AnythingElseHasNoLoad) {
  LoadMeter meter;
  for (const char* wrong :
       {"", "cpu", "cpu ", "cpu  1 2 3", "cpu0 1 2 3 4 5 6 7 8", "cpu  1 2 x 4 5 6 7 8",
        "cpu  1 2 -3 4 5 6 7 8", "cpu  1 2 3 4 5 6 7 99999999999999999999", "intr 1\ncpu  1 2 3"}) {
    EXPECT_EQ(meter.percent(wrong), std::nullopt) << wrong;
    EXPECT_EQ(meter.percent("cpu  100 0 100 700 100 0 0 0"), std::nullopt) << "after " << wrong;
  }
}

}  // namespace
}  // namespace tests
