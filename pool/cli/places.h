#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace pool {

/// The user's folders, by the XDG Base Directory Specification: $XDG_CONFIG_HOME (or ~/.config) and
/// $XDG_STATE_HOME (or ~/.local/state), each with /sprintpool behind it. Empty where there is no
/// home. Main thread, before others start.
std::string config_folder();
std::string state_folder();

/// Makes a folder, for the user alone, and those above it that are missing.
base::Status make_folder(const std::string& path);

/// A pool's public name as part of a file's name.
std::string file_name_of(std::string_view pool_name);

}  // namespace pool
