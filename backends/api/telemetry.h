#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace backends {

/// What a device's sensors say now. A sensor that is not there has no value, never 0.
struct TelemetrySample {
  std::optional<double> core_celsius;
  std::optional<double> hotspot_celsius;
  std::optional<double> memory_celsius;
  std::optional<double> fan_percent;
  std::optional<double> fan_rpm;
  std::optional<double> power_watts;
  std::optional<double> power_limit_watts;
  std::optional<double> core_mhz;
  std::optional<double> memory_mhz;
  std::optional<double> load_percent;
  std::optional<std::uint64_t> memory_used_bytes;
  std::optional<std::uint64_t> memory_total_bytes;
  std::optional<std::string> throttle_reason;  ///< present only while the card throttles
};

/// A card that a telemetry module can read, whichever backend computes on it.
struct TelemetryCard {
  std::string label;  ///< PCI address, or "backend:index" where there is none
  std::string name;
};

/// Sensors of some cards, joined to devices by label. Used by the telemetry thread alone.
class Telemetry {
 public:
  virtual ~Telemetry() = default;

  /// The cards it can read, or why there are none.
  virtual base::Result<std::vector<TelemetryCard>> cards() = 0;

  /// Reads a card's sensors; at most a few milliseconds.
  virtual base::Result<TelemetrySample> sample(const std::string& label) = 0;
};

}  // namespace backends
