#include "backends/sim/sensors.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>

#include "base/bytes.h"
#include "base/nearest.h"

namespace backends::sim {
namespace {

constexpr double kIdleCelsius = 35;
constexpr double kThrottleCelsius = 90;
constexpr double kPowerLimitWatts = 150;

struct Sensor {
  std::string_view name;
  void (*clear)(TelemetrySample&);
};

constexpr std::array<Sensor, 15> kSensors = {{
    {"core_celsius", [](TelemetrySample& s) { s.core_celsius.reset(); }},
    {"hotspot_celsius", [](TelemetrySample& s) { s.hotspot_celsius.reset(); }},
    {"memory_celsius", [](TelemetrySample& s) { s.memory_celsius.reset(); }},
    {"fan_percent", [](TelemetrySample& s) { s.fan_percent.reset(); }},
    {"fan_rpm", [](TelemetrySample& s) { s.fan_rpm.reset(); }},
    {"power_watts", [](TelemetrySample& s) { s.power_watts.reset(); }},
    {"power_limit_watts", [](TelemetrySample& s) { s.power_limit_watts.reset(); }},
    {"core_mhz", [](TelemetrySample& s) { s.core_mhz.reset(); }},
    {"memory_mhz", [](TelemetrySample& s) { s.memory_mhz.reset(); }},
    {"load_percent", [](TelemetrySample& s) { s.load_percent.reset(); }},
    {"memory_used_bytes", [](TelemetrySample& s) { s.memory_used_bytes.reset(); }},
    {"memory_total_bytes", [](TelemetrySample& s) { s.memory_total_bytes.reset(); }},
    {"pcie_generation", [](TelemetrySample& s) { s.pcie_generation.reset(); }},
    {"pcie_lanes", [](TelemetrySample& s) { s.pcie_lanes.reset(); }},
    {"throttle_reason", [](TelemetrySample& s) { s.throttle_reason.reset(); }},
}};

std::vector<std::string> sensor_names() {
  std::vector<std::string> names;
  names.reserve(kSensors.size());
  for (const Sensor& sensor : kSensors) names.emplace_back(sensor.name);
  return names;
}

}  // namespace

base::Result<std::vector<std::string>> parse_sensors(std::string_view list) {
  const std::vector<std::string> names = sensor_names();
  if (list == "all") return names;
  std::vector<std::string> out;
  while (!list.empty()) {
    const std::string_view name = list.substr(0, list.find(','));
    list.remove_prefix(std::min(list.size(), name.size() + 1));
    if (std::find(names.begin(), names.end(), name) == names.end()) {
      const auto meant = base::nearest(name, names);
      return base::invalid("option missing_sensors: there is no sensor '" +
                           base::printable(name, 64) + "'" +
                           (meant ? "; did you mean " + *meant + "?" : ""));
    }
    out.emplace_back(name);
  }
  return out;
}

void Sensors::advance(base::Micros elapsed, double load) {
  using Seconds = std::chrono::duration<double>;
  load_ = std::clamp(load, 0.0, 1.0);
  const double goal = kIdleCelsius + load_ * (script_.plateau_celsius - kIdleCelsius);
  const double gone = Seconds(elapsed) / Seconds(script_.warm_up);
  core_celsius_ += (goal - core_celsius_) * (1 - std::exp(-gone));
}

TelemetrySample Sensors::read() const {
  const bool throttles = core_celsius_ >= kThrottleCelsius;
  TelemetrySample out;
  out.core_celsius = core_celsius_;
  out.hotspot_celsius = core_celsius_ + 10 * load_;
  out.memory_celsius = core_celsius_ + 4 * load_;
  out.fan_percent = std::clamp(30 + 2 * (core_celsius_ - 50), 30.0, 100.0);
  out.fan_rpm = 30 * *out.fan_percent;
  out.power_watts = 15 + (throttles ? 80 : 105) * load_;
  out.power_limit_watts = kPowerLimitWatts;
  out.core_mhz = 300 + (throttles ? 600 : 1200) * load_;
  out.memory_mhz = load_ > 0 ? 7000 : 405;
  out.load_percent = 100 * load_;
  out.pcie_generation = load_ > 0 ? 3 : 1;
  out.pcie_lanes = 1;
  ThrottleReasons reasons;
  reasons.thermal = throttles;
  out.throttle_reason = reasons.words();
  return out;
}

void Sensors::leave_out(TelemetrySample& sample) const {
  for (const Sensor& sensor : kSensors) {
    const auto& missing = script_.missing;
    if (std::find(missing.begin(), missing.end(), sensor.name) != missing.end()) {
      sensor.clear(sample);
    }
  }
}

}  // namespace backends::sim
