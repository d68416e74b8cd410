// sprintminer: ties the miner, its command line, the log and the pool of --solo together.

#include <unistd.h>

#include <clocale>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <thread>

#include "base/clock.h"
#include "base/stop_relay.h"
#include "base/stop_signals.h"
#include "logging/rotating_file.h"
#include "logging/sink.h"
#include "miner/cli/arguments.h"
#include "miner/cli/command_mine.h"
#include "miner/cli/commands.h"
#include "miner/cli/console.h"
#include "miner/settings/config_watch.h"
#include "miner/settings/environment.h"
#include "pool/server.h"
#include "tui/plain_view.h"
#include "tui/screen.h"

namespace {

using miner::Arguments;
using miner::ExitCode;
using miner::Outcome;

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

constexpr std::size_t kScreenLines = 1000;  // of the log, until the screen takes them

/// The dashboard with the log's lines on it; where there is no terminal for it, an object that
/// shows nothing.
class Dashboard final : public miner::OpenScreen {
 public:
  Dashboard(tui::ScreenParts parts, logging::Sink& sink) {
    parts.on_shown = [&sink](bool shown) {
      if (shown) {
        sink.open_screen(kScreenLines);
      } else {
        sink.close_screen();
      }
    };
    auto screen = tui::Screen::open(std::move(parts));
    if (screen.ok()) {
      screen_ = std::move(screen).value();
    } else {
      base::Log(sink, "screen").warn("not shown", {{"reason", screen.message()}});
    }
  }

  bool showing() const override { return screen_ != nullptr && screen_->showing(); }

 private:
  std::unique_ptr<tui::Screen> screen_;
};

/// The lines of the log as the screen takes them.
tui::LogFeed log_feed(const logging::Sink& sink) {
  return [&sink](std::uint64_t seq) {
    std::vector<tui::LogLine> lines;
    for (logging::ScreenLine& line : sink.lines_after(seq)) {
      lines.push_back({line.seq, line.level, std::move(line.text)});
    }
    return lines;
  };
}

/// A script reads along with --json, and a person who does not want a screen says so.
bool wants_screen(const miner::MineArguments& mine) {
  return !mine.no_tui && !mine.json && tui::Terminal::usable(std::getenv("TERM"));
}

/// The log file, without console and screen.
class FileLog final : public base::LogSink {
 public:
  explicit FileLog(logging::Sink& sink) : sink_(sink) {}
  void write(const base::LogRecord& record) override { sink_.write_to_file(record); }

 private:
  logging::Sink& sink_;
};

/// What a run of the program has around it.
struct Program {
  logging::Sink& sink;
  base::StopRelay& relay;
  miner::ConfigWatch* watch;  // null: there is no configuration file
};

/// The log follows settings, now and when their file changes.
void set_up_log(logging::Sink& sink, const miner::MineArguments& settings) {
  sink.set_level(settings.log_level());
  for (const miner::PoolArgument& pool : settings.pools) sink.hide({pool.user}, pool.password);
  if (const auto& proxy = settings.transport.proxy) sink.hide({proxy->user}, proxy->password);
}

Outcome mine(const Arguments& arguments, const Program& program) {
  logging::Sink& sink = program.sink;
  const base::SystemClock clock;
  FileLog file_log(sink);
  miner::MineSurroundings around{
      sink,
      clock,
      std::cout,
      [&](const miner::SoloPlan& plan, std::unique_ptr<poc::Verifier> verifier) {
        return start_solo(plan, std::move(verifier), sink, clock);
      },
      [&](std::function<void()> stop) { program.relay.set(std::move(stop)); },
      tui::log_status,
      tui::summary,
      program.watch,
      [&sink](const miner::MineArguments& settings) { set_up_log(sink, settings); },
      tui::log_devices};
  around.file_log = &file_log;
  if (wants_screen(arguments.mine)) {
    const bool colours = logging::wants_colours(arguments.mine.log, true, std::getenv("NO_COLOR"),
                                                std::getenv("TERM"));
    around.open_screen = [&, colours](miner::Control& control, miner::SettingsControl& settings) {
      return std::make_unique<Dashboard>(tui::ScreenParts{control,
                                                          settings,
                                                          log_feed(sink),
                                                          sink,
                                                          {},
                                                          clock,
                                                          "sprintminer " SPRINT_VERSION,
                                                          colours},
                                         sink);
    };
  }
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

/// The log file says how it ended; the console has the last line for that.
void log_end(const Outcome& outcome, logging::Sink& sink) {
  const base::LogField fields[] = {{"code", static_cast<int>(outcome.code)},
                                   {"meaning", describe(outcome.code)},
                                   {"reason", outcome.reason}};
  sink.write_to_file({base::LogLevel::kInfo, "miner", "exit", fields});
}

/// The last line names code and reason. A command that only answers a question ends without one
/// when all is well.
int finish(const Outcome& outcome, bool quiet_if_clean) {
  std::cout.flush();
  if (outcome.code != ExitCode::kClean || !quiet_if_clean) {
    std::cerr << last_line(outcome) << std::endl;
  }
  return static_cast<int>(outcome.code);
}

/// What a second stop signal leaves no time to say.
constexpr const char* kInterrupted =
    "sprintminer: exit 130 (interrupted twice): ended at once, shares may be lost";

/// Opens the log, listens for signals and runs.
int run_logged(const Arguments& arguments) {
  const bool mining = arguments.command == miner::Command::kMine && !arguments.dry_run;
  logging::Options options = arguments.mine.log;
  if (arguments.dry_run && !options.file.empty()) {
    const base::Status writable = logging::RotatingFile::try_open(options.file);
    if (!writable.ok()) return finish({ExitCode::kBadArguments, writable.message()}, true);
  }
  if (!mining) options.file.clear();
  const auto sink = logging::Sink::open(options, logging::stderr_console(options));
  if (!sink.ok()) return finish({ExitCode::kBadArguments, sink.message()}, true);
  set_up_log(**sink, arguments.mine);
  const std::string& file = arguments.configuration.path;
  std::unique_ptr<miner::ConfigWatch> watch;
  if (mining && !file.empty()) watch = std::make_unique<miner::ConfigWatch>(file);
  base::StopRelay relay;
  // Only mining has something to finish first; the other commands end at once, as shells expect.
  std::unique_ptr<base::StopSignals> signals;
  if (mining) {
    signals = std::make_unique<base::StopSignals>([&relay] { relay.fire(); }, kInterrupted,
                                                  [&sink, &watch] {
                                                    (*sink)->reopen();
                                                    if (watch != nullptr) watch->ask();
                                                  });
    signals->before_forced_end(tui::TerminalSignals::restore_terminal);
  }
  const Outcome outcome = run(arguments, {**sink, relay, watch.get()});
  signals.reset();
  if (mining) log_end(outcome, **sink);
  return finish(outcome, arguments.command != miner::Command::kMine);
}

int run_words(int argc, char** argv) {
  const auto parsed = miner::parse_arguments(argc, argv, miner::process_environment());
  if (!parsed.ok()) return finish({ExitCode::kBadArguments, parsed.message()}, true);
  if (parsed->run) return run_logged(*parsed->run);
  std::cout << parsed->text;
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  std::setlocale(LC_CTYPE, "");  // what the terminal takes for a letter
  miner::end_with_last_line_on_uncaught(tui::TerminalSignals::restore_terminal);
  int code = 0;
  const Outcome outcome = miner::guarded([&] {
    code = run_words(argc, argv);
    return Outcome{};
  });
  return outcome.code == ExitCode::kClean ? code : finish(outcome, true);
}
