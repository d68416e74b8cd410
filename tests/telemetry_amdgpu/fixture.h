#pragma once

#include <gtest/gtest.h>

#include <string>

#include "backends/telemetry/amdgpu/telemetry.h"
#include "tests/telemetry_sysfs/sensors.h"
#include "tests/telemetry_sysfs/tree.h"

namespace tests {

/// Telemetry over a tree that a test puts together of recorded ones.
class AmdgpuTest : public testing::Test {
 protected:
  static constexpr const char* kRx580 = "devices/pci0000:00/0000:00:1c.0/0000:03:00.0/";
  static constexpr const char* kRx6800 =
      "devices/pci0000:00/0000:00:01.2/0000:01:00.0/0000:02:00.0/0000:03:00.0/";

  /// Adds "rx580", "vega56", "rx6800" or "mi210".
  void add(const std::string& card) {
    tree_.add(std::string(SPRINT_TEST_TREES_DIR) + "/" + card + ".tree");
  }

  /// A card's sample; a failed test and an empty one if it is refused.
  backends::TelemetrySample sample(const std::string& label) {
    const auto out = telemetry_.sample(label);
    EXPECT_TRUE(out.ok()) << out.message();
    return out.ok() ? *out : backends::TelemetrySample();
  }

  Tree tree_;
  backends::amdgpu::AmdgpuTelemetry telemetry_{tree_.root()};
};

}  // namespace tests
