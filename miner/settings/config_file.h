#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "miner/settings/given_settings.h"

namespace miner {

/// The settings of a configuration file's text: an object whose keys are those of the table, and
/// "pools". Every error begins with "path:line:column: "; an unknown key names the nearest.
base::Result<GivenSettings> parse_config(const std::string& path, std::string_view text);

}  // namespace miner
