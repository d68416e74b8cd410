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
  const std::string own = folder.empty() ? "" : folder + "/config.json";
  if (!own.empty() && std::filesystem::exists(own, ignored)) return own;
  return std::filesystem::exists(kSystemConfig, ignored) ? kSystemConfig : "";
}

/// The usual file of what the pool keeps, whose folder is made. The error begins with `flag`, and
/// `instead` is what to give.
base::Result<std::string> usual_file(const PoolSettings& settings, std::string_view ending,
                                     std::string_view flag, std::string_view instead) {
  const std::string folder = state_folder();
  if (folder.empty()) {
    return base::invalid(fmt::format("{}: there is no HOME to keep it in: {}", flag, instead));
  }
  const base::Status made = make_folder(folder);
  if (!made.ok()) return base::invalid(fmt::format("{}: {}; {}", flag, made.message(), instead));
  return fmt::format("{}/{}{}", folder, file_name_of(settings.config.name), ending);
}

/// Where the pool keeps what must survive it.
base::Status place_database(PoolSettings& to) {
  to.config.database = to.database == "none" ? "" : to.database;
  if (!to.database.empty()) return base::Ok{};
  ASSIGN_OR_RETURN(to.config.database, usual_file(to, ".db", "--database", "give a file, or none"));
  return base::Ok{};
}

/// Where the token for HTTP is written, if one is needed.
base::Status place_cookie(PoolSettings& to) {
  HttpConfig& http = to.config.http;
  const bool some = !http.cookie_file.empty() || !http.token_file.empty() || !http.names.empty();
  if (http.host.empty() && some) {
    return base::invalid("--http-cookie, --http-token-file and --http-name go with --http only");
  }
  if (!http.cookie_file.empty() && !http.token_file.empty()) {
    return base::invalid("--http-cookie and --http-token-file: one of the two");
  }
  if (http.host.empty() || !http.cookie_file.empty() || !http.token_file.empty()) {
    return base::Ok{};
  }
  ASSIGN_OR_RETURN(http.cookie_file, usual_file(to, ".cookie", "--http-cookie", "give a file"));
  return base::Ok{};
}

base::Status check_addresses(const Config& config) {
  if (config.host.empty() && config.tls_host.empty() && config.http.host.empty()) {
    return base::invalid("nowhere to listen: give --listen, --listen-tls or --http HOST:PORT");
  }
  const bool has_files = !config.tls.certificate.empty() && !config.tls.key.empty();
  const bool has_some = !config.tls.certificate.empty() || !config.tls.key.empty();
  if (config.tls_host.empty() && has_some) {
    return base::invalid("--tls-cert and --tls-key go with --listen-tls HOST:PORT only");
  }
  if (config.tls_host.empty() || has_files) return base::Ok{};
  return base::invalid("--listen-tls needs --tls-cert FILE and --tls-key FILE");
}

}  // namespace

base::Result<PoolSettings> run_settings(const RunFlags& flags) {
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
  RETURN_IF_ERROR(check_addresses(settings.config));
  RETURN_IF_ERROR(logging::check(settings.log));
  RETURN_IF_ERROR(place_cookie(settings));
  RETURN_IF_ERROR(place_database(settings));
  return settings;
}

}  // namespace pool
