// sprintminer: ties the miner, its command line, the log and the pool of --solo together.

#include <spdlog/sinks/ansicolor_sink.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>
#include <thread>

#include "base/clock.h"
#include "base/mutex.h"
#include "base/stop_signals.h"
#include "miner/cli/arguments.h"
#include "miner/cli/command_mine.h"
#include "miner/cli/commands.h"
#include "miner/cli/console.h"
#include "miner/settings/config_watch.h"
#include "miner/settings/environment.h"
#include "pool/server.h"
#include "tui/plain_view.h"

namespace {

using miner::Arguments;
using miner::ExitCode;
using miner::Outcome;

/// Log lines on stderr, in colour on a terminal unless NO_COLOR is set (https://no-color.org).
class StderrSink final : public base::LogSink {
 public:
  explicit StderrSink(bool verbose) {
    const char* no_color = std::getenv("NO_COLOR");
    const bool plain = no_color != nullptr && *no_color != '\0';
    auto sink = std::make_shared<spdlog::sinks::ansicolor_stderr_sink_mt>(
        plain ? spdlog::color_mode::never : spdlog::color_mode::automatic);
    logger_ = std::make_shared<spdlog::logger>("sprintminer", std::move(sink));
    logger_->set_pattern("%Y-%m-%dT%H:%M:%S.%e%z %^%-5l%$ %v");
    logger_->set_level(verbose ? spdlog::level::debug : spdlog::level::info);
    logger_->flush_on(spdlog::level::trace);
  }

  void write(base::LogLevel level, std::string_view who, std::string_view line) override {
    logger_->log(level_of(level), "{}: {}", who, line);
  }

 private:
  static spdlog::level::level_enum level_of(base::LogLevel level) {
    switch (level) {
      case base::LogLevel::kDebug:
        return spdlog::level::debug;
      case base::LogLevel::kInfo:
        return spdlog::level::info;
      case base::LogLevel::kWarn:
        return spdlog::level::warn;
      case base::LogLevel::kError:
        return spdlog::level::err;
    }
    return spdlog::level::info;
  }

  std::shared_ptr<spdlog::logger> logger_;
};

/// Holds back what is told at debug level until it is asked for, also while the program runs.
class VerbositySink final : public base::LogSink {
 public:
  VerbositySink(base::LogSink& sink, bool verbose) : sink_(sink), verbose_(verbose) {}

  void set_verbose(bool verbose) { verbose_ = verbose; }
  void write(base::LogLevel level, std::string_view who, std::string_view line) override {
    if (level != base::LogLevel::kDebug || verbose_) sink_.write(level, who, line);
  }

 private:
  base::LogSink& sink_;
  std::atomic<bool> verbose_;
};

/// Carries a stop signal to whatever can be stopped now; one that came early is not forgotten.
class StopRelay {
 public:
  void fire() EXCLUDES(mutex_) {
    base::MutexLock lock(mutex_);
    fired_ = true;
    if (target_) target_();
  }
  void set(std::function<void()> target) EXCLUDES(mutex_) {
    base::MutexLock lock(mutex_);
    target_ = std::move(target);
    if (fired_ && target_) target_();
  }

 private:
  base::Mutex mutex_;
  std::function<void()> target_ GUARDED_BY(mutex_);
  bool fired_ GUARDED_BY(mutex_) = false;
};

/// The reference pool on a thread of its own.
class PoolInside final : public miner::SoloPool {
 public:
  explicit PoolInside(std::unique_ptr<pool::Server> server)
      : server_(std::move(server)), thread_([this] { server_->run(); }) {}
  ~PoolInside() override {
    server_->stop();
    thread_.join();
  }
  std::uint16_t port() const override { return server_->port(); }

 private:
  std::unique_ptr<pool::Server> server_;
  std::thread thread_;
};

base::Result<std::unique_ptr<miner::SoloPool>> start_solo(const miner::SoloPlan& plan,
                                                          std::unique_ptr<poc::Verifier> verifier,
                                                          base::LogSink& sink,
                                                          const base::Clock& clock) {
  pool::Config config;
  config.name = "solo";
  config.port = 0;
  config.profile = plan.profile;
  config.sprint_length = plan.sprint_length;
  config.difficulty = plan.difficulty;
  config.start_when_ready = true;
  ASSIGN_OR_RETURN(auto server, pool::Server::listen(config, std::move(verifier), sink, clock));
  return std::unique_ptr<miner::SoloPool>(std::make_unique<PoolInside>(std::move(server)));
}

/// What a run of the program has around it.
struct Program {
  VerbositySink& sink;
  StopRelay& relay;
  miner::ConfigWatch* watch;  // null: there is no configuration file
};

Outcome mine(const Arguments& arguments, const Program& program) {
  VerbositySink& sink = program.sink;
  const base::SystemClock clock;
  const miner::MineSurroundings around{
      sink,
      clock,
      std::cout,
      [&](const miner::SoloPlan& plan, std::unique_ptr<poc::Verifier> verifier) {
        return start_solo(plan, std::move(verifier), sink, clock);
      },
      [&](std::function<void()> stop) { program.relay.set(std::move(stop)); },
      tui::status_line,
      tui::summary,
      program.watch,
      [&sink](bool verbose) { sink.set_verbose(verbose); }};
  return miner::run_mine(arguments, around);
}

Outcome run(const Arguments& arguments, const Program& program) {
  const miner::Console console{std::cout, std::cerr, isatty(STDERR_FILENO) == 1};
  switch (arguments.command) {
    case miner::Command::kMine:
      return arguments.dry_run ? miner::run_dry(arguments, console) : mine(arguments, program);
    case miner::Command::kDevices:
      return miner::run_devices(arguments, console);
    case miner::Command::kOptions:
      return miner::run_options(arguments, console);
    case miner::Command::kTicket:
      return miner::run_ticket(arguments, console);
    case miner::Command::kBench:
      return miner::run_bench(arguments, console);
    case miner::Command::kSelfTest:
      return miner::run_self_test(arguments, console);
    case miner::Command::kConfig:
      return miner::run_config(arguments, console);
  }
  return {ExitCode::kInternal, "unknown command"};
}

/// The last line names code and reason. A command that only answers a question ends without one
/// when all is well.
int finish(const Outcome& outcome, bool quiet_if_clean) {
  std::cout.flush();
  if (outcome.code != ExitCode::kClean || !quiet_if_clean) {
    std::cerr << "sprintminer: exit " << static_cast<int>(outcome.code) << " ("
              << describe(outcome.code) << "): " << outcome.reason << std::endl;
  }
  return static_cast<int>(outcome.code);
}

}  // namespace

int main(int argc, char** argv) {
  const auto parsed = miner::parse_arguments(argc, argv, miner::process_environment());
  if (!parsed.ok()) return finish({ExitCode::kBadArguments, parsed.message()}, true);
  if (!parsed->run) {
    std::cout << parsed->text;
    return 0;
  }
  const Arguments& arguments = *parsed->run;
  const bool mining = arguments.command == miner::Command::kMine && !arguments.dry_run;
  const std::string& file = arguments.configuration.path;
  StopRelay relay;
  std::unique_ptr<miner::ConfigWatch> watch;
  if (mining && !file.empty()) watch = std::make_unique<miner::ConfigWatch>(file);
  // Only mining has something to finish first; the other commands end at once, as shells expect.
  std::unique_ptr<base::StopSignals> signals;
  if (mining) signals = std::make_unique<base::StopSignals>([&relay] { relay.fire(); });
  StderrSink all(true);
  VerbositySink sink(all, arguments.mine.verbose);
  const Outcome outcome = run(arguments, {sink, relay, watch.get()});
  signals.reset();
  return finish(outcome, arguments.command != miner::Command::kMine);
}
