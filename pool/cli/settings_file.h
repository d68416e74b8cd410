#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "pool/cli/pool_settings.h"

namespace pool {

/// A value as it was written.
struct GivenSetting {
  const PoolSetting* setting = nullptr;
  std::string text;
  std::string place;      ///< what an error begins with: "--listen", "config.json:3:14: listen"
  std::string file = {};  ///< "config.json:3:14"; empty: it is a flag's
};

/// The settings of a configuration file's text: an object whose keys are those of the table. Every
/// error begins with "path:line:column: "; an unknown key names the nearest.
base::Result<std::vector<GivenSetting>> parse_pool_config(const std::string& path,
                                                          std::string_view text);

/// The defaults with all of `low`, then all of `high`: what `high` says of a key replaces what
/// `low` does. Both must be right.
base::Result<PoolSettings> settings_of(const std::vector<GivenSetting>& high,
                                       const std::vector<GivenSetting>& low);

/// A configuration file with every key, what it means, its range and its default, commented out but
/// for those in `set`, whose values are JSON.
std::string pool_config_text(const std::map<std::string_view, std::string>& set);

}  // namespace pool
