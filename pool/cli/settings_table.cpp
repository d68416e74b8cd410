#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>

#include "backends/api/loader.h"
#include "base/bytes.h"
#include "base/check.h"
#include "poc/target.h"
#include "pool/cli/pool_settings.h"
#include "pool/cli/verifier_list.h"
#include "pool/peer_address.h"
#include "settings/read_values.h"
#include "stratum/messages.h"

namespace pool {
namespace {

using Row = const PoolSetting&;
using Text = const std::string&;
using Into = PoolSettings&;

std::string quoted(Text text) {
  return "'" + base::printable(text, 64) + "'";
}

base::Result<std::uint64_t> number_of(Row row, Text text) {
  return settings::read_number(text, row.min, row.max);
}

/// Where to listen: "HOST:PORT", or "none".
struct ListenAddress {
  std::string host;  // empty: nowhere
  std::uint16_t port = 0;
};

base::Result<ListenAddress> address_of(Text text) {
  if (text == "none") return ListenAddress{};
  const std::size_t colon = text.rfind(':');
  const auto port = base::u64_from_decimal(text.substr(colon + 1), 65535);
  if (colon == std::string::npos || colon == 0 || !port) {
    return base::invalid(quoted(text) + " is not HOST:PORT");
  }
  const bool bracketed = text[0] == '[' && text[colon - 1] == ']';  // IPv6
  return ListenAddress{text.substr(bracketed ? 1 : 0, bracketed ? colon - 2 : colon),
                       static_cast<std::uint16_t>(*port)};
}

base::Status read_listen(Row, Text text, Into into) {
  ASSIGN_OR_RETURN(const ListenAddress address, address_of(text));
  into.config.host = address.host;
  into.config.port = address.port;
  return base::Ok{};
}

base::Status read_listen_tls(Row, Text text, Into into) {
  ASSIGN_OR_RETURN(const ListenAddress address, address_of(text));
  into.config.tls_host = address.host;
  into.config.tls_port = address.port;
  return base::Ok{};
}

base::Status read_http(Row, Text text, Into into) {
  ASSIGN_OR_RETURN(const ListenAddress address, address_of(text));
  into.config.http.host = address.host;
  into.config.http.port = address.port;
  return base::Ok{};
}

base::Status read_status(Row, Text text, Into into) {
  ASSIGN_OR_RETURN(const ListenAddress address, address_of(text));
  into.status = {address.host, address.port};
  return base::Ok{};
}

template <std::string TlsFiles::*member>
base::Status read_tls_file(Row, Text text, Into into) {
  into.config.tls.*member = text;
  return base::Ok{};
}

template <std::string HttpConfig::*member>
base::Status read_http_file(Row, Text text, Into into) {
  into.config.http.*member = text;
  return base::Ok{};
}

base::Status read_http_name(Row, Text text, Into into) {
  if (text.empty()) return base::invalid("an empty name");
  into.config.http.names.push_back(text);
  return base::Ok{};
}

base::Status read_exempt(Row, Text text, Into into) {
  RETURN_IF_ERROR(Networks::parse({text}));
  into.config.limits.exempt.push_back(text);
  return base::Ok{};
}

base::Status read_per_address(Row row, Text text, Into into) {
  ASSIGN_OR_RETURN(into.config.limits.of_address, number_of(row, text));
  return base::Ok{};
}

base::Status read_name(Row, Text text, Into into) {
  if (!stratum::is_ascii_name(text, 64)) {
    return base::invalid(quoted(text) + " is not 1..64 printable ASCII characters");
  }
  into.config.name = text;
  return base::Ok{};
}

base::Status read_profile(Row, Text text, Into into) {
  ASSIGN_OR_RETURN(into.config.profile, poc::parse_profile(text));
  return base::Ok{};
}

template <base::Micros Config::*member>
base::Status read_seconds(Row row, Text text, Into into) {
  ASSIGN_OR_RETURN(const std::uint64_t seconds, number_of(row, text));
  into.config.*member = std::chrono::seconds(seconds);
  return base::Ok{};
}

base::Status read_difficulty(Row row, Text text, Into into) {
  ASSIGN_OR_RETURN(const std::uint64_t difficulty, number_of(row, text));
  into.config.difficulty.reset();
  if (difficulty != 0) into.config.difficulty = difficulty;
  return base::Ok{};
}

base::Status read_sprints(Row row, Text text, Into into) {
  ASSIGN_OR_RETURN(into.config.sprints, number_of(row, text));
  return base::Ok{};
}

base::Status read_beacon_source(Row, Text text, Into into) {
  ASSIGN_OR_RETURN(BeaconConfig beacon, read_beacon(text));
  into.config.beacon.kind = beacon.kind;
  into.config.beacon.parts = std::move(beacon.parts);
  return base::Ok{};
}

base::Status read_beacon_naming(Row, Text text, Into into) {
  RETURN_IF_ERROR(check_beacon_naming(text));
  into.config.beacon.naming = text;
  return base::Ok{};
}

base::Status read_database(Row, Text text, Into into) {
  if (text.empty()) return base::invalid("the file's name is empty");
  into.database = text;
  return base::Ok{};
}

base::Status read_audits(Row, Text text, Into into) {
  if (text.empty()) return base::invalid("the folder's name is empty");
  into.audits = text;
  return base::Ok{};
}

base::Status read_audit_days(Row row, Text text, Into into) {
  ASSIGN_OR_RETURN(const std::uint64_t days, number_of(row, text));
  into.config.audits.days = static_cast<std::uint32_t>(days);
  return base::Ok{};
}

base::Status read_reward(Row row, Text text, Into into) {
  ASSIGN_OR_RETURN(into.config.rewards.reward, number_of(row, text));
  return base::Ok{};
}

base::Status read_scheme(Row, Text text, Into into) {
  const auto scheme = scheme_of(text);
  if (!scheme) return base::invalid(quoted(text) + " is none of proportional, pplns, solo");
  into.config.rewards.scheme = *scheme;
  return base::Ok{};
}

template <std::uint32_t RewardConfig::*member>
base::Status read_reward_part(Row row, Text text, Into into) {
  ASSIGN_OR_RETURN(const std::uint64_t number, number_of(row, text));
  into.config.rewards.*member = static_cast<std::uint32_t>(number);
  return base::Ok{};
}

base::Status read_verify(Row, Text text, Into into) {
  if (text != "all" && text != "sampled") return base::invalid("all or sampled is wanted");
  into.config.sampling.reset();
  if (text == "sampled") into.config.sampling.emplace();
  return base::Ok{};
}

base::Status read_verify_backend(Row, Text text, Into into) {
  if (text.empty()) return base::invalid("a backend is wanted");
  const auto names = verifier_names(text);
  if (!names.ok()) return names.error();
  into.verify_backend = text;
  return base::Ok{};
}

base::Status read_module_folder(Row, Text text, Into into) {
  into.module_folder = text;
  return base::Ok{};
}

base::Status read_json(Row, Text text, Into into) {
  ASSIGN_OR_RETURN(into.json, settings::read_switch(text));
  return base::Ok{};
}

/// As logging/ reads its flag.
base::Status read_log(Row row, Text text, Into into) {
  const logging::Flag& flag = logging::flag_of(flags_of(row));
  if (flag.placeholder != nullptr) return flag.take(into.log, text);
  ASSIGN_OR_RETURN(const bool on, settings::read_switch(text));
  return on ? flag.take(into.log, "") : base::Status(base::Ok{});
}

constexpr std::array kTable = {
    PoolSetting{.key = "listen",
                .placeholder = "HOST:PORT",
                .topic = "Network",
                .example = R"("127.0.0.1:3333")",
                .meaning = "where to listen in plain text, or none; port 0 takes any",
                .read = read_listen},
    PoolSetting{.key = "listen-tls",
                .placeholder = "HOST:PORT",
                .topic = "Network",
                .example = R"("0.0.0.0:3443")",
                .otherwise = "none",
                .meaning = "where to listen for TLS",
                .read = read_listen_tls},
    PoolSetting{.key = "tls-cert",
                .placeholder = "FILE",
                .topic = "Network",
                .example = R"("/etc/sprintpool/certificate.pem")",
                .otherwise = "none",
                .meaning = "PEM: the certificate, then its chain",
                .read = read_tls_file<&TlsFiles::certificate>},
    PoolSetting{.key = "tls-key",
                .placeholder = "FILE",
                .topic = "Network",
                .example = R"("/etc/sprintpool/key.pem")",
                .otherwise = "none",
                .meaning = "PEM: the certificate's private key",
                .read = read_tls_file<&TlsFiles::key>},
    PoolSetting{.key = "http",
                .placeholder = "HOST:PORT",
                .topic = "Network",
                .example = R"("127.0.0.1:4091")",
                .otherwise = "none",
                .meaning = "where to be a node by HTTP JSON-RPC, without TLS",
                .read = read_http},
    PoolSetting{.key = "http-cookie",
                .placeholder = "FILE",
                .topic = "Network",
                .example = R"("/run/sprintpool.cookie")",
                .otherwise = "~/.local/state/sprintpool/NAME.cookie",
                .meaning = "a file for the token that http asks for, drawn at each start",
                .read = read_http_file<&HttpConfig::cookie_file>},
    PoolSetting{.key = "http-token-file",
                .placeholder = "FILE",
                .topic = "Network",
                .example = R"("/etc/sprintpool/token")",
                .otherwise = "none",
                .meaning = "a file of mode 0600 that holds the token: it stays the same",
                .read = read_http_file<&HttpConfig::token_file>},
    PoolSetting{
        .key = "http-name",
        .placeholder = "NAME",
        .topic = "Network",
        .kind = ValueKind::kList,
        .example = R"(["node.example"])",
        .otherwise = "none",
        .meaning =
            "a host name that http and status may be called by, besides localhost and addresses",
        .read = read_http_name},
    PoolSetting{.key = "status",
                .placeholder = "HOST:PORT",
                .topic = "Network",
                .example = R"("127.0.0.1:4092")",
                .otherwise = "none",
                .meaning = "where to show the status page and metrics by HTTP, to everybody",
                .read = read_status},
    PoolSetting{.key = "per-address",
                .placeholder = "N",
                .topic = "Network",
                .kind = ValueKind::kNumber,
                .min = 1,
                .max = 20000,
                .example = "256",
                .meaning = "connections that one address may have at once, and four times as many "
                           "those around it",
                .read = read_per_address},
    PoolSetting{
        .key = "exempt",
        .placeholder = "NETWORK",
        .topic = "Network",
        .kind = ValueKind::kList,
        .example = R"(["192.0.2.0/24"])",
        .otherwise = "this machine",
        .meaning =
            "an address or network that is neither counted nor banned, besides this machine: "
            "a farm, or a proxy, behind which all peers have one address",
        .read = read_exempt},
    PoolSetting{.key = "name",
                .placeholder = "NAME",
                .topic = "Sprints",
                .example = R"("sprintpool")",
                .meaning = "the pool's public name",
                .read = read_name},
    PoolSetting{.key = "profile",
                .placeholder = "PROFILE",
                .topic = "Sprints",
                .example = R"("micro")",
                .meaning = "of the model: a name, or layers,dim,ffn",
                .read = read_profile},
    PoolSetting{.key = "sprint-seconds",
                .placeholder = "S",
                .topic = "Sprints",
                .kind = ValueKind::kNumber,
                .min = 2,
                .max = 600,
                .example = "20",
                .meaning = "length of a sprint",
                .read = read_seconds<&Config::sprint_length>},
    PoolSetting{.key = "gap-seconds",
                .placeholder = "S",
                .topic = "Sprints",
                .kind = ValueKind::kNumber,
                .min = 0,
                .max = 3600,
                .example = "0",
                .meaning = "from the end of one to the start of the next",
                .read = read_seconds<&Config::gap>},
    PoolSetting{.key = "lead-seconds",
                .placeholder = "S",
                .topic = "Sprints",
                .kind = ValueKind::kNumber,
                .min = 0,
                .max = 3600,
                .example = "10",
                .meaning = "announced so long before its start, at least",
                .read = read_seconds<&Config::lead>},
    PoolSetting{.key = "difficulty",
                .placeholder = "D",
                .topic = "Sprints",
                .kind = ValueKind::kNumber,
                .min = 0,
                .max = poc::kMaxDifficulty,
                .example = "0",
                .meaning = "of every lease; 0: from each device's rate",
                .read = read_difficulty},
    PoolSetting{.key = "sprints",
                .placeholder = "N",
                .topic = "Sprints",
                .kind = ValueKind::kNumber,
                .min = 0,
                .max = 1'000'000'000,
                .example = "0",
                .meaning = "stop after so many; 0: go on",
                .read = read_sprints},
    PoolSetting{.key = "beacon",
                .placeholder = "SOURCE",
                .topic = "Sprints",
                .example = R"("https://api.drand.sh")",
                .otherwise = "none",
                .meaning = "public values that sprints start by: file:PATH, command:PROGRAM ARGS, "
                           "or URLs of drand's HTTP API, by comma",
                .read = read_beacon_source},
    PoolSetting{.key = "beacon-name",
                .placeholder = "NAME",
                .topic = "Sprints",
                .example = R"("block:bitcoin:after-{t}")",
                .otherwise = "file:{n} or command:{n}",
                .meaning = "what a value of file or command is announced as; {n}: the sprint's "
                           "number, {t}: unix seconds before which it is not published, {use}: "
                           "start or draw",
                .read = read_beacon_naming},
    PoolSetting{.key = "reward",
                .placeholder = "UNITS",
                .topic = "Accounting",
                .kind = ValueKind::kNumber,
                .min = 0,
                .max = stratum::kMaxInteger,
                .example = "0",
                .meaning = "of a sprint, in the operator's smallest unit; 0: nothing is paid",
                .read = read_reward},
    PoolSetting{.key = "reward-scheme",
                .placeholder = "SCHEME",
                .topic = "Accounting",
                .example = R"("proportional")",
                .meaning = "who gets it: proportional, pplns or solo",
                .read = read_scheme},
    PoolSetting{.key = "pplns-sprints",
                .placeholder = "N",
                .topic = "Accounting",
                .kind = ValueKind::kNumber,
                .min = 1,
                .max = kMaxRewardWindow,
                .example = "100",
                .meaning = "sprints whose credits count with pplns, the last one included",
                .read = read_reward_part<&RewardConfig::window>},
    PoolSetting{.key = "fee-ppm",
                .placeholder = "N",
                .topic = "Accounting",
                .kind = ValueKind::kNumber,
                .min = 0,
                .max = kMillion,
                .example = "0",
                .meaning = "the pool's part of a reward, in millionths (10000: 1 %)",
                .read = read_reward_part<&RewardConfig::fee_ppm>},
    PoolSetting{.key = "database",
                .placeholder = "FILE",
                .topic = "Operation",
                .example = R"("/var/lib/sprintpool/pool.db")",
                .otherwise = "~/.local/state/sprintpool/NAME.db",
                .meaning = "by which a restart goes on; none: in memory alone",
                .read = read_database},
    PoolSetting{.key = "audit-dir",
                .placeholder = "DIR",
                .topic = "Operation",
                .example = R"("/var/lib/sprintpool/audits")",
                .otherwise = "beside the database; none without one",
                .meaning = "where each sprint's audit is written, or none",
                .read = read_audits},
    PoolSetting{.key = "audit-days",
                .placeholder = "N",
                .topic = "Operation",
                .kind = ValueKind::kNumber,
                .min = 0,
                .max = 36'500,
                .example = "7",
                .meaning = "audits are deleted after so many days, 0: never",
                .read = read_audit_days},
    PoolSetting{.key = "verify",
                .placeholder = "POLICY",
                .topic = "Operation",
                .example = R"("all")",
                .meaning = "which shares are recomputed: all, or sampled: fewer of accounts that "
                           "have been right for long, whose earnings are held for four sprints",
                .read = read_verify},
    PoolSetting{.key = "verify-backend",
                .placeholder = "NAMES",
                .topic = "Operation",
                .example = R"("cpu:0")",
                .otherwise = "the processor",
                .meaning = "what recomputes shares: backends, devices of them, or reference, by "
                           "comma, the preferred one first",
                .read = read_verify_backend},
    PoolSetting{.key = "module-dir",
                .placeholder = "DIR",
                .topic = "Operation",
                .example = R"("/usr/lib/sprintminer/backends")",
                .otherwise = "beside the program",
                .meaning = "where the backends are",
                .read = read_module_folder},
    PoolSetting{.key = "json",
                .topic = "Operation",
                .kind = ValueKind::kSwitch,
                .example = "false",
                .meaning = "one JSON line on stdout at the end",
                .read = read_json},
    PoolSetting{.key = "log-level",
                .placeholder = "LEVEL",
                .topic = "Log",
                .example = R"("info")",
                .meaning = "error, warn, info or debug",
                .read = read_log},
    PoolSetting{.key = "verbose",
                .flags = "-v,--verbose",
                .topic = "Log",
                .kind = ValueKind::kSwitch,
                .example = "false",
                .meaning = "as log-level debug",
                .read = read_log},
    PoolSetting{.key = "log-format",
                .placeholder = "FORMAT",
                .topic = "Log",
                .example = R"("text")",
                .meaning = "text, or json: one object a line",
                .read = read_log},
    PoolSetting{.key = "log-file",
                .flags = "-l,--log-file",
                .placeholder = "FILE",
                .topic = "Log",
                .example = R"("/var/log/sprintpool.log")",
                .otherwise = "none",
                .meaning = "log into this file, too; its folder must exist",
                .read = read_log},
    PoolSetting{.key = "log-file-size",
                .placeholder = "MB",
                .topic = "Log",
                .kind = ValueKind::kNumber,
                .min = 0,
                .max = logging::kMaxFileMegabytes,
                .example = "5",
                .meaning = "begin a new file when it is so long, 0: never",
                .read = read_log},
    PoolSetting{.key = "log-files",
                .placeholder = "N",
                .topic = "Log",
                .kind = ValueKind::kNumber,
                .min = 1,
                .max = logging::kMaxFiles,
                .example = "5",
                .meaning = "keep so many: FILE, FILE.1, ..",
                .read = read_log},
    PoolSetting{.key = "no-color",
                .topic = "Log",
                .kind = ValueKind::kSwitch,
                .example = "false",
                .meaning = "no colours on a terminal either",
                .read = read_log},
};

}  // namespace

PoolSettings::PoolSettings() : module_folder(backends::module_folder("/proc/self/exe")) {
  const auto micro = poc::parse_profile("micro");
  CHECK(micro.ok());
  config.profile = *micro;
  config.rewards.window = 100;
  config.audits.days = 7;
}

std::span<const PoolSetting> pool_settings_table() {
  return kTable;
}

const PoolSetting& pool_setting_of(std::string_view key) {
  const auto* const found =
      std::find_if(kTable.begin(), kTable.end(), [&](Row row) { return row.key == key; });
  CHECK(found != kTable.end());
  return *found;
}

std::string flags_of(const PoolSetting& setting) {
  return setting.flags.empty() ? "--" + std::string(setting.key) : std::string(setting.flags);
}

std::string help_of(const PoolSetting& setting) {
  std::string text(setting.meaning);
  if (setting.kind == ValueKind::kNumber) text += fmt::format(", {}..{}", setting.min, setting.max);
  if (setting.kind == ValueKind::kSwitch) return text;
  std::string_view standard = setting.otherwise.empty() ? setting.example : setting.otherwise;
  if (standard.starts_with('"')) standard = standard.substr(1, standard.size() - 2);
  return fmt::format("{} ({})", text, standard);
}

}  // namespace pool
