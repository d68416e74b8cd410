#pragma once

#include <optional>
#include <set>
#include <string>

#include "base/result.h"
#include "miner/cli/arguments.h"
#include "settings/command_line.h"

// The parts of parse_arguments: how flags are defined, and what is checked once all are read.
namespace miner {

/// The command line while it is read.
struct Draft {
  Arguments arguments;
  GivenSettings flags;                       ///< those of the table
  FileChoice file;                           ///< -c, --no-config
  std::set<std::string> given;               ///< of a ticket: first names of the flags it needs
  std::optional<std::string> config_action;  ///< the word behind `config`
};

/// The flag of a row of the table; `help` where the command means something of its own by it.
void define_setting(settings::FlagSet& flags, Draft& draft, const Setting& setting,
                    const std::string& help = "");

/// --backend and --module-dir.
void define_backend_flags(settings::FlagSet& flags, Draft& draft);
/// Those, -d and --opt.
void define_device_flags(settings::FlagSet& flags, Draft& draft);
/// --json, with what it does.
void define_json(settings::FlagSet& flags, Draft& draft, const std::string& help);

/// Flags of `sprintminer` without a command.
void define_mine(settings::FlagSet flags, Draft& draft);
/// Those that all of mining's settings have, with -c and --no-config.
void define_settings(settings::FlagSet& flags, Draft& draft);

/// All commands and their flags.
void define_commands(settings::CommandLine& line, Draft& draft);
/// Everything that a ticket is made of.
base::Status check_ticket(const Draft& draft);

/// `config` with its words and flags.
void define_config(settings::CommandLine& line, Draft& draft);
/// One of config's actions, and only what belongs to it.
base::Status finish_config(Draft& draft);

}  // namespace miner
