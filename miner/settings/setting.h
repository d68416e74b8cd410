#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "miner/settings/mining_settings.h"

namespace miner {

struct GivenValue;

/// What a value looks like, in a file above all: true, 20, "text", ["a", "b"], {"key": value}.
enum class ValueKind { kSwitch, kNumber, kText, kList, kOptions };

/// One thing that can be set. Flag, file key, environment variable, help, range and default all
/// come from here; the one `read` reads the value wherever it was written.
struct Setting {
  std::string_view key;               ///< in a file, and the long flag without its dashes
  std::string_view flags;             ///< names by comma, first the one that errors use: "-o,--url"
  std::string_view placeholder = {};  ///< of the value in --help; empty for a switch
  std::string_view topic;             ///< heading of --help
  ValueKind kind = ValueKind::kText;
  std::uint64_t min = 0;       ///< kNumber
  std::uint64_t max = 0;       ///< kNumber
  std::string_view form = {};  ///< what is allowed, for a person, where it is no number
  /// A value as JSON, in the range: the default, unless `otherwise` says what happens without one.
  std::string_view example;
  std::string_view otherwise = {};  ///< the default in words; empty: `example` is the default
  std::string_view meaning;
  bool live = false;       ///< a change of the file applies to the running miner
  bool of_pool = false;    ///< one of a pool's three; pools are replaced all together
  bool solo_only = false;  ///< means nothing with pools
  /// Reads the value and puts it into the settings; a list grows by it.
  base::Status (*read)(const GivenValue& value, MiningSettings& into) = nullptr;

  bool adds_up() const {
    return of_pool || kind == ValueKind::kList || kind == ValueKind::kOptions;
  }
};

/// Key of a file under which the pools stand.
constexpr std::string_view kPoolsKey = "pools";

/// What is replaced as a whole by a source of higher rank: the pools, or the setting alone.
std::string_view group_of(const Setting& setting);

/// The flag's name in errors: "-o" of "-o,--url,--pool".
std::string first_flag(const Setting& setting);
/// "sprint-seconds", "pools[].url".
std::string file_key(const Setting& setting);
/// "SPRINTMINER_SPRINT_SECONDS".
std::string environment_name(const Setting& setting);
/// "2..600", "true|false".
std::string range_text(const Setting& setting);
/// "20", "false", "every GPU, else the CPU".
std::string default_text(const Setting& setting);
/// What --help says: the meaning, with range and default where a value is a number or a word.
std::string help_text(const Setting& setting);

/// The table: every setting, those of a topic together, in the order of --help.
std::span<const Setting> settings_table();
/// The row of a key; a key that is not in the table is a bug.
const Setting& setting_of(std::string_view key);

}  // namespace miner
