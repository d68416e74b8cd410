#pragma once

#include <string_view>

#include "backends/api/telemetry.h"
#include "backends/telemetry/sysfs/files.h"

namespace backends::amdgpu {

/// The PCI vendor of the cards, as sysfs writes it.
inline constexpr std::string_view kVendor = "0x1002";

/// Reads what the card has sensors for; nothing at all while it sleeps. `device`: its PCI folder.
TelemetrySample read_sensors(const sysfs::Path& device);

}  // namespace backends::amdgpu
