#include <array>

#include "base/bytes.h"
#include "base/nearest.h"
#include "miner/cli/argument_draft.h"

namespace miner {

using settings::CommandLine;
using settings::FlagSet;

namespace {

using Action = ConfigArguments::Action;

struct NamedAction {
  std::string_view name;
  Action action;
};
constexpr std::array<NamedAction, 3> kActions = {{
    {"init", Action::kInit},
    {"print", Action::kPrint},
    {"reference", Action::kReference},
}};

base::Error unknown_action(const std::string& word) {
  std::vector<std::string> names;
  names.reserve(kActions.size());
  for (const NamedAction& known : kActions) names.emplace_back(known.name);
  const auto meant = base::nearest(word, names);
  return base::invalid("config '" + base::printable(word, 64) + "' is not known; " +
                       (meant ? "did you mean " + *meant + "?" : "see sprintminer config --help"));
}

base::Result<Action> action_of(const Draft& draft) {
  if (!draft.config_action) {
    return base::invalid("config needs init, print or reference; see sprintminer config --help");
  }
  for (const NamedAction& known : kActions) {
    if (known.name == *draft.config_action) return known.action;
  }
  return unknown_action(*draft.config_action);
}

}  // namespace

void define_config(CommandLine& line, Draft& draft) {
  FlagSet flags = line.command(
      "config",
      "sprintminer config init [FILE]            write a file with every key commented out\n"
      "       sprintminer config print [flags]          show what counts and where it is from\n"
      "       sprintminer config reference              show docs/CONFIGURATION.md",
      "Write and show the configuration.",
      "Without FILE, or with -, init writes to stdout. print takes the flags of mining.");
  flags.word("ACTION", "init, print or reference",
             [&draft](const std::string& value) -> base::Status {
               draft.config_action = value;
               return base::Ok{};
             });
  flags.word("FILE", "what init writes", [&draft](const std::string& value) -> base::Status {
    draft.arguments.config.file = value;
    return base::Ok{};
  });
  flags.topic("Writing");
  flags.flag("--force", "with init: overwrite a file that is there",
             [&draft] { draft.arguments.config.force = true; });
  define_settings(flags, draft);
}

base::Status finish_config(Draft& draft) {
  ConfigArguments& config = draft.arguments.config;
  ASSIGN_OR_RETURN(config.action, action_of(draft));
  if (config.action != Action::kInit && !config.file.empty()) {
    return base::invalid("config " + *draft.config_action + " takes no file '" +
                         base::printable(config.file, 64) + "'; -c FILE reads one");
  }
  if (config.action != Action::kInit && config.force) {
    return base::invalid("--force goes with config init only");
  }
  if (config.file == "-") config.file.clear();
  return base::Ok{};
}

}  // namespace miner
