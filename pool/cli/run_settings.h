#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "pool/cli/settings_file.h"

namespace pool {

/// What the command line of `sprintpool run` says.
struct RunFlags {
  std::vector<GivenSetting> given;
  std::string config_path;  ///< -c; empty: the first of the usual places that is there
  bool no_config = false;
};

/// The settings of a run: flags over the configuration file over the defaults, with the usual
/// places for what must survive it (their folders are made) where none is named.
base::Result<PoolSettings> run_settings(const RunFlags& flags);

/// The database that a run with these flags keeps, for commands beside it; makes nothing.
base::Result<std::string> database_of_run(const RunFlags& flags);

}  // namespace pool
