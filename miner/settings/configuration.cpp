#include "miner/settings/configuration.h"

#include <algorithm>
#include <utility>

#include "base/bytes.h"
#include "miner/settings/file_paths.h"

namespace miner {
namespace {

constexpr const char* kName = "/sprintminer/config.json";  // in the folder of configurations
constexpr const char* kSpool = "/sprintminer/spool";       // in the folder of states
constexpr const char* kWhatToMine =
    "nothing to mine: give a pool, -o stratum+ssl://HOST:PORT -u account.worker, or --solo for a "
    "pool inside the program";

std::string variable(const Environment& environment, const std::string& name) {
  const auto found = environment.variables.find(name);
  return found == environment.variables.end() ? "" : found->second;
}

/// The user's own place for a file; empty when there is no home.
std::string config_home(const Environment& environment) {
  // A relative one does not count (XDG Base Directory Specification).
  const std::string xdg = variable(environment, "XDG_CONFIG_HOME");
  if (xdg.starts_with('/')) return xdg + kName;
  const std::string home = variable(environment, "HOME");
  return home.empty() ? "" : home + "/.config" + kName;
}

/// Where found shares are kept; empty when there is no home.
std::string spool_home(const Environment& environment) {
  const std::string xdg = variable(environment, "XDG_STATE_HOME");
  if (xdg.starts_with('/')) return xdg + kSpool;
  const std::string home = variable(environment, "HOME");
  return home.empty() ? "" : home + "/.local/state" + kSpool;
}

bool has_password(const GivenSettings& settings) {
  const MineArguments& mine = settings.settings().mine;
  const auto& proxy = mine.transport.proxy;
  return (proxy && !proxy->password.empty()) ||
         std::any_of(mine.pools.begin(), mine.pools.end(),
                     [](const PoolArgument& pool) { return !pool.password.empty(); });
}

/// How to leave the file out, where a contradiction has to do with it.
std::string way_out(const GivenValue& a, const GivenValue& b) {
  const bool one_of_file = (a.source == Source::kFile) != (b.source == Source::kFile);
  return one_of_file ? "; --no-config leaves the file out" : "";
}

base::Status check_solo(const GivenSettings& settings) {
  if (!settings.has(kPoolsKey)) return base::Ok{};
  const GivenValue& pool = settings.of(kPoolsKey).front();
  const GivenValue& solo = settings.of("solo").front();
  return base::invalid(name_of(pool) + " and " + name_of(solo) +
                       " exclude each other: --solo mines against a pool inside the program" +
                       way_out(pool, solo));
}

base::Status check_solo_only(const GivenSettings& settings) {
  const GivenValue& pool = settings.of(kPoolsKey).front();
  for (const Setting& setting : settings_table()) {
    if (!setting.solo_only || !settings.has(setting.key)) continue;
    const GivenValue& value = settings.of(setting.key).front();
    return base::invalid(name_of(value) + " goes with --solo only: with " + name_of(pool) +
                         " the pool decides" + way_out(value, pool));
  }
  return base::Ok{};
}

base::Error without_user(const GivenValue& url) {
  const std::string text = "pool " + base::printable(url.text) + " has no user: ";
  switch (url.source) {
    case Source::kFile:
      return base::invalid(url.place + ": " + text +
                           "write \"user\": \"account.worker\" beside its url");
    case Source::kEnvironment:
      return base::invalid(text + "set SPRINTMINER_USER to account.worker");
    default:
      return base::invalid(text + "write -o URL -u account.worker, -u behind its -o");
  }
}

base::Status check_pools(const GivenSettings& settings) {
  RETURN_IF_ERROR(check_solo_only(settings));
  auto pool = settings.settings().mine.pools.begin();
  for (const GivenValue& value : settings.of(kPoolsKey)) {
    if (value.setting->key != "url") continue;
    if ((pool++)->user.empty()) return without_user(value);
  }
  return base::Ok{};
}

}  // namespace

std::optional<std::string> usual_config(const Environment& environment) {
  const std::string own = config_home(environment);
  if (!own.empty() && is_there(own)) return own;
  const std::string system = environment.system_folder + kName;
  if (!environment.system_folder.empty() && is_there(system)) return system;
  return std::nullopt;
}

base::Result<Configuration> configure(const GivenSettings& flags, const Environment& environment,
                                      const FileChoice& choice) {
  Configuration out;
  out.flags = flags;
  out.home = config_home(environment);
  out.spool_home = spool_home(environment);
  std::vector<std::string> warnings;
  ASSIGN_OR_RETURN(out.environment, read_environment(environment, warnings));
  if (!choice.none)
    out.path = choice.path.empty() ? usual_config(environment).value_or("") : choice.path;
  if (out.path.empty()) {
    out.settings = merged(out);
  } else {
    ASSIGN_OR_RETURN(const settings::ConfigText file, settings::load_config(out.path));
    ASSIGN_OR_RETURN(out, configure_again(out, file));
  }
  out.warnings.insert(out.warnings.begin(), warnings.begin(), warnings.end());
  return out;
}

GivenSettings merged(const Configuration& from) {
  return merge(from.screen, merge(from.flags, merge(from.environment, from.file)));
}

base::Result<Configuration> configure_again(const Configuration& before,
                                            const settings::ConfigText& file) {
  Configuration out = before;
  ASSIGN_OR_RETURN(out.file, parse_config(out.path, file.text));
  out.text = file.text;
  out.settings = merged(out);
  out.warnings.clear();
  if (file.open_to_others && has_password(out.file)) {
    const std::string path = base::printable(out.path);
    out.warnings.push_back(path + " holds a password and everybody can read it: chmod o-r " + path);
  }
  return out;
}

base::Status check_mining(const GivenSettings& settings) {
  const MineArguments& mine = settings.settings().mine;
  RETURN_IF_ERROR(logging::check(mine.log));
  if (mine.solo) return check_solo(settings);
  if (mine.pools.empty()) return base::invalid(kWhatToMine);
  return check_pools(settings);
}

}  // namespace miner
