#pragma once

#include <functional>
#include <iosfwd>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "miner/cli/arguments.h"
#include "miner/cli/exit_code.h"
#include "miner/control.h"
#include "miner/snapshot.h"
#include "poc/verifier.h"

namespace miner {

/// A pool inside the program, listening on loopback until it is destroyed.
class SoloPool {
 public:
  virtual ~SoloPool() = default;
  virtual std::uint16_t port() const = 0;
};

/// What the solo pool is to run.
struct SoloPlan {
  poc::Profile profile;
  base::Micros sprint_length{0};
  std::optional<std::uint64_t> difficulty;
};

/// A screen that is open; its destruction gives the terminal back. Its own thread, if it has one,
/// is not seen here.
class OpenScreen {
 public:
  virtual ~OpenScreen() = default;
  /// The user sees it now: lines of the console would spoil it. Any thread.
  virtual bool showing() const = 0;
};

class ConfigWatch;

/// What `mine` needs from the program around it.
struct MineSurroundings {
  base::LogSink& sink;
  const base::Clock& clock;
  std::ostream& out;  ///< the summary or the JSON line
  /// Starts the pool of --solo.
  std::function<base::Result<std::unique_ptr<SoloPool>>(const SoloPlan&,
                                                        std::unique_ptr<poc::Verifier>)>
      start_solo;
  /// Hands over what a stop signal is to do; called again with nothing before `mine` returns.
  std::function<void(std::function<void()>)> on_stop;
  std::function<void(const Snapshot&, const base::Log&)> log_status;
  std::function<std::string(const Snapshot&)> summary;
  ConfigWatch* config_watch = nullptr;  ///< of the file that was read; null: there is none
  /// Makes the log follow live settings, its level and what it must not show; any thread.
  std::function<void(const MineArguments&)> set_up_log;
  /// A line for each device, every minute; may be empty.
  std::function<void(const Snapshot&, const base::Log&)> log_devices = {};
  /// Opens the screen over the run that begins; what it gets outlives it. It is destroyed before
  /// anything is printed at the end. May be empty, and may give null: there is no screen then.
  std::function<std::unique_ptr<OpenScreen>(Control&, SettingsControl&)> open_screen = {};
  /// The log file alone, for what a screen that is showing says itself; null: as all the rest.
  base::LogSink* file_log = nullptr;
};

/// Mines until told, or until --sprints are done; prints the summary (or one JSON line).
///
/// When a device's driver hangs (ExitCode::kDeviceHung), or one of sensors (which changes no exit
/// code), its thread cannot be joined: the function then ends the process itself, after everything
/// is printed.
Outcome run_mine(const Arguments& arguments, const MineSurroundings& surroundings);

}  // namespace miner
