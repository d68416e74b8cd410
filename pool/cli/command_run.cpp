#include "pool/cli/command_run.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <csignal>
#include <functional>
#include <iostream>
#include <thread>
#include <utility>

#include "backends/api/loader.h"
#include "base/stop_relay.h"
#include "base/stop_signals.h"
#include "logging/sink.h"
#include "pool/cli/verifier_list.h"
#include "pool/web/status_front.h"

namespace pool {
namespace {

constexpr const char* kInterrupted =
    "sprintpool: exit 130 (interrupted twice): ended at once, results may be lost";

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

/// All of them at once, since one card may be named in two ways. Returns the first.
base::Result<std::unique_ptr<poc::Verifier>> open_all(const std::vector<VerifierSource>& sources) {
  std::vector<std::unique_ptr<poc::Verifier>> opened;
  for (const VerifierSource& source : sources) {
    ASSIGN_OR_RETURN(auto verifier, source.open({}));
    opened.push_back(std::move(verifier));
  }
  return std::move(opened.front());
}

void print_json(const Summary& all) {
  std::cout << fmt::format(R"({{"sprints":{},"stored":{},"verified":{},"wrong":{},"withdrawn":{},)"
                           R"("unseen":{},"forfeited":{},"refused":{},"credit":{}}})",
                           all.sprints, all.stored, all.verified, all.wrong, all.withdrawn,
                           all.unseen, all.forfeited, all.refused, all.credit)
            << std::endl;
}

End report(const PoolSettings& settings, const Summary& all, bool stopped) {
  if (settings.json) print_json(all);
  const char* why = stopped ? "stopped by a signal" : "all sprints are done";
  return {ExitCode::kClean,
          fmt::format("{} after {} sprints, {} of {} shares right{}, {} nonces credited", why,
                      all.sprints, all.verified, all.stored,
                      all.unseen == 0 ? "" : fmt::format(", {} credited unseen", all.unseen),
                      all.credit)};
}

/// A descriptor a connection: as many as the system allows, where a shell's usual limit is 1024.
void raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

/// The status pages; null where none are asked for.
base::Result<std::unique_ptr<web::StatusFront>> show_status(const PoolSettings& settings,
                                                            Server& server, base::LogSink& sink,
                                                            const base::Clock& clock) {
  if (settings.status.host.empty()) return std::unique_ptr<web::StatusFront>();
  ASSIGN_OR_RETURN(Networks exempt, Networks::parse(settings.config.limits.exempt));
  return web::StatusFront::open({settings.status, settings.config.http.names,
                                 settings.config.audits.folder, std::move(exempt), server, clock,
                                 sink});
}

End serve(const PoolSettings& settings, base::LogSink& sink, base::StopRelay& relay) {
  raise_descriptor_limit();
  const base::SystemClock clock;
  const base::Log log(sink, "pool");
  if (!settings.config_file.empty()) {
    log.info("configuration read", {{"file", settings.config_file}});
  }
  backends::LoadResult loaded = backends::load_modules(settings.module_folder);
  for (const auto& failed : loaded.failed) {
    log.warn("backend not available", {{"backend", failed.name}, {"reason", failed.reason}});
  }
  const std::uint32_t threads = std::max(std::thread::hardware_concurrency(), 1U);
  const auto names = verifier_names(settings.verify_backend);
  if (!names.ok()) return {ExitCode::kBadArguments, "--verify-backend: " + names.message()};
  std::vector<VerifierSource> verifiers = verifier_sources(loaded.modules, *names, threads);
  auto tried = open_all(verifiers);
  if (!tried.ok()) return {ExitCode::kBadArguments, "--verify-backend: " + tried.message()};
  const base::Status fits =
      try_weights(std::move(tried).value(), settings.config.profile, log, relay);
  if (relay.fired()) return report(settings, {}, true);
  if (!fits.ok()) return {ExitCode::kBadArguments, fits.message()};
  auto made = Server::listen(settings.config, std::move(verifiers), sink, clock);
  if (!made.ok()) return {ExitCode::kBadArguments, made.message()};
  Server& server = **made;
  auto pages = show_status(settings, server, sink, clock);
  if (!pages.ok()) return {ExitCode::kBadArguments, pages.message()};
  {
    const StopTarget target(relay, [&server] { server.stop(); });
    server.run();
  }
  return report(settings, server.summary(), relay.fired());
}

}  // namespace

End run_pool(const PoolSettings& settings) {
  const auto sink = logging::Sink::open(settings.log, logging::stderr_console(settings.log));
  if (!sink.ok()) return {ExitCode::kBadArguments, sink.message()};
  std::signal(SIGCHLD, SIG_DFL);  // who started us may ignore it: a child's status would be lost
  base::StopRelay relay;
  const base::StopSignals signals([&relay] { relay.fire(); },  // before there is another thread
                                  kInterrupted, [&sink] { (*sink)->reopen(); });
  End end = serve(settings, **sink, relay);
  const base::LogField fields[] = {{"code", static_cast<int>(end.code)},
                                   {"meaning", meaning_of(end.code)},
                                   {"reason", end.reason}};
  (*sink)->write_to_file({base::LogLevel::kInfo, "pool", "exit", fields});
  return end;
}

}  // namespace pool
