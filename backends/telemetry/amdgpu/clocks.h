#pragma once

#include <optional>
#include <string_view>

#include "backends/api/telemetry.h"
#include "backends/telemetry/sysfs/files.h"

namespace backends::amdgpu {

/// Reads the clocks of core (sclk) and memory (mclk) that the hwmon folder has.
void read_clocks(const sysfs::Path& hwmon, TelemetrySample& out);

/// Fills in those that are missing from the tables of clocks beside it, for kernels before 5.1.
void fill_clocks(const sysfs::Path& device, TelemetrySample& out);

/// The clock in use, in MHz, of a table such as pp_dpm_sclk: the line with a star,
/// "7: 1340Mhz *". No value when none has one.
std::optional<double> starred_mhz(std::string_view table);

}  // namespace backends::amdgpu
