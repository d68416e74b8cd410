#pragma once

#include <string>

#include "backends/api/telemetry.h"
#include "backends/telemetry/nvml/library.h"
#include "base/result.h"

namespace backends::nvml {

/// Reads what the card at `label` has sensors for; what the library or the card does not have, or
/// what cannot be true, has no value. An error, naming the card, when it is lost or needs a reset,
/// or when every sensor failed.
base::Result<TelemetrySample> read_sensors(const Functions& functions, Device device,
                                           const std::string& label);

}  // namespace backends::nvml
