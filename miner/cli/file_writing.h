#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>

#include "base/result.h"

// Files that are written whole or not at all; new ones are readable by their owner only: a password
// may be in them. They are on the disk when a function returns. Errors say what went wrong, not
// with which file.
namespace miner {

/// Writes a file that is not there yet.
base::Status write_new_file(const std::string& path, std::string_view text);

/// Puts a new file in the place of the one that may be there, in one step. It is for whom the file
/// `like` is, if there is one: of the same owner and group, if we may give files away, and of the
/// mode of `kept_mode`.
base::Status replace_file(const std::string& path, std::string_view text, const std::string& like);

/// The same, for whom the file in that place is.
inline base::Status replace_file(const std::string& path, std::string_view text) {
  return replace_file(path, text, path);
}

/// The permissions of a file that takes the place of one with `mode`: the same, less what somebody
/// could do who could not before, where owner or group are others.
mode_t kept_mode(mode_t mode, bool same_owner, bool same_group);

/// Makes the folder that a file is to lie in, and those above it.
base::Status make_folder_of(const std::string& path);

}  // namespace miner
