#include "pool/cli/run_settings.h"

#include <fmt/format.h>

#include <filesystem>

#include "pool/cli/places.h"
#include "settings/config_text.h"

namespace pool {
namespace {

constexpr const char* kSystemConfig = "/etc/sprintpool/config.json";

/// Empty: none.
std::string config_path(const RunFlags& flags) {
  if (flags.no_config) return "";
  if (!flags.config_path.empty()) return flags.config_path;
  std::error_code ignored;
  const std::string folder = config_folder();
  std::string own = folder.empty() ? "" : folder + "/config.json";
  if (!own.empty() && std::filesystem::exists(own, ignored)) return own;
  return std::filesystem::exists(kSystemConfig, ignored) ? kSystemConfig : "";
}

/// An error about settings that do not go together: with the place of this one, if that is a file.
base::Error refused(const PoolSettings& settings, std::string_view key, const std::string& what) {
  const auto place = settings.file_places.find(key);
  return base::invalid((place == settings.file_places.end() ? "" : place->second + ": ") + what);
}

/// The usual file of what the pool keeps. The error begins with `flag`, and `instead` is what to
/// give.
base::Result<std::string> usual_file(const PoolSettings& settings, std::string_view ending,
                                     std::string_view flag, std::string_view instead) {
  const std::string folder = state_folder();
  if (folder.empty()) {
    return base::invalid(fmt::format("{}: there is no HOME to keep it in: {}", flag, instead));
  }
  return fmt::format("{}/{}{}", folder, file_name_of(settings.config.name), ending);
}

/// The same, in a folder that is there then.
base::Result<std::string> placed_file(const PoolSettings& settings, std::string_view ending,
                                      std::string_view flag, std::string_view instead) {
  ASSIGN_OR_RETURN(std::string path, usual_file(settings, ending, flag, instead));
  const base::Status made = make_folder(state_folder());
  if (made.ok()) return path;
  return base::invalid(fmt::format("{}: {}; {}", flag, made.message(), instead));
}

constexpr const char* kDatabaseInstead = "give a file, or none";

/// Where the pool keeps what must survive it.
base::Status place_database(PoolSettings& to) {
  to.config.database = to.database == "none" ? "" : to.database;
  if (!to.database.empty()) return base::Ok{};
  ASSIGN_OR_RETURN(to.config.database, placed_file(to, ".db", "--database", kDatabaseInstead));
  return base::Ok{};
}

/// Where audits go: beside the database. A pool that keeps nothing keeps none but where it is told.
void place_audits(PoolSettings& to) {
  to.config.audits.folder = to.audits == "none" ? "" : to.audits;
  if (!to.audits.empty() || to.config.database.empty()) return;
  std::string_view name = to.config.database;
  if (name.ends_with(".db")) name.remove_suffix(3);
  to.config.audits.folder = std::string(name) + ".audits";
}

base::Status check_sampling(const PoolSettings& settings) {
  const Config& config = settings.config;
  if (!config.sampling) return base::Ok{};
  if (config.rewards.reward == 0) {
    return refused(settings, "verify",
                   "--verify sampled needs --reward: without one a wrong share costs nothing");
  }
  if (config.rewards.scheme != Scheme::kProportional) {
    return refused(settings, "verify", "--verify sampled goes with --scheme proportional only");
  }
  return base::Ok{};
}

base::Status check_accounting(const PoolSettings& settings) {
  const Config& config = settings.config;
  RETURN_IF_ERROR(check_rewards(config.rewards));
  RETURN_IF_ERROR(check_sampling(settings));
  if (config.rewards.reward == 0 || config.goes_on()) return base::Ok{};
  return refused(settings, "reward",
                 "--reward needs a database to keep what is due: give --database FILE");
}

/// Where the token for HTTP is written, if one is needed.
base::Status place_cookie(PoolSettings& to) {
  HttpConfig& http = to.config.http;
  const bool some = !http.cookie_file.empty() || !http.token_file.empty();
  if (http.host.empty() && some) {
    return refused(to, http.cookie_file.empty() ? "http-token-file" : "http-cookie",
                   "--http-cookie and --http-token-file go with --http only");
  }
  if (http.host.empty() && to.status.host.empty() && !http.names.empty()) {
    return refused(to, "http-name", "--http-name goes with --http or --status only");
  }
  if (!http.cookie_file.empty() && !http.token_file.empty()) {
    return refused(to, "http-token-file", "--http-cookie and --http-token-file: one of the two");
  }
  if (http.host.empty() || !http.cookie_file.empty() || !http.token_file.empty()) {
    return base::Ok{};
  }
  ASSIGN_OR_RETURN(http.cookie_file, placed_file(to, ".cookie", "--http-cookie", "give a file"));
  return base::Ok{};
}

base::Status check_addresses(const PoolSettings& settings) {
  const Config& config = settings.config;
  if (config.host.empty() && config.tls_host.empty() && config.http.host.empty()) {
    return refused(settings, "listen",
                   "nowhere to listen: give --listen, --listen-tls or --http HOST:PORT");
  }
  const bool has_files = !config.tls.certificate.empty() && !config.tls.key.empty();
  const bool has_some = !config.tls.certificate.empty() || !config.tls.key.empty();
  if (config.tls_host.empty() && has_some) {
    return refused(settings, config.tls.certificate.empty() ? "tls-key" : "tls-cert",
                   "--tls-cert and --tls-key go with --listen-tls HOST:PORT only");
  }
  if (config.tls_host.empty() || has_files) return base::Ok{};
  return refused(settings, "listen-tls", "--listen-tls needs --tls-cert FILE and --tls-key FILE");
}

base::Status check_beacon_settings(const PoolSettings& settings) {
  const Config& config = settings.config;
  using Kind = BeaconConfig::Kind;
  const Kind kind = config.beacon.kind;
  if (!config.beacon.naming.empty() && kind != Kind::kFile && kind != Kind::kCommand) {
    return refused(settings, "beacon-name",
                   "--beacon-name goes with --beacon file:PATH or command:PROGRAM only");
  }
  if (kind == Kind::kNone || config.lead.count() != 0) return base::Ok{};
  return refused(
      settings, "lead-seconds",
      "--beacon needs --lead-seconds of 1 or more: so long a sprint waits for its value");
}

/// What flags and file say, not yet looked at together.
base::Result<PoolSettings> read_settings(const RunFlags& flags) {
  if (flags.no_config && !flags.config_path.empty()) {
    return base::invalid("-c and --no-config exclude each other");
  }
  std::vector<GivenSetting> file;
  const std::string path = config_path(flags);
  if (!path.empty()) {
    ASSIGN_OR_RETURN(const settings::ConfigText text, settings::load_config(path));
    ASSIGN_OR_RETURN(file, parse_pool_config(path, text.text));
  }
  ASSIGN_OR_RETURN(PoolSettings settings, settings_of(flags.given, file));
  settings.config_file = path;
  return settings;
}

}  // namespace

base::Result<PoolSettings> run_settings(const RunFlags& flags) {
  ASSIGN_OR_RETURN(PoolSettings settings, read_settings(flags));
  RETURN_IF_ERROR(check_addresses(settings));
  RETURN_IF_ERROR(check_beacon_settings(settings));
  RETURN_IF_ERROR(logging::check(settings.log));
  RETURN_IF_ERROR(place_cookie(settings));
  RETURN_IF_ERROR(place_database(settings));
  place_audits(settings);
  RETURN_IF_ERROR(check_accounting(settings));
  return settings;
}

base::Result<std::string> database_of_run(const RunFlags& flags) {
  ASSIGN_OR_RETURN(const PoolSettings settings, read_settings(flags));
  if (settings.database == "none") return base::invalid("--database: the pool keeps none");
  if (!settings.database.empty()) return settings.database;
  return usual_file(settings, ".db", "--database", "give the pool's file");
}

}  // namespace pool
