#include "backends/telemetry/hwmon/processor.h"

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <vector>

#include "backends/telemetry/sysfs/hwmon.h"
#include "base/bytes.h"

namespace backends::hwmon {
namespace {

constexpr std::size_t kMostInfoBytes = 1 << 16;
constexpr std::size_t kLongestName = 80;
constexpr int kMostThermometers = 4;  // a package's are the first ones
// A clock may take the kernel 10 us and an interrupt of its processor: of many, some are read.
constexpr std::size_t kMostClocks = 16;
constexpr sysfs::Scale kMhz = {1e3, 1, 20'000};
constexpr std::uint64_t kMostKib = std::uint64_t{1} << 40;

/// How well a thermometer of coretemp, k10temp or zenpower tells of the whole package, by label: 0
/// is best. Tctl is Tdie with what fans are to be told added to it, on some. None: not at all.
std::optional<int> preference(std::string_view label) {
  if (label.substr(0, 10) == "Package id" || label == "Tdie") return 0;
  if (label == "Tctl") return 1;
  return label.empty() ? std::optional(2) : std::nullopt;
}

std::optional<double> package_celsius(const sysfs::Path& hwmon) {
  std::optional<double> out;
  int best = INT32_MAX;
  for (int number = 1; number <= kMostThermometers; ++number) {
    const std::string sensor = "temp" + std::to_string(number);
    const auto rank = preference(sysfs::label_of(hwmon, sensor));
    if (!rank || *rank >= best) continue;
    const auto celsius = sysfs::read_scaled(hwmon / (sensor + "_input"), sysfs::kCelsius);
    if (!celsius) continue;
    out = celsius;
    best = *rank;
  }
  return out;
}

/// Of the hottest package.
std::optional<double> hottest_celsius(const sysfs::Path& sys) {
  std::optional<double> out;
  const sysfs::Path all = sys / "class" / "hwmon";
  for (const std::string& folder : sysfs::numbered(all, "hwmon")) {
    const auto name = sysfs::read_text(all / folder / "name");
    if (name != "coretemp" && name != "k10temp" && name != "zenpower") continue;
    const auto celsius = package_celsius(all / folder);
    if (celsius && (!out || *celsius > *out)) out = celsius;
  }
  return out;
}

/// The mean of the clocks that can be read.
std::optional<double> mean_mhz(const sysfs::Path& sys) {
  const sysfs::Path all = sys / "devices" / "system" / "cpu" / "cpufreq";
  const std::vector<std::string> policies = sysfs::numbered(all, "policy");
  const std::size_t step = (policies.size() + kMostClocks - 1) / kMostClocks;
  double sum = 0;
  int count = 0;
  for (std::size_t i = 0; i < policies.size(); i += step) {
    const auto mhz = sysfs::read_scaled(all / policies[i] / "scaling_cur_freq", kMhz);
    if (!mhz) continue;
    sum += *mhz;
    ++count;
  }
  return count == 0 ? std::nullopt : std::optional(sum / count);
}

/// The bytes of a line "MemTotal:   32768 kB".
std::optional<std::uint64_t> meminfo_bytes(std::string_view text, std::string_view key) {
  const auto value = sysfs::value_of(text, key, ':');
  if (!value) return std::nullopt;
  const std::size_t blank = std::min(value->find(' '), value->size());
  const auto kib = base::u64_from_decimal(std::string_view(*value).substr(0, blank), kMostKib);
  if (!kib || value->substr(blank) != " kB") return std::nullopt;
  return *kib << 10;
}

void read_memory(const sysfs::Path& proc, TelemetrySample& out) {
  const auto text = sysfs::read_text(proc / "meminfo");
  if (!text) return;
  const auto total = meminfo_bytes(*text, "MemTotal");
  if (!total || *total == 0) return;
  out.memory_total_bytes = total;
  const auto available = meminfo_bytes(*text, "MemAvailable");
  if (available && *available <= *total) out.memory_used_bytes = *total - *available;
}

}  // namespace

std::string Processor::name() const {
  const auto text = sysfs::read_start(roots_.proc / "cpuinfo", kMostInfoBytes);
  const auto name = text ? sysfs::value_of(*text, "model name", ':') : std::nullopt;
  return name && !name->empty() ? base::printable(*name, kLongestName) : "processor";
}

TelemetrySample Processor::sample(base::SteadyTime now) {
  TelemetrySample out;
  out.core_celsius = hottest_celsius(roots_.sys);
  out.power_watts = power_.watts(now);
  out.core_mhz = mean_mhz(roots_.sys);
  out.load_percent = load_.percent(sysfs::read_text(roots_.proc / "stat").value_or(""));
  read_memory(roots_.proc, out);
  return out;
}

}  // namespace backends::hwmon
