#include "tests/telemetry_sysfs/sensors.h"

#include <utility>

namespace tests {

std::string sensors_of(const backends::TelemetrySample& sample) {
  const std::pair<const char*, bool> all[] = {
      {"core_celsius", sample.core_celsius.has_value()},
      {"hotspot_celsius", sample.hotspot_celsius.has_value()},
      {"memory_celsius", sample.memory_celsius.has_value()},
      {"fan_percent", sample.fan_percent.has_value()},
      {"fan_rpm", sample.fan_rpm.has_value()},
      {"power_watts", sample.power_watts.has_value()},
      {"power_limit_watts", sample.power_limit_watts.has_value()},
      {"core_mhz", sample.core_mhz.has_value()},
      {"memory_mhz", sample.memory_mhz.has_value()},
      {"load_percent", sample.load_percent.has_value()},
      {"memory_used_bytes", sample.memory_used_bytes.has_value()},
      {"memory_total_bytes", sample.memory_total_bytes.has_value()},
      {"pcie_generation", sample.pcie_generation.has_value()},
      {"pcie_lanes", sample.pcie_lanes.has_value()},
      {"throttle_reason", sample.throttle_reason.has_value()}};
  std::string out;
  for (const auto& [name, there] : all) {
    if (there) out += (out.empty() ? "" : " ") + std::string(name);
  }
  return out;
}

}  // namespace tests
