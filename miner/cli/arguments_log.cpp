#include "miner/cli/argument_draft.h"

namespace miner {

void define_log(FlagSet& flags, Draft& draft) {
  logging::Options& options = draft.arguments.mine.log;
  flags.topic("Log");
  for (const logging::Flag& flag : logging::flags()) {
    if (flag.placeholder == nullptr) {
      flags.flag(flag.names, flag.help, [&options, &flag] { (void)flag.take(options, ""); });
    } else {
      flags.value(
          flag.names, flag.placeholder, flag.help,
          [&options, &flag](const std::string& value) { return flag.take(options, value); });
    }
  }
}

}  // namespace miner
