#include "miner/cli/argument_draft.h"

namespace miner {

using settings::FlagSet;

namespace {

void define_file(FlagSet& flags, Draft& draft) {
  flags.value("-c,--config", "FILE", "configuration file (one of the usual places, if it is there)",
              [&draft](const std::string& value) -> base::Status {
                if (value.empty()) return base::invalid("the file's name is empty");
                draft.file.path = value;
                return base::Ok{};
              });
  flags.flag("--no-config", "read no configuration file", [&draft] { draft.file.none = true; });
}

}  // namespace

void define_setting(FlagSet& flags, Draft& draft, const Setting& setting, const std::string& help) {
  const std::string text = help.empty() ? help_text(setting) : help;
  const auto take = [&draft, &setting](const std::string& value) {
    return draft.flags.add({&setting, value, Source::kFlag, first_flag(setting)});
  };
  if (setting.kind == ValueKind::kSwitch) {
    flags.toggle(std::string(setting.flags), text, take);
  } else {
    flags.value(std::string(setting.flags), std::string(setting.placeholder), text, take);
  }
}

void define_settings(FlagSet& flags, Draft& draft) {
  for (const Setting& setting : settings_table()) {
    flags.topic(setting.topic);
    define_setting(flags, draft, setting);
  }
  flags.topic("Configuration");
  define_file(flags, draft);
}

void define_mine(FlagSet flags, Draft& draft) {
  define_settings(flags, draft);
  flags.flag("--dry-run", "check everything and show it, mine nothing",
             [&draft] { draft.arguments.dry_run = true; });
}

}  // namespace miner
