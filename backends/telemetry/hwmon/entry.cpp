#include <memory>

#include "backends/api/module.h"
#include "backends/telemetry/hwmon/telemetry.h"
#include "base/clock.h"

namespace backends::hwmon {
namespace {

/// What is known of any card goes behind what its own module knows.
constexpr std::int32_t kRank = -50;

Telemetry* make_telemetry(Backend*) {
  return std::make_unique<HwmonTelemetry>(Roots{"/sys", "/proc"},
                                          std::make_shared<base::SystemClock>())
      .release();
}

}  // namespace
}  // namespace backends::hwmon

SPRINTMINER_MODULE("hwmon", backends::hwmon::kRank, nullptr, backends::hwmon::make_telemetry)
