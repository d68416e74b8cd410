#include "miner/settings/file_paths.h"

#include <sys/stat.h>

#include <array>
#include <climits>
#include <cstdlib>

namespace miner {

bool is_there(const std::string& path) {
  struct stat about {};
  return stat(path.c_str(), &about) == 0;
}

std::string behind_links(const std::string& path) {
  std::array<char, PATH_MAX> real{};
  return realpath(path.c_str(), real.data()) == nullptr ? path : std::string(real.data());
}

}  // namespace miner
