#include <fmt/format.h>

#include "miner/cli/commands.h"
#include "miner/cli/mine_setup.h"
#include "miner/settings/config_texts.h"

namespace miner {
namespace {

/// "cpu:0, sim:0 for 2 pools".
std::string plan(const MineSetup& setup) {
  std::string text;
  for (const WorkerDevice& device : setup.chosen) {
    text += (text.empty() ? "" : ", ") + device.info.id();
  }
  if (setup.pools.empty()) return text + " for a pool inside the program";
  return text +
         fmt::format(" for {} pool{}", setup.pools.size(), setup.pools.size() == 1 ? "" : "s");
}

}  // namespace

Outcome run_dry(const Arguments& arguments, const Console& console) {
  const auto setup = set_up_mining(arguments);
  if (!setup.ok()) return outcome_of(setup.error());
  for (const std::string& warning : arguments.configuration.warnings) {
    console.progress << "warning: " << warning << '\n';
  }
  const GivenSettings& settings = arguments.configuration.settings;
  console.out << (arguments.json ? settings_as_json(settings) : settings_as_text(settings));
  return {ExitCode::kClean, "dry run, would mine on " + plan(*setup)};
}

}  // namespace miner
