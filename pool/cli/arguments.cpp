#include "pool/cli/arguments.h"

#include <utility>

#include "settings/command_line.h"
#include "settings/read_values.h"

namespace pool {
namespace {

using settings::CommandLine;
using settings::FlagSet;

constexpr std::string_view kUsage =
    "sprintpool [run] [flags]     a pool\n"
    "       sprintpool init [DIR] [flags]  a configuration and a certificate for trials\n"
    "       sprintpool audit FILE [flags]  counts a sprint again\n"
    "       sprintpool payouts [flags]     what is due to whom\n"
    "       sprintpool COMMAND --help      says what a command takes";
constexpr std::string_view kDescription = "A pool that verifies every share.";
constexpr std::string_view kVersion = "sprintpool " SPRINT_VERSION;
constexpr std::string_view kFooter =
    "Of a flag given twice the last one counts; --http-name adds up.\n"
    "Exit codes: 0 clean, 1 failed, 2 bad flags or configuration,\n"
    "130 interrupted twice: ended at once.";

/// The command line while it is read.
struct Draft {
  RunFlags run;
  InitOptions init;
  AuditFlags audit;
  PayoutsFlags payouts;
};

FlagSet::Take into_text(std::string& to) {
  return [&to](const std::string& value) -> base::Status {
    if (value.empty()) return base::invalid("it is empty");
    to = value;
    return base::Ok{};
  };
}

FlagSet::Take into_number(std::uint64_t max, std::uint64_t& to) {
  return [max, &to](const std::string& value) -> base::Status {
    ASSIGN_OR_RETURN(to, settings::read_number(value, 0, max));
    return base::Ok{};
  };
}

void define_setting(FlagSet& flags, const PoolSetting& setting, RunFlags& run) {
  const std::string names = flags_of(setting);
  const auto take = [&run, &setting, name = names.substr(0, names.find(','))](
                        const std::string& value) -> base::Status {
    run.given.push_back({&setting, value, name});
    return base::Ok{};
  };
  if (setting.kind == ValueKind::kSwitch) {
    flags.toggle(names, help_of(setting),
                 [take](const std::string& value) { return take(value.empty() ? "true" : value); });
  } else {
    flags.value(names, std::string(setting.placeholder), help_of(setting), take);
  }
}

void define_config(FlagSet& flags, RunFlags& run) {
  flags.value("-c,--config", "FILE", "configuration file (one of the usual places, if it is there)",
              into_text(run.config_path));
  flags.flag("--no-config", "read no configuration file", [&run] { run.no_config = true; });
}

void define_run(FlagSet flags, RunFlags& run) {
  for (const PoolSetting& setting : pool_settings_table()) {
    flags.topic(setting.topic);
    define_setting(flags, setting, run);
  }
  flags.topic("Configuration");
  define_config(flags, run);
}

void define_audit(FlagSet flags, AuditFlags& audit) {
  flags.word("FILE", "a sprint's audit, as --audit-dir has them", into_text(audit.options.file));
  flags.value("--check", "K", "recompute so many shares that were credited, and wrong ones (16)",
              into_number(1'000'000, audit.options.check));
  flags.flag("--json", "one JSON document", [&audit] { audit.options.json = true; });
  flags.value("--verify-backend", "NAME",
              "what recomputes: a backend, a device of it, or reference (the processor)",
              into_text(audit.verify_backend));
  flags.value("--module-dir", "DIR", "where the backends are (beside the program)",
              into_text(audit.module_folder));
}

void define_payouts(FlagSet flags, PayoutsFlags& payouts) {
  flags.value("--minimum", "UNITS", "no payout to whom less is due (1)",
              into_number(stratum::kMaxInteger, payouts.options.minimum));
  flags.value("--confirm", "ID", "this payout was paid",
              [&payouts](const std::string& value) -> base::Status {
                std::uint64_t id = 0;
                RETURN_IF_ERROR(into_number(stratum::kMaxInteger, id)(value));
                payouts.options.confirm = id;
                return base::Ok{};
              });
  flags.flag("--balances", "show what everybody has, and export nothing",
             [&payouts] { payouts.options.balances = true; });
  flags.flag("--json", "one JSON document", [&payouts] { payouts.json = true; });
  flags.flag("--csv", "lines for a spreadsheet", [&payouts] { payouts.csv = true; });
  flags.topic("Which pool");
  define_setting(flags, pool_setting_of("name"), payouts.run);
  define_setting(flags, pool_setting_of("database"), payouts.run);
  define_config(flags, payouts.run);
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
  define_audit(
      line.command("audit", "sprintpool audit FILE [flags]",
                   "Counts a sprint again: sums, proofs, and shares chosen at random.",
                   "Exit codes: 0 all is as it says, 1 a check failed, 2 that is not known."),
      draft.audit);
  define_payouts(
      line.command("payouts", "sprintpool payouts [flags]",
                   "Exports what is due, the same until it is confirmed.",
                   "Exit codes: 0 done, 1 failed, 2 bad flags or no such file or payout."),
      draft.payouts);
  ASSIGN_OR_RETURN(CommandLine::Reading reading, line.read(argc, argv));
  if (!reading.text.empty()) return Arguments(ShowText{std::move(reading.text)});
  const bool runs = reading.command.empty() || reading.command == "run";
  if (runs) return Arguments(std::move(draft.run));
  if (!reading.main_flags.empty()) {
    return base::invalid(reading.main_flags.front() + " before '" + reading.command +
                         "' is a flag of the pool; those of the command stand behind it");
  }
  if (reading.command == "init") return Arguments(std::move(draft.init));
  if (reading.command == "payouts") return Arguments(std::move(draft.payouts));
  if (draft.audit.options.file.empty()) return base::invalid("audit: name the file");
  return Arguments(std::move(draft.audit));
}

}  // namespace pool
