#include <unistd.h>

#include "base/bytes.h"
#include "miner/cli/commands.h"
#include "miner/cli/file_writing.h"
#include "miner/settings/config_texts.h"

namespace miner {
namespace {

Outcome init(const ConfigArguments& config, const Console& console) {
  if (config.file.empty()) {
    console.out << config_template();
    return {};
  }
  const base::Status status = config.force ? replace_file(config.file, config_template())
                                           : write_new_file(config.file, config_template());
  if (status.ok()) return {};
  const bool there = !config.force && access(config.file.c_str(), F_OK) == 0;
  return {ExitCode::kBadArguments, "config init " + base::printable(config.file) + ": " +
                                       status.message() + (there ? "; --force overwrites it" : "")};
}

Outcome print(const Arguments& arguments, const Console& console) {
  const Configuration& configuration = arguments.configuration;
  for (const std::string& warning : configuration.warnings) {
    console.progress << "warning: " << warning << '\n';
  }
  console.out << (arguments.json ? settings_as_json(configuration.settings)
                                 : settings_as_text(configuration.settings));
  return {};
}

}  // namespace

Outcome run_config(const Arguments& arguments, const Console& console) {
  switch (arguments.config.action) {
    case ConfigArguments::Action::kInit:
      return init(arguments.config, console);
    case ConfigArguments::Action::kPrint:
      return print(arguments, console);
    case ConfigArguments::Action::kReference:
      break;
  }
  console.out << config_reference();
  return {};
}

}  // namespace miner
