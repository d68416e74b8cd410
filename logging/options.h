#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/log.h"
#include "base/result.h"

namespace logging {

enum class Format {
  kText,  ///< one line for a person: time, level, part, message, key=value
  kJson,  ///< one JSON object a line
};

constexpr std::uint64_t kDefaultFileMegabytes = 5;
constexpr std::uint32_t kDefaultFiles = 5;
constexpr std::uint64_t kMaxFileMegabytes = 100'000;
constexpr std::uint32_t kMaxFiles = 1000;

/// What is logged, how and where to.
struct Options {
  base::LogLevel level = base::LogLevel::kInfo;  ///< this one and those above it
  Format format = Format::kText;
  bool no_color = false;  ///< not even on a terminal
  std::string file;       ///< empty: none
  std::optional<std::uint64_t>
      file_megabytes;                  ///< of 10^6 bytes, 0: however long; else the default
  std::optional<std::uint32_t> files;  ///< the one written to among them; else the default
};

/// A flag of both programs.
struct Flag {
  const char* names;        ///< by comma, the one that errors use first
  const char* placeholder;  ///< of its value; null: it has none
  const char* help;
  /// Sets what the flag says, or tells in a few words what is wrong with the value.
  base::Status (*take)(Options& options, const std::string& value);
};

/// All of them, in the order of --help.
std::span<const Flag> flags();
/// The one of these names, all of them; they exist.
const Flag& flag_of(std::string_view names);

/// What no flag can see alone. The error names the flag.
base::Status check(const Options& options);

}  // namespace logging
