#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "miner/settings/config_file.h"
#include "miner/settings/environment.h"
#include "miner/settings/given_settings.h"
#include "settings/config_text.h"

namespace miner {

/// Which configuration file is read.
struct FileChoice {
  std::string path;   ///< empty: the first of the usual places that is there
  bool none = false;  ///< none at all
};

/// The settings of a run with what they were made from: what was set on the screen over flags over
/// environment over file over defaults, each setting by itself.
struct Configuration {
  GivenSettings screen;
  GivenSettings flags;
  GivenSettings environment;
  GivenSettings file;
  std::string path;  ///< of the file; empty: none was read
  std::string text;  ///< of the file
  std::string home;  ///< the first of the usual places, if there is one, with a file or without
  std::string spool_home;  ///< the usual folder of the spool; empty: there is no home
  GivenSettings settings;
  std::vector<std::string> warnings;  ///< one line each, for the log
};

/// $XDG_CONFIG_HOME/sprintminer/config.json (or ~/.config/...), else the one of the system's
/// folder; nothing when neither is there.
std::optional<std::string> usual_config(const Environment& environment);

/// Reads environment and file. What is wrong in either is an error even where a flag says
/// otherwise.
base::Result<Configuration> configure(const GivenSettings& flags, const Environment& environment,
                                      const FileChoice& choice);

/// What counts of a configuration's sources.
GivenSettings merged(const Configuration& configuration);

/// The same run with another content of its file.
base::Result<Configuration> configure_again(const Configuration& before,
                                            const settings::ConfigText& file);

/// What mining asks of its settings: pools or solo, each with what it needs and nothing that is the
/// other's. An error names where each of two contradicting values stands.
base::Status check_mining(const GivenSettings& settings);

}  // namespace miner
