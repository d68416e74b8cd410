#pragma once

#include <map>
#include <optional>
#include <string>

#include "backends/telemetry/sysfs/energy_counter.h"
#include "backends/telemetry/sysfs/files.h"
#include "base/clock.h"

namespace backends::hwmon {

/// The power of all processor packages, of the counters of energy in /sys/class/powercap (of
/// processors by Intel and AMD alike, and for root alone on most systems). One thread.
class PackagePower {
 public:
  /// `sys`: where sysfs is mounted.
  explicit PackagePower(sysfs::Path sys) : sys_(std::move(sys)) {}

  /// The mean since the call before. None at first, and when a package cannot be read: the power of
  /// some would not be that of all.
  std::optional<double> watts(base::SteadyTime now);

 private:
  std::optional<double> watts_of(const std::string& zone, base::SteadyTime now);

  const sysfs::Path sys_;
  std::map<std::string, sysfs::EnergyCounter> zones_;
};

}  // namespace backends::hwmon
