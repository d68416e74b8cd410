#pragma once

#include <memory>
#include <string>
#include <vector>

#include "backends/api/device.h"
#include "backends/api/loader.h"
#include "base/result.h"
#include "miner/cli/arguments.h"
#include "miner/cli/console.h"
#include "miner/cli/exit_code.h"
#include "miner/selection.h"

// What every command that uses devices does first.
namespace miner {

/// The modules in use and the devices that they have. Devices are closed before it ends.
struct DeviceSetup {
  std::vector<backends::LoadedModule> modules;
  DeviceList list;  ///< `missing` has the modules that did not load, too
  std::vector<backends::OptionAssignment> options;  ///< those of modules that loaded
};

/// Loads the modules of --module-dir, or of the folder beside the program.
backends::LoadResult load_modules(const DeviceArguments& arguments);

/// Loads, configures and probes all modules. Options of a module that does not load are dropped:
/// that costs the module only.
base::Result<DeviceSetup> set_up_devices(const DeviceArguments& arguments);

/// Opens a listed device with its options; `line` tells what takes long about it.
base::Result<std::unique_ptr<backends::Device>> open_device(
    const ListedDevice& device, const std::vector<backends::OptionAssignment>& options,
    ProgressLine& line);

/// The error with the device's id in front.
base::Error at_device(const ListedDevice& device, const base::Error& error);

/// Makes the weights of a model to their end, telling `line` how far they are.
base::Status prepare_device(backends::Device& device, const poc::ModelSpec& model,
                            ProgressLine& line);

/// Refuses a profile whose weights the reference evaluator cannot hold in the memory that is free
/// now: Linux would grant it and end the program later.
base::Status check_reference_memory(const poc::Profile& profile);

/// Refuses a profile whose weights are larger than the memory of every one of these devices.
base::Status check_device_memory(const poc::Profile& profile,
                                 const std::vector<backends::DeviceInfo>& devices);

/// The end of a command that an error ended.
Outcome outcome_of(const base::Error& error);

}  // namespace miner
