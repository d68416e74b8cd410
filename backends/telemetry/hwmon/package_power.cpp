#include "backends/telemetry/hwmon/package_power.h"

#include <string_view>

namespace backends::hwmon {
namespace {

// "intel-rapl:0" is a package, or the machine (psys); "intel-rapl:0:0" is a part of a package.
constexpr std::string_view kZones = "intel-rapl:";
constexpr std::string_view kPackage = "package-";

std::optional<std::uint64_t> counter(const sysfs::Path& file) {
  const auto value = sysfs::read_integer(file);
  if (!value || *value < 0) return std::nullopt;
  return static_cast<std::uint64_t>(*value);
}

}  // namespace

std::optional<double> PackagePower::watts_of(const std::string& zone, base::SteadyTime now) {
  const sysfs::Path folder = sys_ / "class" / "powercap" / zone;
  const auto energy = counter(folder / "energy_uj");
  if (!energy) return std::nullopt;
  return zones_[zone].watts(now, *energy, counter(folder / "max_energy_range_uj"));
}

std::optional<double> PackagePower::watts(base::SteadyTime now) {
  bool all = true;
  std::optional<double> sum;
  const sysfs::Path zones = sys_ / "class" / "powercap";
  for (const std::string& zone : sysfs::numbered(zones, kZones)) {
    const auto name = sysfs::read_text(zones / zone / "name");
    if (!name || name->compare(0, kPackage.size(), kPackage) != 0) continue;
    const auto watts = watts_of(zone, now);  // of each, so that each has its reading
    all = all && watts;
    if (watts) sum = sum.value_or(0) + *watts;
  }
  return all ? sum : std::nullopt;
}

}  // namespace backends::hwmon
