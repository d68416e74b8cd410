#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "miner/assignment.h"
#include "miner/rate_window.h"
#include "miner/snapshot.h"

namespace miner {

/// Where workers write what they do and snapshots read it: states, counters and rates per device
/// and in all, nonces per sprint. Any thread.
class Board {
 public:
  Board(std::vector<backends::DeviceInfo> devices, base::SteadyTime start);

  void set_state(std::uint32_t device, DeviceState state, std::string reason = {}) EXCLUDES(mutex_);
  void set_paused(std::uint32_t device, const Pause& pause) EXCLUDES(mutex_);
  /// kLoading with the share of the weights that is made, 0..1.
  void set_loading(std::uint32_t device, double share) EXCLUDES(mutex_);
  /// From now on the sprint's nonces are counted, until `forget_sprint`.
  void open_sprint(SprintKey sprint) EXCLUDES(mutex_);
  /// Nonces computed for a sprint, and their multiply-accumulates. What comes after `forget_sprint`
  /// counts for the device only.
  void add_work(std::uint32_t device, SprintKey sprint, std::uint64_t nonces, double macs,
                base::SteadyTime now) EXCLUDES(mutex_);
  void add_found(std::uint32_t device) EXCLUDES(mutex_);
  /// Returns how many the device has now.
  std::uint64_t add_hardware_error(std::uint32_t device) EXCLUDES(mutex_);

  bool any_racing() const EXCLUDES(mutex_);
  /// Nonces computed for a sprint so far.
  std::uint64_t sprint_nonces(SprintKey sprint) const EXCLUDES(mutex_);
  /// When each device had its last result in a sprint; those without one are left out.
  std::map<std::uint32_t, base::SteadyTime> last_results(SprintKey sprint) const EXCLUDES(mutex_);
  /// The sprint's race is over: sets the margin of each device that had a result in it, and again
  /// when one comes after that.
  void race_over(SprintKey sprint, base::SteadyTime t_end) EXCLUDES(mutex_);
  /// Drops a sprint's count: it is over and read.
  void forget_sprint(SprintKey sprint) EXCLUDES(mutex_);

  /// Fills the snapshot's devices (but their shares), rates, nonces and macs. Workers wait for it
  /// for microseconds: under the lock are a copy of plain values, and a few look-ups for each rate.
  void write_to(Snapshot& snapshot, base::SteadyTime now) const EXCLUDES(mutex_);

 private:
  struct Entry {
    DeviceSnapshot shown;  // without its info, which never changes
    RateWindow nonces;
    RateWindow macs;
  };
  /// What is counted of a sprint.
  struct Sprint {
    std::uint64_t nonces = 0;
    std::map<std::uint32_t, base::SteadyTime> last_result;  // by device
    std::optional<base::SteadyTime> over;                   // T_end, once its race is over
  };
  const std::vector<backends::DeviceInfo> infos_;

  mutable base::Mutex mutex_;
  std::vector<Entry> entries_ GUARDED_BY(mutex_);
  std::map<SprintKey, Sprint> sprints_ GUARDED_BY(mutex_);
  RateWindow nonces_ GUARDED_BY(mutex_);
  RateWindow macs_ GUARDED_BY(mutex_);
  std::uint64_t total_nonces_ GUARDED_BY(mutex_) = 0;
  double total_macs_ GUARDED_BY(mutex_) = 0;
};

}  // namespace miner
