#pragma once

#include <vector>

#include "base/result.h"
#include "miner/cli/arguments.h"
#include "miner/cli/device_setup.h"
#include "miner/miner.h"

// What mining needs before it starts, for the run and for the dry run.
namespace miner {

/// The devices that are to mine, with their options, and the pools as written.
struct MineSetup {
  DeviceSetup devices;
  std::vector<WorkerDevice> chosen;  ///< at least one; by reference into `devices`
  std::vector<PoolEndpoint> pools;   ///< none with --solo
};

/// Loads, probes and chooses; opens nothing. The errors of outcome_of, with the place of the value
/// in front where it was not written in a flag.
base::Result<MineSetup> set_up_mining(const Arguments& arguments);

/// Some device is a GPU.
bool any_gpu(const std::vector<WorkerDevice>& devices);

/// The profile of a solo run: the one asked for, else micro on a CPU and base on a GPU.
poc::Profile solo_profile(const MineArguments& arguments, const std::vector<WorkerDevice>& devices);

/// The pools' addresses, read.
base::Result<std::vector<PoolEndpoint>> endpoints_of(const MineArguments& arguments);

}  // namespace miner
