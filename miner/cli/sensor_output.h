#pragma once

#include <optional>
#include <string>
#include <vector>

#include "backends/api/loader.h"
#include "backends/api/telemetry.h"
#include "miner/json_line.h"

// Sensors for the commands that do not mine.
namespace miner {

/// What was read once of some devices.
struct SensorsRead {
  std::vector<std::optional<backends::TelemetrySample>> samples;  ///< in the order of the labels
  std::vector<std::string> hung;  ///< modules whose sensors do not answer
};

/// Reads the sensors of the devices with these labels once, for little more than two seconds at
/// most. Where modules hang, a thread stays in each: they must stay as long as the process then.
SensorsRead read_sensors_once(std::vector<backends::LoadedModule>& modules,
                              std::vector<std::string> labels);

/// An object with every sensor by TelemetrySample's names, null where there is none; null for all
/// of it where nobody can tell.
void write_sensors(JsonLine& json, const std::optional<backends::TelemetrySample>& sample);

/// A device's cells in a table; empty where there is no such sensor.
struct SensorCells {
  std::string temperature;  ///< "64 C": of the core, else of the hot spot, else of the memory
  std::string power;        ///< "112 W"
  std::string fan;          ///< "40 %", else "1789 rpm"
};
SensorCells sensor_cells(const std::optional<backends::TelemetrySample>& sample);

}  // namespace miner
