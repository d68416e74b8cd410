#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace backends {

/// What holds a card's clocks down. Each module says with these what its vendor's bits mean, so
/// that one word is the same everywhere. Idling, clocks that somebody set, and the voltage that
/// ends every healthy card's boost are no throttling.
struct ThrottleReasons {
  bool thermal = false;            ///< a temperature is at its limit
  bool power_limit = false;        ///< the power is at its limit
  bool current_limit = false;      ///< a current is at its limit
  bool power_brake = false;        ///< the power supply asks for less
  bool hardware_slowdown = false;  ///< the board's own emergency: clocks at a half or less
  bool other_limit = false;        ///< of the board, or of other cards that keep step

  /// "thermal, power limit": TelemetrySample::throttle_reason. No value when there is none.
  std::optional<std::string> words() const {
    const struct {
      bool there;
      const char* word;
    } reasons[] = {{thermal, "thermal"},
                   {power_limit, "power limit"},
                   {current_limit, "current limit"},
                   {power_brake, "power brake"},
                   {hardware_slowdown, "hardware slowdown"},
                   {other_limit, "other limit"}};
    std::string out;
    for (const auto& reason : reasons) {
      if (reason.there) out += (out.empty() ? "" : ", ") + std::string(reason.word);
    }
    return out.empty() ? std::nullopt : std::optional(out);
  }
};

/// What a device's sensors say now. A sensor that is not there, or that cannot be read now, has no
/// value, never 0.
struct TelemetrySample {
  std::optional<double> core_celsius;     ///< of the chip, at its edge or as a mean
  std::optional<double> hotspot_celsius;  ///< the hottest place of the chip ("junction")
  std::optional<double> memory_celsius;
  std::optional<double> fan_percent;
  std::optional<double> fan_rpm;
  std::optional<double> power_watts;  ///< of the whole card where it is told; of a CPU's packages
  std::optional<double> power_limit_watts;
  std::optional<double> core_mhz;
  std::optional<double> memory_mhz;
  std::optional<double> load_percent;
  std::optional<std::uint64_t> memory_used_bytes;
  std::optional<std::uint64_t> memory_total_bytes;
  std::optional<std::uint32_t> pcie_generation;  ///< of the link as it runs now: less when idle
  std::optional<std::uint32_t> pcie_lanes;       ///< that the link uses: 1 on a riser
  std::optional<std::string> throttle_reason;  ///< ThrottleReasons::words, only while it throttles
};

/// A card that a telemetry module can read, whichever backend computes on it.
struct TelemetryCard {
  /// What joins it to a device, the same text as its DeviceInfo::label(): the PCI address as Linux
  /// writes it, in lower case ("0000:0a:00.0"); where there is none, the backend's id for it
  /// ("cpu:0" is the processor).
  std::string label;
  std::string name;
};

/// Sensors of some cards, joined to devices by label. Used by one thread alone, which need not be
/// the one that made it or that destroys it. A call may hang in a driver for as long as it likes:
/// the object is then neither used nor destroyed.
class Telemetry {
 public:
  virtual ~Telemetry() = default;

  /// The cards it can read, or why there are none.
  virtual base::Result<std::vector<TelemetryCard>> cards() = 0;

  /// Reads a card's sensors; at most a few milliseconds. A card that the system has put to sleep is
  /// not woken: its sample is empty. Sensors that tell a mean (power from a counter of energy,
  /// load) tell that since the call before. An error, naming the card, when it is not there any
  /// more.
  virtual base::Result<TelemetrySample> sample(const std::string& label) = 0;
};

}  // namespace backends
