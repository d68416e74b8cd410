#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"
#include "miner/settings/given_settings.h"

namespace miner {

constexpr std::size_t kMaxConfigBytes = 1 << 20;

/// What is in a configuration file, not yet read.
struct ConfigText {
  std::string text;
  bool open_to_others = false;  ///< every user of the machine may read it
};

/// Loads a configuration file. Refused, with its name in the error: what cannot be read, a folder,
/// what is no plain file (it would be waited for), and more than 1 MiB.
base::Result<ConfigText> load_config(const std::string& path);

/// The settings of a configuration file's text: an object whose keys are those of the table, and
/// "pools". Every error begins with "path:line:column: "; an unknown key names the nearest.
base::Result<GivenSettings> parse_config(const std::string& path, std::string_view text);

}  // namespace miner
