#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "miner/control.h"
#include "miner/settings/given_settings.h"

// What is written about the settings, all of it from the table.
namespace miner {

/// Every setting with its value and where it is from, as aligned lines or as one line of JSON:
/// {"settings":[{"key","value","source","place"},...]}. Passwords are shown as ***, a proxy without
/// its user; in JSON a default that is only words is null, and so is the place of a default.
std::string settings_as_text(const GivenSettings& settings);
std::string settings_as_json(const GivenSettings& settings);

/// Every setting in the order of the table, the pools as one and without their passwords.
std::vector<SettingRow> setting_rows(const GivenSettings& settings);

/// What a run chooses beside its settings.
struct RunChoice {
  std::vector<PoolArgument> pools;   ///< those of the settings, in the order they are used in
  std::vector<std::string> devices;  ///< empty: as the settings say
};

/// A configuration file that says the same: everything that is not at its default, or stands in the
/// file that there was. An error when a value cannot be in a file.
base::Result<std::string> config_of(const GivenSettings& settings, const GivenSettings& in_file,
                                    const RunChoice& choice);

/// Whether `config_of` wrote the text, going by its first line.
bool is_of_config_of(std::string_view text);

/// A configuration file with every key, what it means, its range and its default, all commented
/// out: it reads back as one that sets nothing.
std::string config_template();

/// The page docs/CONFIGURATION.md.
std::string config_reference();

}  // namespace miner
