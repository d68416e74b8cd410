#pragma once

#include <string>
#include <variant>

#include "base/result.h"
#include "pool/cli/command_init.h"
#include "pool/cli/commands.h"
#include "pool/cli/run_settings.h"

namespace pool {

/// What is to be shown instead of running: the text of --help or --version.
struct ShowText {
  std::string text;
};

/// One command of sprintpool with what it was told.
using Arguments = std::variant<RunFlags, InitOptions, AuditFlags, PayoutsFlags, ShowText>;

/// Reads the command line; an error is one line.
base::Result<Arguments> parse_arguments(int argc, const char* const* argv);

}  // namespace pool
