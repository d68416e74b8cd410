#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "backends/telemetry/hwmon/telemetry.h"
#include "base/clock.h"
#include "tests/telemetry_sysfs/sensors.h"
#include "tests/telemetry_sysfs/tree.h"

namespace tests {

/// Telemetry over a tree that a test puts together of recorded ones, under a clock that it turns.
class HwmonTest : public testing::Test {
 protected:
  /// Adds the tree of this name.
  void add(const std::string& machine) {
    tree_.add(std::string(SPRINT_TEST_TREES_DIR) + "/" + machine + ".tree");
  }

  /// A sample after so much time; a failed test and an empty one if it is refused.
  backends::TelemetrySample after(base::Micros time, const std::string& label) {
    clock_->advance(time);
    const auto out = telemetry_.sample(label);
    EXPECT_TRUE(out.ok()) << out.message();
    return out.ok() ? *out : backends::TelemetrySample();
  }

  Tree tree_;
  const std::shared_ptr<base::ManualClock> clock_ = std::make_shared<base::ManualClock>();
  backends::hwmon::HwmonTelemetry telemetry_{{tree_.root() / "sys", tree_.root() / "proc"}, clock_};
};

}  // namespace tests
