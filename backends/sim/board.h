#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "backends/api/telemetry.h"
#include "backends/sim/options.h"
#include "base/clock.h"
#include "base/mutex.h"

namespace backends::sim {

/// What a simulated card shows to the outside while devices work on it: written by their threads,
/// read by the telemetry thread.
class Card {
 public:
  Card(std::string label, std::string name, std::uint64_t memory_bytes)
      : identity_{std::move(label), std::move(name)}, memory_bytes_(memory_bytes) {}

  const TelemetryCard& identity() const { return identity_; }
  std::uint64_t memory_bytes() const { return memory_bytes_; }

  /// A device worked for this much longer.
  void add_busy(base::Micros time) { busy_ += time.count(); }
  base::Micros busy() const { return base::Micros(busy_.load()); }

  /// A device took this much memory (or gave it back: negative).
  void add_memory_used(std::int64_t bytes) { memory_used_ += bytes; }
  std::uint64_t memory_used() const { return static_cast<std::uint64_t>(memory_used_.load()); }

 private:
  const TelemetryCard identity_;
  const std::uint64_t memory_bytes_;
  std::atomic<std::int64_t> busy_{0};  // microseconds
  std::atomic<std::int64_t> memory_used_{0};
};

/// The cards that there are and how their sensors move: set by the backend, read by the sensors.
/// Any thread.
class Board {
 public:
  void set(std::vector<std::shared_ptr<Card>> cards, const SensorScript& script) EXCLUDES(mutex_);
  std::vector<std::shared_ptr<Card>> cards() const EXCLUDES(mutex_);
  SensorScript script() const EXCLUDES(mutex_);

 private:
  mutable base::Mutex mutex_;
  std::vector<std::shared_ptr<Card>> cards_ GUARDED_BY(mutex_);
  SensorScript script_ GUARDED_BY(mutex_);
};

/// New cards as the settings say; labels "0000:f0:00.0", "0000:f0:01.0" .. or "sim:0", "sim:1" ..
std::vector<std::shared_ptr<Card>> make_cards(const BackendSettings& settings);

/// The PCI address that simulated device `index` of at most 256 claims to have.
std::string pci_address(std::uint32_t index);

}  // namespace backends::sim
