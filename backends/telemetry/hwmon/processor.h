#pragma once

#include <string>

#include "backends/api/telemetry.h"
#include "backends/telemetry/hwmon/load.h"
#include "backends/telemetry/hwmon/package_power.h"
#include "backends/telemetry/hwmon/roots.h"
#include "base/clock.h"

namespace backends::hwmon {

/// The processors of the machine, all together: the hottest package's temperature, power of the
/// packages, mean clock, load, and the machine's memory. One thread.
class Processor {
 public:
  explicit Processor(const Roots& roots) : roots_(roots), power_(roots.sys) {}

  /// The maker's name for it.
  std::string name() const;

  /// Load and power are those since the call before.
  TelemetrySample sample(base::SteadyTime now);

 private:
  const Roots roots_;
  LoadMeter load_;
  PackagePower power_;
};

}  // namespace backends::hwmon
