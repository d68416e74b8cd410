#include "backends/telemetry/amdgpu/clocks.h"

#include <algorithm>

#include "backends/telemetry/sysfs/hwmon.h"
#include "base/bytes.h"

namespace backends::amdgpu {
namespace {

constexpr std::uint64_t kMostMhz = 50'000;
constexpr sysfs::Scale kMhz = {1e6, 0, kMostMhz};

std::optional<double> table_mhz(const sysfs::Path& table) {
  const auto text = sysfs::read_text(table);
  return text ? starred_mhz(*text) : std::nullopt;
}

}  // namespace

void read_clocks(const sysfs::Path& hwmon, TelemetrySample& out) {
  for (const char* sensor : {"freq1", "freq2"}) {
    const auto mhz = sysfs::read_scaled(hwmon / (std::string(sensor) + "_input"), kMhz);
    const std::string label = sysfs::label_of(hwmon, sensor);
    if (label == "sclk") out.core_mhz = mhz;
    if (label == "mclk") out.memory_mhz = mhz;
  }
}

void fill_clocks(const sysfs::Path& device, TelemetrySample& out) {
  if (!out.core_mhz) out.core_mhz = table_mhz(device / "pp_dpm_sclk");
  if (!out.memory_mhz) out.memory_mhz = table_mhz(device / "pp_dpm_mclk");
}

std::optional<double> starred_mhz(std::string_view table) {
  while (!table.empty()) {
    std::string_view line = table.substr(0, table.find('\n'));
    table.remove_prefix(std::min(table.size(), line.size() + 1));
    const std::size_t colon = line.find(": ");
    if (line.empty() || line.back() != '*' || colon == std::string_view::npos) continue;
    line.remove_prefix(colon + 2);
    const std::size_t unit = std::min(line.find_first_not_of("0123456789"), line.size());
    if (line.substr(unit) != "Mhz *") return std::nullopt;
    const auto mhz = base::u64_from_decimal(line.substr(0, unit), kMostMhz);
    return mhz ? std::optional(static_cast<double>(*mhz)) : std::nullopt;
  }
  return std::nullopt;
}

}  // namespace backends::amdgpu
