#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "logging/options.h"
#include "pool/server.h"
#include "pool/web/status_front.h"

namespace pool {

/// All that `sprintpool run` can be told, with the defaults.
struct PoolSettings {
  Config config;
  web::StatusConfig status;
  std::string config_file;  ///< where the settings were read; empty: no file
  /// "path:line:column" of the settings that count and are the file's, by key.
  std::map<std::string_view, std::string> file_places;
  std::string database;        ///< a file, or "none"; empty: the usual place
  std::string audits;          ///< a folder, or "none"; empty: the usual place
  std::string module_folder;   ///< of the backends; empty: beside the program
  std::string verify_backend;  ///< what recomputes shares, by comma; empty: the processor
  bool json = false;
  logging::Options log;

  PoolSettings();
};

/// What a value looks like in a file: true, 20, "text", ["a", "b"].
enum class ValueKind { kSwitch, kNumber, kText, kList };

/// One thing that can be set. Flag, file key, help, range and default all come from here.
struct PoolSetting {
  std::string_view key;               ///< in a file, and the long flag without its dashes
  std::string_view flags = {};        ///< by comma, where it has more names; else "--" and the key
  std::string_view placeholder = {};  ///< of the value in --help; empty for a switch
  std::string_view topic;             ///< heading of --help
  ValueKind kind = ValueKind::kText;
  std::uint64_t min = 0;            ///< kNumber
  std::uint64_t max = 0;            ///< kNumber
  std::string_view example;         ///< as JSON: the default, unless `otherwise` says what that is
  std::string_view otherwise = {};  ///< the default in words
  std::string_view meaning;
  /// Reads the value and puts it into the settings; a list grows by it. The error says what is
  /// wrong with the value, not where it stands.
  base::Status (*read)(const PoolSetting& row, const std::string& text, PoolSettings& into);
};

/// Every setting, those of a topic together, in the order of --help.
std::span<const PoolSetting> pool_settings_table();
/// The row of a key; a key that is not in the table is a bug.
const PoolSetting& pool_setting_of(std::string_view key);

/// "--listen", "-v,--verbose".
std::string flags_of(const PoolSetting& setting);
/// The meaning, with range and default where there are some.
std::string help_of(const PoolSetting& setting);

}  // namespace pool
