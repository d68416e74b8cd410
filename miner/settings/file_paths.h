#pragma once

#include <string>

namespace miner {

/// Whether something is there, a broken symbolic link not.
bool is_there(const std::string& path);

/// Where the file really is; the path itself when that cannot be said.
std::string behind_links(const std::string& path);

}  // namespace miner
