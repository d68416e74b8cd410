#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "backends/api/options.h"
#include "base/result.h"

namespace checker {

/// How the program was called.
struct Arguments {
  std::string modules;                  ///< the folder of the modules
  std::string backend;                  ///< only this one; empty: all
  std::optional<std::uint32_t> device;  ///< only this index; none: all
  std::vector<backends::OptionAssignment> options;
  std::string json;    ///< where the outcome is written too; empty: nowhere
  bool quick = false;  ///< only what is bearable under a sanitizer
  bool list = false;   ///< name the devices and the paths they take, check nothing
};

/// One line for each argument.
extern const char* const kUsage;

/// Reads what follows the program's name. An error names the argument.
base::Result<Arguments> parse_arguments(std::span<const char* const> words);

}  // namespace checker
