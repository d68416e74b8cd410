#include "pool/cli/places.h"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <filesystem>

#include "base/bytes.h"

namespace pool {
namespace {

std::string user_folder(const char* variable, const char* below_home) {
  // A relative one does not count.
  const char* const xdg = std::getenv(variable);
  if (xdg != nullptr && xdg[0] == '/') return std::string(xdg) + "/sprintpool";
  const char* const home = std::getenv("HOME");
  if (home == nullptr || home[0] == '\0') return "";
  return std::string(home) + below_home + "/sprintpool";
}

}  // namespace

std::string config_folder() {
  return user_folder("XDG_CONFIG_HOME", "/.config");
}

std::string state_folder() {
  return user_folder("XDG_STATE_HOME", "/.local/state");
}

base::Status make_folder(const std::string& path) {
  std::error_code error;
  const bool made = std::filesystem::create_directories(path, error);
  if (error) {
    return base::invalid("cannot make the folder " + base::printable(path) + ": " +
                         error.message());
  }
  if (made) {
    std::filesystem::permissions(path, std::filesystem::perms::owner_all, error);
  }
  return base::Ok{};
}

std::string file_name_of(std::string_view pool_name) {
  std::string name(pool_name);  // any printable character
  std::replace_if(
      name.begin(), name.end(),
      [](unsigned char c) { return std::isalnum(c) == 0 && c != '-' && c != '_' && c != '.'; },
      '_');
  return name;
}

}  // namespace pool
