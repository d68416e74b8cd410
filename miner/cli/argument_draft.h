#pragma once

#include <set>
#include <string>

#include "base/result.h"
#include "miner/cli/arguments.h"
#include "miner/cli/command_line.h"

// The parts of parse_arguments: how flags are defined, and what is checked once all are read.
namespace miner {

/// The command line while it is read.
struct Draft {
  Arguments arguments;
  bool json = false;
  std::set<std::string> given;  ///< first names of the flags that a check asks about
};

/// --backend and --module-dir.
void define_backend_flags(FlagSet& flags, Draft& draft);
/// Those, -d and --opt.
void define_device_flags(FlagSet& flags, Draft& draft);
/// --json, with what it does.
void define_json(FlagSet& flags, Draft& draft, const std::string& help);

/// The flags of logging/.
void define_log(FlagSet& flags, Draft& draft);

/// Flags of `sprintminer` without a command.
void define_mine(FlagSet flags, Draft& draft);
/// Pools or solo, each with what it needs and nothing that is the other's.
base::Status check_mine(const Draft& draft);

/// All commands and their flags.
void define_commands(CommandLine& line, Draft& draft);
/// Everything that a ticket is made of.
base::Status check_ticket(const Draft& draft);

}  // namespace miner
