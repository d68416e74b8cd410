#pragma once

#include <span>
#include <string>
#include <vector>

#include "backends/api/device_info.h"
#include "backends/api/loader.h"
#include "backends/api/options.h"
#include "base/result.h"

namespace miner {

/// Which devices the user wants.
struct Selection {
  std::vector<std::string> backends;  ///< names; empty: all
  std::vector<std::string> devices;   ///< list indexes, ids like "cpu:0", PCI addresses; empty: all
};

/// A device as the program lists it: `number` is its index in `sprintminer devices`.
struct ListedDevice {
  std::uint32_t number = 0;
  backends::DeviceInfo info;
  backends::Backend* backend = nullptr;  ///< of the module that drives it
};

/// What is here, and one line for each backend that has no device to offer.
struct DeviceList {
  std::vector<ListedDevice> devices;  ///< by rank of their module, then by index
  /// Cards of `devices` as modules of lower rank see them, numbered after those. Used only when
  /// their backend or id is named.
  std::vector<ListedDevice> alternatives;
  /// Backend and reason; also devices that an option names and that are not here.
  std::vector<backends::FailedModule> missing;
};

/// Configures every module with the backend-wide part of `options` and probes it. A card that two
/// modules see (same PCI address) is listed once, by the module of the higher rank (modules come in
/// that order). A module that fails costs that module only. An option that no module has, or a
/// value that its module refuses, is an error; a device that an option names and that is not here
/// (a card may be lost over night) ends in `missing`.
base::Result<DeviceList> list_devices(std::span<backends::LoadedModule> modules,
                                      std::span<const backends::OptionAssignment> options);

/// The devices to use: those named; or by kind: every GPU, else the CPU; simulated ones only when
/// they or their backend are named. With backends and devices named, the devices are looked for
/// among those backends. Naming a device or backend that is not here is an error that says what is:
/// kInvalid for what can be the name of nothing, kUnavailable for what could have been here.
base::Result<std::vector<ListedDevice>> select_devices(const DeviceList& list,
                                                       const Selection& selection);

/// Those of `missing` that somebody who selects so wants to hear of: all; or where backends are
/// named, these, and devices.
std::vector<backends::FailedModule> missing_for(const DeviceList& list, const Selection& selection);

/// The per-device values of `options` for this device, in the user's order.
base::Result<backends::OptionValues> device_options(
    const ListedDevice& device, std::span<const backends::OptionAssignment> options);

}  // namespace miner
