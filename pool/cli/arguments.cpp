#include "pool/cli/arguments.h"

#include <utility>

#include "settings/command_line.h"

namespace pool {
namespace {

using settings::CommandLine;
using settings::FlagSet;

constexpr std::string_view kUsage =
    "sprintpool [run] [flags]     a pool\n"
    "       sprintpool init [DIR] [flags]  a configuration and a certificate for trials\n"
    "       sprintpool COMMAND --help      says what a command takes";
constexpr std::string_view kDescription = "A pool that verifies every share.";
constexpr std::string_view kVersion = "sprintpool " SPRINT_VERSION;
constexpr std::string_view kFooter =
    "Of a flag given twice the last one counts; --http-name adds up.\n"
    "Exit codes: 0 clean, 1 internal, 2 bad flags or configuration,\n"
    "130 interrupted twice: ended at once.";

/// The command line while it is read.
struct Draft {
  RunFlags run;
  InitOptions init;
};

FlagSet::Take into_text(std::string& to) {
  return [&to](const std::string& value) -> base::Status {
    if (value.empty()) return base::invalid("it is empty");
    to = value;
    return base::Ok{};
  };
}

void define_run(FlagSet flags, RunFlags& run) {
  for (const PoolSetting& setting : pool_settings_table()) {
    const std::string names = flags_of(setting);
    const auto take = [&run, &setting, name = names.substr(0, names.find(','))](
                          const std::string& value) -> base::Status {
      run.given.push_back({&setting, value, name});
      return base::Ok{};
    };
    flags.topic(setting.topic);
    if (setting.kind == ValueKind::kSwitch) {
      flags.toggle(names, help_of(setting), [take](const std::string& value) {
        return take(value.empty() ? "true" : value);
      });
    } else {
      flags.value(names, std::string(setting.placeholder), help_of(setting), take);
    }
  }
  flags.topic("Configuration");
  flags.value("-c,--config", "FILE", "configuration file (one of the usual places, if it is there)",
              into_text(run.config_path));
  flags.flag("--no-config", "read no configuration file", [&run] { run.no_config = true; });
}

void define_init(FlagSet flags, InitOptions& init) {
  flags.word("DIR", "where to write (~/.config/sprintpool)", into_text(init.folder));
  flags.value("--name", "NAME", "the pool's public name (sprintpool)", into_text(init.name));
  flags.value("--host", "HOST", "a name or address of this pool, for the certificate; may be again",
              [&init](const std::string& value) -> base::Status {
                init.hosts.push_back(value);
                return base::Ok{};
              });
}

}  // namespace

base::Result<Arguments> parse_arguments(int argc, const char* const* argv) {
  Draft draft;
  CommandLine line(kUsage, kDescription, kVersion, kFooter);
  define_run(line.main(), draft.run);
  define_run(line.command("run", "sprintpool run [flags]", "The pool itself.", kFooter), draft.run);
  define_init(line.command("init", "sprintpool init [DIR] [flags]",
                           "Writes a commented configuration and a self-signed certificate."),
              draft.init);
  ASSIGN_OR_RETURN(CommandLine::Reading reading, line.read(argc, argv));
  if (!reading.text.empty()) return Arguments(ShowText{std::move(reading.text)});
  const bool runs = reading.command.empty() || reading.command == "run";
  if (runs) return Arguments(std::move(draft.run));
  if (!reading.main_flags.empty()) {
    return base::invalid(reading.main_flags.front() + " before '" + reading.command +
                         "' is a flag of the pool; those of the command stand behind it");
  }
  return Arguments(std::move(draft.init));
}

}  // namespace pool
