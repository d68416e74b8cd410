#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "miner/settings/given_settings.h"

namespace miner {

/// What the program finds around itself when it starts. A value, so that tests make their own.
struct Environment {
  std::map<std::string, std::string> variables;
  std::string system_folder;  ///< of the machine's configuration, "/etc"; empty: none
};

/// The real one. Main thread, before others start.
Environment process_environment();

/// The settings of the variables SPRINTMINER_...; an empty variable counts as not set. An error
/// begins with the variable's name. Those that no setting has are named in `warnings`: they may be
/// somebody else's.
base::Result<GivenSettings> read_environment(const Environment& environment,
                                             std::vector<std::string>& warnings);

}  // namespace miner
