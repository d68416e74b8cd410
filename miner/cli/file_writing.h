#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

// Files that are written whole or not at all, readable by their owner only: a password may be in
// them. They are on the disk when a function returns. Errors say what went wrong, not with which
// file.
namespace miner {

/// Writes a file that is not there yet.
base::Status write_new_file(const std::string& path, std::string_view text);

/// Puts a new file in the place of the one that may be there, in one step.
base::Status replace_file(const std::string& path, std::string_view text);

/// Makes the folder that a file is to lie in, and those above it.
base::Status make_folder_of(const std::string& path);

}  // namespace miner
