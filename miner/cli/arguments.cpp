#include "miner/cli/arguments.h"

#include <algorithm>
#include <array>
#include <utility>

#include "miner/cli/argument_draft.h"
#include "settings/command_line.h"

namespace miner {
namespace {

using settings::CommandLine;

constexpr std::string_view kUsage =
    "sprintminer -o URL -u account.worker [flags]   mine for a pool\n"
    "       sprintminer --solo [flags]                     mine against a pool inside the program\n"
    "       sprintminer COMMAND [flags]                    COMMAND --help says which";
constexpr std::string_view kDescription = "A GPU miner for sprints of integer compute.";
constexpr std::string_view kVersion = "sprintminer " SPRINT_VERSION;
constexpr std::string_view kFooter =
    "Of a flag given twice the last one counts; -o, -d, --backend and --opt add up.\n"
    "A switch that the file or the environment sets is set back by --switch=false.\n"
    "Exit codes: 0 clean, 1 internal, 2 bad flags or configuration, 3 no usable device,\n"
    "4 self-test failed everywhere, 5 login refused, 6 no pool reachable (--exit-on-loss),\n"
    "7 a pool's credit is wrong (--sprints), 130 interrupted twice: ended at once.";

struct NamedCommand {
  std::string_view name;
  Command command;
};
constexpr std::array<NamedCommand, 7> kCommands = {{
    {"", Command::kMine},
    {"devices", Command::kDevices},
    {"options", Command::kOptions},
    {"ticket", Command::kTicket},
    {"bench", Command::kBench},
    {"selftest", Command::kSelfTest},
    {"config", Command::kConfig},
}};

/// Flags that mean the same before a command as behind it.
constexpr std::array<std::string_view, 5> kCommonFlags = {"--backend", "--devices", "--opt",
                                                          "--module-dir", "--json"};

base::Status check_main_flags(const CommandLine::Reading& reading) {
  if (reading.command.empty() || reading.command == "config") return base::Ok{};
  for (const std::string& flag : reading.main_flags) {
    if (std::find(kCommonFlags.begin(), kCommonFlags.end(), flag) != kCommonFlags.end()) continue;
    return base::invalid(flag + " before '" + reading.command +
                         "' is a flag for mining; those of the command stand behind it");
  }
  return base::Ok{};
}

/// The settings of mining, from everywhere; those of the other commands, from their flags.
base::Status finish_settings(Draft& draft, const Environment& environment) {
  Arguments& out = draft.arguments;
  // The rest of `config` is what mends a file that is broken.
  const bool configured = out.command == Command::kMine || draft.config_action == "print";
  if (draft.file.none && !draft.file.path.empty()) {
    return base::invalid("-c and --no-config exclude each other");
  }
  if (configured) {
    ASSIGN_OR_RETURN(out.configuration, configure(draft.flags, environment, draft.file));
  } else {
    out.configuration.settings = draft.flags;
  }
  out.devices = out.configuration.settings.settings().devices;
  out.mine = out.configuration.settings.settings().mine;
  out.json = out.ticket.json = out.bench.json = out.mine.json;
  return base::Ok{};
}

base::Result<Arguments> finish(Draft draft, const CommandLine::Reading& reading,
                               const Environment& environment) {
  RETURN_IF_ERROR(check_main_flags(reading));
  Arguments& out = draft.arguments;
  for (const NamedCommand& known : kCommands) {
    if (known.name == reading.command) out.command = known.command;
  }
  if (out.command == Command::kConfig) RETURN_IF_ERROR(finish_config(draft));
  RETURN_IF_ERROR(finish_settings(draft, environment));
  if (out.command == Command::kMine) RETURN_IF_ERROR(check_mining(out.configuration.settings));
  if (out.command == Command::kTicket) RETURN_IF_ERROR(check_ticket(draft));
  return std::move(out);
}

}  // namespace

base::Result<ParsedArguments> parse_arguments(int argc, const char* const* argv,
                                              const Environment& environment) {
  Draft draft;
  CommandLine line(kUsage, kDescription, kVersion, kFooter);
  define_mine(line.main(), draft);
  define_commands(line, draft);
  ASSIGN_OR_RETURN(CommandLine::Reading reading, line.read(argc, argv));
  if (!reading.text.empty()) return ParsedArguments{std::nullopt, std::move(reading.text)};
  ASSIGN_OR_RETURN(Arguments arguments, finish(std::move(draft), reading, environment));
  return ParsedArguments{std::move(arguments), ""};
}

}  // namespace miner
