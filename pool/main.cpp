// sprintpool: a pool for one profile, sprint after sprint.

#include <fmt/format.h>
#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <iostream>
#include <utility>

#include "backends/api/host_verifier.h"
#include "base/nearest.h"
#include "base/stop_relay.h"
#include "base/stop_signals.h"
#include "logging/sink.h"
#include "poc/target.h"
#include "pool/server.h"
#include "stratum/messages.h"

namespace {

constexpr std::uint64_t kMaxSprints = 1'000'000'000;
constexpr const char* kInterrupted =
    "sprintpool: exit 130 (interrupted twice): ended at once, results may be lost";

enum Exit : int { kClean = 0, kInternal = 1, kBadArguments = 2 };
constexpr const char* kExitNames[] = {"clean", "internal", "bad flags or configuration"};

struct End {
  Exit code;
  std::string reason;
};

struct Arguments {
  pool::Config config;
  std::string listen = "127.0.0.1:3333";
  std::string listen_tls = "none";
  std::string http = "none";
  std::string profile = "micro";
  std::string database;
  std::int64_t sprint_seconds = 20, gap_seconds = 0, lead_seconds = 10;
  std::uint64_t difficulty = 0;
  std::string module_folder = backends::module_folder("/proc/self/exe");
  bool json = false;
  logging::Options log;
};

/// The last line names code and reason.
int finish(const End& end) {
  std::cerr << "sprintpool: exit " << end.code << " (" << kExitNames[end.code]
            << "): " << end.reason << std::endl;
  return end.code;
}

void define_log_flag(CLI::App& app, const logging::Flag& flag, logging::Options& options) {
  if (flag.placeholder == nullptr) {
    const auto set = [&] { (void)flag.take(options, ""); };
    app.add_flag_callback(flag.names, set, flag.help);
    return;
  }
  const auto take = [&](const std::string& value) {
    const std::string names = flag.names;
    const base::Status taken = flag.take(options, value);
    if (!taken.ok()) {
      throw CLI::ValidationError(names.substr(0, names.find(',')), taken.message());
    }
  };
  app.add_option_function<std::string>(flag.names, take, flag.help)->type_name(flag.placeholder);
}

void define(CLI::App& app, Arguments& to) {
  app.option_defaults()->always_capture_default();
  app.add_option("--listen", to.listen, "HOST:PORT, or none; port 0 takes any");
  app.add_option("--listen-tls", to.listen_tls, "the same with TLS; the usual port is 3443");
  app.add_option("--tls-cert", to.config.tls.certificate, "PEM: certificate, then its chain");
  app.add_option("--tls-key", to.config.tls.key, "PEM: the certificate's private key");
  app.add_option("--http", to.http,
                 "the same by HTTP JSON-RPC, without TLS; the usual port is 4091");
  app.add_option("--http-cookie", to.config.http.cookie_file,
                 "a file for the token that --http asks for, drawn at each start. Left out: "
                 "~/.local/state/sprintpool/NAME.cookie")
      ->default_str("");
  app.add_option("--http-token-file", to.config.http.token_file,
                 "a file of mode 0600 that holds the token: it stays the same")
      ->default_str("");
  app.add_option("--http-name", to.config.http.names,
                 "a host name that --http may be called by, besides localhost and addresses")
      ->default_str("");
  app.add_option("--profile", to.profile, "a name, or layers,dim,ffn");
  app.add_option("--sprint-seconds", to.sprint_seconds, "length")->check(CLI::Range(2, 600));
  app.add_option("--gap-seconds", to.gap_seconds, "between sprints")->check(CLI::Range(0, 3600));
  app.add_option("--lead-seconds", to.lead_seconds, "announced so long before its start, at least")
      ->check(CLI::Range(0, 3600));
  app.add_option("--difficulty", to.difficulty, "of every lease; 0: from each device's rate")
      ->check(CLI::Range(std::uint64_t{0}, poc::kMaxDifficulty));
  app.add_option("--sprints", to.config.sprints, "stop after so many; 0: go on")
      ->check(CLI::Range(std::uint64_t{0}, kMaxSprints));
  app.add_option("--name", to.config.name, "the pool's public name");
  app.add_option("--database", to.database,
                 "a file, by which a restart goes on; none: in memory alone. Left out: "
                 "~/.local/state/sprintpool/NAME.db")
      ->default_str("");
  app.add_option("--module-dir", to.module_folder, "where the backends are");
  app.add_flag("--json", to.json, "one JSON line on stdout at the end");
  for (const logging::Flag& flag : logging::flags()) define_log_flag(app, flag, to.log);
  app.allow_extras();  // found below, to name the nearest
}

/// The usual place of what the pool keeps, whose folder is made; "NAME" and an ending. The error
/// begins with `flag`, and `instead` is what to give.
base::Result<std::string> usual_file(const Arguments& to, std::string_view ending,
                                     std::string_view flag, std::string_view instead) {
  const char* const xdg = std::getenv("XDG_STATE_HOME");
  const char* const home = std::getenv("HOME");
  const bool usual = xdg != nullptr && xdg[0] == '/';
  if (!usual && (home == nullptr || home[0] == '\0')) {
    return base::invalid(fmt::format("{}: there is no HOME to keep it in: {}", flag, instead));
  }
  const auto folder =
      (usual ? std::filesystem::path(xdg) : std::filesystem::path(home) / ".local/state") /
      "sprintpool";
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) {
    return base::invalid(fmt::format("{}: cannot make the folder {}: {}; {}", flag, folder.string(),
                                     error.message(), instead));
  }
  std::string name = to.config.name;  // public, any printable character
  std::replace_if(
      name.begin(), name.end(),
      [](unsigned char c) { return std::isalnum(c) == 0 && c != '-' && c != '_' && c != '.'; },
      '_');
  return (folder / name).string() + std::string(ending);
}

/// Where the pool keeps what must survive it.
base::Status place_database(Arguments& to) {
  to.config.database = to.database == "none" ? "" : to.database;
  if (!to.database.empty()) return base::Ok{};
  ASSIGN_OR_RETURN(to.config.database, usual_file(to, ".db", "--database", "give a file, or none"));
  return base::Ok{};
}

/// Where the token for HTTP is written, if one is needed.
base::Status place_cookie(Arguments& to) {
  pool::HttpConfig& http = to.config.http;
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

/// HOST:PORT, or "none": then the host is empty.
base::Status read_address(const std::string& flag, const std::string& text, std::string& host,
                          std::uint16_t& port) {
  host.clear();
  if (text == "none") return base::Ok{};
  const std::size_t colon = text.rfind(':');
  const auto number = base::u64_from_decimal(text.substr(colon + 1), 65535);
  if (colon == std::string::npos || colon == 0 || !number) {
    return base::invalid(flag + ": '" + base::printable(text, 64) + "' is not HOST:PORT");
  }
  const bool bracketed = text[0] == '[' && text[colon - 1] == ']';  // IPv6
  host = text.substr(bracketed ? 1 : 0, bracketed ? colon - 2 : colon);
  port = static_cast<std::uint16_t>(*number);
  return base::Ok{};
}

base::Status read_addresses(Arguments& to) {
  pool::Config& config = to.config;
  RETURN_IF_ERROR(read_address("--listen", to.listen, config.host, config.port));
  RETURN_IF_ERROR(read_address("--listen-tls", to.listen_tls, config.tls_host, config.tls_port));
  RETURN_IF_ERROR(read_address("--http", to.http, config.http.host, config.http.port));
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

/// What CLI11 left over, and what it cannot check.
base::Status check(const CLI::App& app, Arguments& to) {
  pool::Config& config = to.config;
  std::vector<std::string> flags;
  for (const CLI::Option* option : app.get_options()) flags.push_back(option->get_name());
  for (const std::string& word : app.remaining()) {
    const auto nearest = base::nearest(word.substr(0, word.find('=')), flags);
    const std::string guess = nearest ? "; did you mean " + *nearest + "?" : "";
    return base::invalid("unknown '" + base::printable(word, 64) + "'" + guess);
  }
  RETURN_IF_ERROR(read_addresses(to));
  RETURN_IF_ERROR(logging::check(to.log));
  const auto profile = poc::parse_profile(to.profile);
  if (!profile.ok()) return base::invalid("--profile: " + profile.message());
  if (!stratum::is_ascii_name(config.name, 64)) return base::invalid("--name: not 1..64 ASCII");
  config.profile = *profile;
  config.sprint_length = std::chrono::seconds(to.sprint_seconds);
  config.gap = std::chrono::seconds(to.gap_seconds);
  config.lead = std::chrono::seconds(to.lead_seconds);
  if (to.difficulty != 0) config.difficulty = to.difficulty;
  RETURN_IF_ERROR(place_cookie(to));
  return place_database(to);
}

std::string in_words(std::uint64_t bytes) {
  const auto amount = static_cast<double>(bytes);
  return bytes >= 1'000'000'000 ? fmt::format("{:.1f} GB", amount / 1e9)
                                : fmt::format("{:.1f} MB", amount / 1e6);
}

/// While it lives, a stop signal calls `stop`.
class StopTarget {
 public:
  StopTarget(base::StopRelay& relay, std::function<void()> stop) : relay_(relay) {
    relay_.set(std::move(stop));
  }
  ~StopTarget() { relay_.set({}); }
  StopTarget(const StopTarget&) = delete;
  StopTarget& operator=(const StopTarget&) = delete;

 private:
  base::StopRelay& relay_;
};

/// Whether this machine can verify the profile: a pool that cannot announces nothing. Makes weights
/// once, on a verifier of its own, since the server's belongs to the thread that verifies. A stop
/// ends it.
base::Status try_weights(std::unique_ptr<poc::Verifier> verifier, const poc::Profile& profile,
                         const base::Log& log, base::StopRelay& relay) {
  log.info("making weights to try whether they fit",
           {{"profile", poc::to_string(profile)}, {"size", in_words(profile.weights_bytes())}});
  const StopTarget target(relay, [&verifier] { verifier->end(); });
  const auto tried = verifier->digests({profile, {}}, {});
  return tried.ok() ? base::Status(base::Ok{}) : base::Status(tried.error());
}

void print_json(const pool::Summary& all) {
  std::cout << fmt::format(R"({{"sprints":{},"stored":{},"verified":{},"wrong":{},"withdrawn":{},)"
                           R"("refused":{},"credit":{}}})",
                           all.sprints, all.stored, all.verified, all.wrong, all.withdrawn,
                           all.refused, all.credit)
            << std::endl;
}

End report(const Arguments& arguments, const pool::Summary& all, bool stopped) {
  if (arguments.json) print_json(all);
  const char* why = stopped ? "stopped by a signal" : "all sprints are done";
  return {kClean, fmt::format("{} after {} sprints, {} of {} shares right, {} nonces credited", why,
                              all.sprints, all.verified, all.stored, all.credit)};
}

/// A descriptor a connection: as many as the system allows, where a shell's usual limit is 1024.
void raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

End serve(const Arguments& arguments, base::LogSink& sink, base::StopRelay& relay) {
  raise_descriptor_limit();
  const base::SystemClock clock;
  const base::Log log(sink, "pool");
  backends::LoadResult loaded = backends::load_modules(arguments.module_folder);
  for (const auto& failed : loaded.failed) {
    log.warn("backend not available", {{"backend", failed.name}, {"reason", failed.reason}});
  }
  const std::uint32_t threads = std::max(std::thread::hardware_concurrency(), 1U);
  const base::Status fits = try_weights(backends::open_host_verifier(loaded.modules, threads),
                                        arguments.config.profile, log, relay);
  if (relay.fired()) return report(arguments, {}, true);
  if (!fits.ok()) return {kBadArguments, fits.message()};
  auto verifier = backends::open_host_verifier(loaded.modules, threads);
  auto made = pool::Server::listen(arguments.config, std::move(verifier), sink, clock);
  if (!made.ok()) return {kBadArguments, made.message()};
  pool::Server& server = **made;
  {
    const StopTarget target(relay, [&server] { server.stop(); });
    server.run();
  }
  return report(arguments, server.summary(), relay.fired());
}

/// Runs with a log, which says how it ended, too: of its file that is the last line.
int run(const Arguments& arguments) {
  const auto sink = logging::Sink::open(arguments.log, logging::stderr_console(arguments.log));
  if (!sink.ok()) return finish({kBadArguments, sink.message()});
  base::StopRelay relay;
  const base::StopSignals signals([&relay] { relay.fire(); },  // before there is another thread
                                  kInterrupted, [&sink] { (*sink)->reopen(); });
  const End end = serve(arguments, **sink, relay);
  const base::LogField fields[] = {
      {"code", int{end.code}}, {"meaning", kExitNames[end.code]}, {"reason", end.reason}};
  (*sink)->write_to_file({base::LogLevel::kInfo, "pool", "exit", fields});
  return finish(end);
}

}  // namespace

int main(int argc, char** argv) {
  Arguments arguments;
  CLI::App app("A pool that verifies every share: sprintpool [run] [flags]", "sprintpool");
  define(app, arguments);
  std::vector<std::string> words(argv + 1, argv + argc);
  if (!words.empty() && words.front() == "run") words.erase(words.begin());
  std::reverse(words.begin(), words.end());  // as CLI11 takes them
  try {
    app.parse(words);
    const base::Status fine = check(app, arguments);
    return fine.ok() ? run(arguments) : finish({kBadArguments, fine.message()});
  } catch (const CLI::Success& help) {
    return app.exit(help);
  } catch (const CLI::ParseError& error) {
    return finish({kBadArguments, error.what()});
  } catch (const std::exception& error) {
    return finish({kInternal, error.what()});
  }
}
