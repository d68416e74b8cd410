#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "miner/snapshot.h"

namespace miner {

/// All that a screen or an interface may see and do. Any thread; nothing here waits for a device or
/// a pool: orders are carried out within a moment, and the snapshot then shows it.
class Control {
 public:
  virtual ~Control() = default;

  virtual std::shared_ptr<const Snapshot> snapshot() const = 0;
  /// Takes a device (its position in Snapshot::devices) out of the race and frees it; or back in.
  /// One that is paused already keeps its cause.
  virtual void pause(std::uint32_t device) = 0;
  virtual void resume(std::uint32_t device) = 0;
  /// Makes a pool (its PoolListing::number) the first in the order of preference, enables it, and
  /// goes there as soon as what was sent is answered.
  virtual void prefer_pool(std::size_t pool) = 0;
  /// A disabled pool is left and not tried. The last one that can be used stays enabled.
  virtual void enable_pool(std::size_t pool, bool enabled) = 0;
  /// Submits what was found, then ends the run.
  virtual void request_stop() = 0;
};

/// A setting as it is now.
struct SettingRow {
  std::string key;      ///< as in the configuration file; all pools are one row, "pools"
  std::string value;    ///< as a flag takes it; of a default that is no value, in words
  std::string range;    ///< what is allowed, for a person
  std::string meaning;  ///< one line
  std::string source;   ///< "flag", "environment", "file", "screen", or "default"
  bool live = false;    ///< `set` takes it
};

/// The settings of the run, for a screen. Any thread.
class SettingsControl {
 public:
  virtual ~SettingsControl() = default;

  /// All of them, in the order of --help.
  virtual std::vector<SettingRow> rows() const = 0;
  /// Reads a value as a flag would and applies it. An error is one line, and changes nothing.
  virtual base::Status set(const std::string& key, const std::string& value) = 0;
  /// The file that `write` would write: the one that was read, else the user's own; empty: there is
  /// no place for one.
  virtual std::string target() const = 0;
  /// Writes the running settings (the order of pools and the choice of devices among them) into the
  /// configuration file, and returns what to tell the user: the path, and where the old file went.
  /// A file that is there and that this run has neither read nor written is left alone: an error
  /// that names it and what to do.
  virtual base::Result<std::string> write() = 0;
};

}  // namespace miner
