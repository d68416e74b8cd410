#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "backends/api/telemetry.h"
#include "base/clock.h"
#include "base/mutex.h"
#include "miner/energy_meter.h"
#include "miner/snapshot.h"

namespace miner {

/// Where the threads that read sensors write what they read, and snapshots read it. Workers never
/// touch it. Any thread.
class SensorBoard {
 public:
  /// What was read longer ago than this is not shown any more.
  static constexpr base::Micros kFreshFor = std::chrono::seconds(5);

  /// `labels`: of the devices, in the order of Snapshot::devices.
  explicit SensorBoard(std::vector<std::string> labels)
      : labels_(std::move(labels)), entries_(labels_.size()) {}

  const std::vector<std::string>& labels() const { return labels_; }

  /// What a module read of a device at this time. `source`: the module's rank, 0 is the highest:
  /// where several know the device, the highest that has something fresh is shown and counted.
  void set(std::uint32_t device, std::uint32_t source, backends::TelemetrySample sample,
           base::SteadyTime at) EXCLUDES(mutex_);

  /// What a device's sensors say; none when nobody has told lately.
  std::optional<backends::TelemetrySample> sensors(std::uint32_t device, base::SteadyTime now) const
      EXCLUDES(mutex_);

  /// Fills in the sensors and the energy of the snapshot's devices, and the sums.
  void write_to(Snapshot& snapshot, base::SteadyTime now) const EXCLUDES(mutex_);

 private:
  struct Reading {
    backends::TelemetrySample sample;
    base::SteadyTime at;
  };
  struct Entry {
    std::map<std::uint32_t, Reading> readings;  // by source
    EnergyMeter energy;
  };
  static const Reading* shown(const Entry& entry, base::SteadyTime now);

  const std::vector<std::string> labels_;
  mutable base::Mutex mutex_;
  std::vector<Entry> entries_ GUARDED_BY(mutex_);
};

}  // namespace miner
