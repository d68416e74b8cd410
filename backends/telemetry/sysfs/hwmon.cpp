#include "backends/telemetry/sysfs/hwmon.h"

#include <string_view>

namespace backends::sysfs {
namespace {

constexpr int kMostThermometers = 8;
constexpr Scale kWatts = {1e6, 0, 3000};
constexpr Scale kLimitWatts = {1e6, 1, 3000};  // a limit of nothing is none
constexpr Scale kRpm = {1, 0, 30'000};         // 65535 is a sentinel
constexpr Scale kDuty = {1, 0, 255};
constexpr double kMostDuty = 255;  // by the interface, where the driver does not tell it

/// Where a thermometer's reading belongs; null: nowhere. `label`: of amdgpu, xe, or none.
std::optional<double>* place_of(std::string_view label, int number, TelemetrySample& out) {
  if (label == "edge" || label == "pkg") return &out.core_celsius;
  if (label == "junction") return &out.hotspot_celsius;
  if (label == "mem" || label == "vram") return &out.memory_celsius;
  return label.empty() && number == 1 ? &out.core_celsius : nullptr;
}

void read_temperatures(const Path& hwmon, TelemetrySample& out) {
  for (int number = 1; number <= kMostThermometers; ++number) {
    const std::string sensor = "temp" + std::to_string(number);
    const auto celsius = read_scaled(hwmon / (sensor + "_input"), kCelsius);
    if (!celsius) continue;
    if (auto* place = place_of(label_of(hwmon, sensor), number, out)) *place = celsius;
  }
}

/// The first of two files that has a value, else what was there.
void read_either(const Path& first, const Path& second, const Scale& scale,
                 std::optional<double>& out) {
  auto value = read_scaled(first, scale);
  if (!value) value = read_scaled(second, scale);
  if (value) out = value;
}

void read_fan(const Path& hwmon, TelemetrySample& out) {
  if (const auto rpm = read_scaled(hwmon / "fan1_input", kRpm)) out.fan_rpm = rpm;
  const auto duty = read_scaled(hwmon / "pwm1", kDuty);
  const double most = read_scaled(hwmon / "pwm1_max", kDuty).value_or(kMostDuty);
  if (duty && most > 0 && *duty <= most) out.fan_percent = 100 * *duty / most;
}

}  // namespace

std::string label_of(const Path& hwmon, const std::string& sensor) {
  return read_text(hwmon / (sensor + "_label")).value_or("");
}

std::vector<Path> hwmon_folders(const Path& device) {
  const Path all = device / "hwmon";
  std::vector<Path> out;
  for (const std::string& name : numbered(all, "hwmon")) out.push_back(all / name);
  return out;
}

void read_card(const Path& hwmon, TelemetrySample& out) {
  read_temperatures(hwmon, out);
  read_either(hwmon / "power1_average", hwmon / "power1_input", kWatts, out.power_watts);
  read_either(hwmon / "power1_cap", hwmon / "power1_max", kLimitWatts, out.power_limit_watts);
  read_fan(hwmon, out);
}

}  // namespace backends::sysfs
