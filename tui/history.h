#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <string>

#include "base/clock.h"
#include "miner/snapshot.h"

namespace tui {

/// The throughput of the last minutes, a sample a second, as the screen saw it. One thread.
class History {
 public:
  struct Sample {
    double nonces_per_second = 0;
    double macs_per_second = 0;
    bool boundary = false;  ///< a race began or ended in it
  };
  static constexpr std::size_t kKept = 600;

  /// To be called with each snapshot; makes a sample once a second has passed, and one for each
  /// second that was missed.
  void add(const miner::Snapshot& snapshot, base::SteadyTime now);

  /// From the oldest to the newest.
  const std::deque<Sample>& samples() const { return samples_; }

 private:
  struct Seen {
    base::SteadyTime at;
    std::uint64_t nonces = 0;
    double macs = 0;
  };
  std::optional<Seen> last_;
  std::string race_;  // being raced; empty: none
  bool boundary_ = false;
  std::deque<Sample> samples_;
};

}  // namespace tui
