#include "miner/cli/command_mine.h"

#include <cstdlib>
#include <iostream>
#include <ostream>
#include <utility>

#include "backends/api/host_verifier.h"
#include "miner/cli/mine_setup.h"
#include "miner/cli/running_settings.h"
#include "miner/cli/screen_settings.h"
#include "miner/cli/status_lines.h"
#include "miner/cli/summary_json.h"
#include "miner/miner.h"
#include "miner/settings/config_watch.h"

namespace miner {
namespace {

using std::chrono::milliseconds;

constexpr std::uint32_t kRecheckThreads = 1;
constexpr std::uint32_t kAllThreads = 0;
constexpr const char* kSoloUser = "solo";

/// Starts the pool of --solo and says where it is.
base::Result<std::unique_ptr<SoloPool>> start_solo(const MineArguments& arguments, MineSetup& setup,
                                                   const MineSurroundings& surroundings) {
  const SoloPlan plan{solo_profile(arguments, setup.chosen), arguments.sprint_length,
                      arguments.difficulty};
  std::vector<backends::DeviceInfo> infos;
  infos.reserve(setup.chosen.size());
  for (const WorkerDevice& device : setup.chosen) infos.push_back(device.info);
  RETURN_IF_ERROR(check_device_memory(plan.profile, infos));
  RETURN_IF_ERROR(check_reference_memory(plan.profile));
  // Where the CPU mines, its pool must not take it away; where GPUs do, the CPU has to keep up.
  const std::uint32_t threads = any_gpu(setup.chosen) ? kAllThreads : kRecheckThreads;
  return surroundings.start_solo(plan,
                                 backends::open_host_verifier(setup.devices.modules, threads));
}

void warn_of_plain_text(const std::vector<PoolEndpoint>& pools, const base::Log& log) {
  for (const PoolEndpoint& pool : pools) {
    if (pool.url.security != stratum::Security::kPlain || pool.url.is_loopback()) continue;
    log.warn("not encrypted, as the URL asks", {{"pool", base::Address{pool.url.text()}}});
  }
}

/// How the run connects: to the pool inside the program as directly as can be.
stratum::TransportOptions transport_of(const MineArguments& mine) {
  return mine.solo ? stratum::TransportOptions{} : mine.transport;
}

/// While it lives, a stop signal stops the miner.
class StopTarget {
 public:
  StopTarget(const MineSurroundings& around, Miner& miner) : around_(around) {
    around_.on_stop([&miner] { miner.request_stop(); });
  }
  ~StopTarget() { around_.on_stop({}); }
  StopTarget(const StopTarget&) = delete;
  StopTarget& operator=(const StopTarget&) = delete;

 private:
  const MineSurroundings& around_;
};

/// Keeps the miner to its configuration, which its file and the screen change, as long as it lives.
class FollowedConfig {
 public:
  FollowedConfig(const Arguments& arguments, Miner& miner, const MineSurroundings& around)
      : miner_(miner),
        around_(around),
        log_(around.sink, "config"),
        running_(
            arguments.configuration,
            [this](const MineArguments& settings, bool pools_changed) {
              apply(settings, pools_changed);
            },
            around.sink) {
    if (around_.config_watch == nullptr) return;
    const base::Status status =
        around_.config_watch->start([this](bool asked) { running_.read_again(asked); });
    if (!status.ok()) log_.warn("changes are not seen", {{"reason", status.message()}});
  }
  ~FollowedConfig() {
    if (around_.config_watch != nullptr) around_.config_watch->stop();
  }
  FollowedConfig(const FollowedConfig&) = delete;
  FollowedConfig& operator=(const FollowedConfig&) = delete;

  RunningSettings& running() { return running_; }

 private:
  /// On the watch's thread, or the screen's.
  void apply(const MineArguments& settings, bool pools_changed) {
    std::vector<PoolEndpoint> pools;  // none: as they are, in the order that the user gave them
    if (pools_changed) {
      pools = endpoints_of(settings).value();  // they were read before
      warn_of_plain_text(pools, log_);
    }
    around_.set_up_log(settings);
    miner_.apply(
        {std::move(pools), settings.recheck_every, transport_of(settings), settings.check_credit});
  }

  Miner& miner_;
  const MineSurroundings& around_;
  const base::Log log_;
  RunningSettings running_;
};

/// What takes long about opening a device becomes lines of the log.
void hear_open_news(const std::vector<backends::LoadedModule>& modules, base::LogSink& sink) {
  for (const backends::LoadedModule& module : modules) {
    if (module.backend == nullptr) continue;
    module.backend->tell_open_news(
        [&sink, name = module.name](std::uint32_t index, std::string_view doing) {
          const std::string device = name + ":" + std::to_string(index);
          base::Log(sink, device).info("opening", {{"doing", std::string(doing)}});
        });
  }
}

/// Waits for the end of the run, with a line now and then. `screen` may be null.
void watch(Miner& miner, const MineSurroundings& around, const OpenScreen* screen) {
  base::LogSink& file = around.file_log != nullptr ? *around.file_log : around.sink;
  StatusLines lines(around.log_status, around.log_devices, around.sink, file, around.clock.now());
  while (!miner.wait(milliseconds(500))) {
    const bool showing = screen != nullptr && screen->showing();
    lines.look(*miner.snapshot(), around.clock.now(), showing);
  }
}

/// Prints how the run went. Nothing may be printed by anyone afterwards but the last line.
void report(const Miner& miner, const MineArguments& arguments, const MineSurroundings& around) {
  const auto snapshot = miner.snapshot();
  if (arguments.json) {
    around.out << summary_json(*snapshot) << '\n';
  } else {
    around.out << around.summary(*snapshot);
  }
  around.out.flush();
}

/// A thread inside a driver that hangs cannot be joined, and everything it uses must stay: the
/// process ends here, without destructors.
[[noreturn]] void leave_hung(const Outcome& outcome, const base::Log& log) {
  const base::LogField fields[] = {{"code", static_cast<int>(outcome.code)},
                                   {"meaning", describe(outcome.code)},
                                   {"reason", outcome.reason}};
  const bool clean = outcome.code == ExitCode::kClean;
  log.write(clean ? base::LogLevel::kInfo : base::LogLevel::kError, "exit", fields);
  std::cerr << last_line(outcome) << std::endl;
  std::_Exit(static_cast<int>(outcome.code));
}

/// Empty where found shares are not kept: a pool of our own ends with us.
std::string spool_folder(const Arguments& arguments, const base::Log& log) {
  const MineArguments& mine = arguments.mine;
  if (mine.solo || mine.spool == "none") return "";
  if (!mine.spool.empty()) return mine.spool;
  const std::string& usual = arguments.configuration.spool_home;
  if (usual.empty()) {
    log.warn("found shares will not survive a crash",
             {{"reason", "neither XDG_STATE_HOME nor HOME is set: give --spool DIR"}});
  }
  return usual;
}

PoolLimits limits_of(const MineArguments& mine) {
  PoolLimits limits;
  limits.connect = mine.connect_timeout;
  limits.session = {mine.login_timeout, mine.answer_timeout, mine.silence_timeout,
                    mine.announce_timeout};
  limits.max_latency = mine.max_latency;
  return limits;
}

}  // namespace

Outcome run_mine(const Arguments& arguments, const MineSurroundings& around) {
  const base::Log log(around.sink, "miner");
  const MineArguments& mine = arguments.mine;
  for (const std::string& warning : arguments.configuration.warnings) {
    log.warn("configuration", {{"warning", warning}});
  }
  auto setup = set_up_mining(arguments);
  if (!setup.ok()) return outcome_of(setup.error());
  const Selection& selection = arguments.devices.selection;
  for (const auto& missing : missing_for(setup->devices.list, selection)) {
    log.info("backend not available", {{"backend", missing.name}, {"reason", missing.reason}});
  }

  hear_open_news(setup->devices.modules, around.sink);

  std::unique_ptr<SoloPool> solo;
  if (mine.solo) {
    auto started = start_solo(mine, *setup, around);
    if (!started.ok()) return outcome_of(started.error());
    solo = std::move(started).value();
    setup->pools.push_back({{"127.0.0.1", solo->port()}, kSoloUser, ""});
  }
  warn_of_plain_text(setup->pools, log);
  MinerConfig config;
  config.pools = setup->pools;
  config.sprints = mine.sprints;
  config.exit_on_loss = mine.exit_on_loss;
  config.limits = limits_of(mine);
  config.recheck_every = mine.recheck_every;
  config.check_credit = mine.check_credit;
  config.solo = mine.solo;
  config.spool_folder = spool_folder(arguments, log);
  config.transport = transport_of(mine);
  Miner miner(std::move(config), setup->chosen,
              backends::open_host_verifier(setup->devices.modules, kRecheckThreads), around.sink,
              around.clock, sensor_sources(setup->devices.modules));
  {
    const StopTarget target(around, miner);
    FollowedConfig followed(arguments, miner, around);
    ScreenSettings settings(followed.running(), miner);
    std::unique_ptr<OpenScreen> screen;
    if (around.open_screen) screen = around.open_screen(miner, settings);
    watch(miner, around, screen.get());
  }
  report(miner, mine, around);
  Outcome outcome = miner.outcome();
  for (const std::string& module : miner.hung_sensors()) {
    log.warn("sensors do not answer", {{"module", module}});
  }
  if (miner.spool_hangs()) log.warn("the disk of the spool does not answer", {{"flag", "--spool"}});
  const bool hangs =
      !miner.hung_devices().empty() || !miner.hung_sensors().empty() || miner.spool_hangs();
  if (hangs) leave_hung(outcome, log);
  return outcome;
}

}  // namespace miner
