#pragma once

#include "backends/telemetry/sysfs/files.h"

namespace backends::hwmon {

/// Where the kernel's file systems are mounted.
struct Roots {
  sysfs::Path sys;   ///< "/sys"
  sysfs::Path proc;  ///< "/proc"
};

}  // namespace backends::hwmon
