#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "backends/api/options.h"
#include "backends/sim/faults.h"
#include "backends/sim/sensors.h"
#include "base/result.h"

namespace backends::sim {

/// What is the same for all simulated devices: the backend-wide options.
struct BackendSettings {
  std::uint32_t devices = 1;
  std::uint64_t memory_bytes = 0;  ///< of each device
  bool pci_addresses = true;
  SensorScript sensors;

  /// Fails, naming the option, when `missing_sensors` names a sensor that there is not.
  static base::Result<BackendSettings> from(const OptionValues& values);
};

/// How one device behaves: the options of `open`.
struct DeviceSettings {
  std::uint32_t rate = 0;  ///< nonces per second at most; 0: as fast as it goes
  std::uint32_t group = 1;
  FaultPlan fault;

  static DeviceSettings from(const OptionValues& values);
};

/// Every option of the module.
std::span<const OptionSpec> option_specs();

}  // namespace backends::sim
