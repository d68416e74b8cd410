#pragma once

#include <cstddef>
#include <string>

#include "base/result.h"

namespace settings {

constexpr std::size_t kMaxConfigBytes = 1 << 20;

/// What is in a configuration file, not yet read.
struct ConfigText {
  std::string text;
  bool open_to_others = false;  ///< every user of the machine may read it
};

/// Loads a configuration file. Refused, with its name in the error: what cannot be read, a folder,
/// what is no plain file (it would be waited for), and more than 1 MiB.
base::Result<ConfigText> load_config(const std::string& path);

}  // namespace settings
