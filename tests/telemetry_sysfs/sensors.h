#pragma once

#include <string>

#include "backends/api/telemetry.h"

namespace tests {

/// The sensors that have a value, by name in the order of TelemetrySample, with blanks between:
/// "core_celsius fan_rpm".
std::string sensors_of(const backends::TelemetrySample& sample);

}  // namespace tests
