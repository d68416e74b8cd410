#pragma once

#include <vector>

#include "backends/api/telemetry.h"
#include "backends/telemetry/sysfs/files.h"

// Folders of the kernel's hwmon interface: Documentation/hwmon/sysfs-interface.rst.
namespace backends::sysfs {

/// What thermometers can say: thousandths of a degree Celsius.
inline constexpr Scale kCelsius = {1e3, -50, 150};

/// A thermometer's or another sensor's label, "edge"; empty where it has none.
std::string label_of(const Path& hwmon, const std::string& sensor);

/// The hwmon folders of a device.
std::vector<Path> hwmon_folders(const Path& device);

/// Reads a graphics card's temperatures (by label, or the first one), power and its limit, fan:
/// what is not there keeps the value it has in `out`.
void read_card(const Path& hwmon, TelemetrySample& out);

}  // namespace backends::sysfs
