#include "miner/cli/arguments.h"

#include <algorithm>
#include <array>
#include <utility>

#include "miner/cli/argument_draft.h"
#include "miner/cli/command_line.h"

namespace miner {
namespace {

constexpr std::string_view kUsage =
    "sprintminer -o URL -u account.worker [flags]   mine for a pool\n"
    "       sprintminer --solo [flags]                     mine against a pool inside the program\n"
    "       sprintminer COMMAND [flags]                    COMMAND --help says which";
constexpr std::string_view kDescription = "A GPU miner for sprints of integer compute.";
constexpr std::string_view kVersion = "sprintminer " SPRINT_VERSION;
constexpr std::string_view kFooter =
    "Of a flag given twice the last one counts; -o, -d, --backend and --opt add up.\n"
    "Exit codes: 0 clean, 1 internal, 2 bad flags or configuration, 3 no usable device,\n"
    "4 self-test failed everywhere, 5 login refused, 6 no pool reachable (--exit-on-loss),\n"
    "130 interrupted twice: ended at once.";

struct NamedCommand {
  std::string_view name;
  Command command;
};
constexpr std::array<NamedCommand, 6> kCommands = {{
    {"", Command::kMine},
    {"devices", Command::kDevices},
    {"options", Command::kOptions},
    {"ticket", Command::kTicket},
    {"bench", Command::kBench},
    {"selftest", Command::kSelfTest},
}};

/// Flags that mean the same before a command as behind it.
constexpr std::array<std::string_view, 5> kCommonFlags = {"--backend", "--devices", "--opt",
                                                          "--module-dir", "--json"};

base::Status check_main_flags(const CommandLine::Reading& reading) {
  if (reading.command.empty()) return base::Ok{};
  for (const std::string& flag : reading.main_flags) {
    if (std::find(kCommonFlags.begin(), kCommonFlags.end(), flag) != kCommonFlags.end()) continue;
    return base::invalid(flag + " before '" + reading.command +
                         "' is a flag for mining; those of the command stand behind it");
  }
  return base::Ok{};
}

base::Result<Arguments> finish(Draft draft, const CommandLine::Reading& reading) {
  RETURN_IF_ERROR(check_main_flags(reading));
  for (const NamedCommand& known : kCommands) {
    if (known.name == reading.command) draft.arguments.command = known.command;
  }
  if (draft.arguments.command == Command::kMine) RETURN_IF_ERROR(check_mine(draft));
  if (draft.arguments.command == Command::kTicket) RETURN_IF_ERROR(check_ticket(draft));
  draft.arguments.json = draft.json;
  draft.arguments.mine.json = draft.json;
  draft.arguments.ticket.json = draft.json;
  draft.arguments.bench.json = draft.json;
  return std::move(draft.arguments);
}

}  // namespace

base::Result<ParsedArguments> parse_arguments(int argc, const char* const* argv) {
  Draft draft;
  CommandLine line(kUsage, kDescription, kVersion, kFooter);
  define_mine(line.main(), draft);
  define_commands(line, draft);
  ASSIGN_OR_RETURN(CommandLine::Reading reading, line.read(argc, argv));
  if (!reading.text.empty()) return ParsedArguments{std::nullopt, std::move(reading.text)};
  ASSIGN_OR_RETURN(Arguments arguments, finish(std::move(draft), reading));
  return ParsedArguments{std::move(arguments), ""};
}

}  // namespace miner
