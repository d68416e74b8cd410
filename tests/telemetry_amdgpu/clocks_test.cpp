#include "backends/telemetry/amdgpu/clocks.h"

#include <gtest/gtest.h>

namespace tests {
namespace {

using backends::amdgpu::starred_mhz;

TEST(ClockTable, TheStarTellsTheClockInUse) {
  EXPECT_EQ(starred_mhz("0: 300Mhz \n1: 600Mhz *\n2: 900Mhz "), 600);
  EXPECT_EQ(starred_mhz("0: 300Mhz *"), 300);
  EXPECT_EQ(starred_mhz("S: 19Mhz *\n0: 500Mhz \n1: 2105Mhz "), 19) << "in its deepest sleep";
  EXPECT_EQ(starred_mhz("0: 0Mhz *"), 0);
}

TEST(ClockTable, WithoutOneThereIsNoValue) {
  for (const char* wrong :
       {"", "\n", "*", "0: 300Mhz \n1: 600Mhz ", "0: *", "0: Mhz *", "0: 300 *", "0: -3Mhz *",
        "0:300Mhz *", "0: 300Ghz *", "0: 99999999999999999999Mhz *", "0: 50001Mhz *",
        "0: 8.0GT/s, x16 619Mhz *"}) {
    EXPECT_EQ(starred_mhz(wrong), std::nullopt) << wrong;
  }
}

}  // namespace
}  // namespace tests
