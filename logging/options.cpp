#include "logging/options.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <string_view>
#include <utility>

#include "base/bytes.h"
#include "base/check.h"

namespace logging {
namespace {

using base::LogLevel;

constexpr std::array<std::pair<std::string_view, LogLevel>, 4> kLevels = {
    {{"error", LogLevel::kError},
     {"warn", LogLevel::kWarn},
     {"info", LogLevel::kInfo},
     {"debug", LogLevel::kDebug}}};

std::string in_quotes(std::string_view text) {
  std::string out = "'";
  out += base::printable(text, 64);
  return out += '\'';
}

base::Status take_level(Options& options, const std::string& value) {
  for (const auto& [name, level] : kLevels) {
    if (name != value) continue;
    options.level = level;
    return base::Ok{};
  }
  return base::invalid(in_quotes(value) + " is none of error, warn, info, debug");
}

base::Status take_verbose(Options& options, const std::string&) {
  options.level = LogLevel::kDebug;
  return base::Ok{};
}

base::Status take_format(Options& options, const std::string& value) {
  if (value != "text" && value != "json") {
    return base::invalid(in_quotes(value) + " is neither text nor json");
  }
  options.format = value == "json" ? Format::kJson : Format::kText;
  return base::Ok{};
}

base::Status take_file(Options& options, const std::string& value) {
  if (value.empty()) return base::invalid("needs the name of a file");
  options.file = value;
  return base::Ok{};
}

base::Result<std::uint64_t> number(const std::string& value, std::uint64_t min, std::uint64_t max) {
  const auto read = base::u64_from_decimal(value, max);
  if (read && *read >= min) return *read;
  return base::invalid(in_quotes(value) + " is not a whole number in " + std::to_string(min) +
                       ".." + std::to_string(max));
}

base::Status take_megabytes(Options& options, const std::string& value) {
  ASSIGN_OR_RETURN(options.file_megabytes, number(value, 0, kMaxFileMegabytes));
  return base::Ok{};
}

base::Status take_files(Options& options, const std::string& value) {
  ASSIGN_OR_RETURN(const std::uint64_t files, number(value, 1, kMaxFiles));
  options.files = static_cast<std::uint32_t>(files);
  return base::Ok{};
}

base::Status take_no_color(Options& options, const std::string&) {
  options.no_color = true;
  return base::Ok{};
}

constexpr Flag kFlags[] = {
    {"--log-level", "LEVEL", "error, warn, info or debug (info)", take_level},
    {"-v,--verbose", nullptr, "as --log-level debug", take_verbose},
    {"--log-format", "FORMAT", "text, or json: one object a line (text)", take_format},
    {"-l,--log-file", "FILE", "log into this file, too; its folder must exist", take_file},
    {"--log-file-size", "MB", "begin a new one when it is so long, 0: never (5)", take_megabytes},
    {"--log-files", "N", "keep so many: FILE, FILE.1, .. (5)", take_files},
    {"--no-color", nullptr, "no colours on a terminal either", take_no_color},
};

}  // namespace

std::span<const Flag> flags() {
  return kFlags;
}

const Flag& flag_of(std::string_view names) {
  const auto* found = std::find_if(std::begin(kFlags), std::end(kFlags), [&](const Flag& flag) {
    return std::string_view(flag.names) == names;
  });
  CHECK(found != std::end(kFlags));
  return *found;
}

base::Status check(const Options& options) {
  if (!options.file.empty()) return base::Ok{};
  const char* alone = options.file_megabytes ? "--log-file-size"
                      : options.files        ? "--log-files"
                                             : nullptr;
  if (alone == nullptr) return base::Ok{};
  return base::invalid(std::string(alone) + " goes with --log-file only: there is no file to keep");
}

}  // namespace logging
