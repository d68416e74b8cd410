#pragma once

#include <optional>

#include "base/clock.h"
#include "base/result.h"
#include "miner/events.h"

namespace miner {

/// How often a device that fails is opened again, and after what pauses. Belongs to its worker's
/// thread.
///
/// A device that never worked is tried three times; one whose options can never be right, once. A
/// device that worked may have fallen off its bus or lost its driver for a while: it is opened
/// again after pauses that double, from `first_pause` up to ten minutes, and given up at the eighth
/// failure in a row, or at the third wrong answer of its self-test since it last worked. Ten
/// minutes of sound work forgive all that was before.
class FailureLadder {
 public:
  explicit FailureLadder(base::Micros first_pause) : first_pause_(first_pause) {}

  /// The device is open and its self-test passed.
  void up(base::SteadyTime now) {
    up_since_ = now;
    wrong_ = 0;
  }

  struct Step {
    bool off = false;       ///< given up
    int failures = 0;       ///< in a row, this one included
    base::Micros pause{0};  ///< before it is opened again, unless it is given up
  };
  /// The device failed, and what now.
  Step failed(DeviceDown::Cause cause, base::Fault fault, base::SteadyTime now);

 private:
  const base::Micros first_pause_;
  std::optional<base::SteadyTime> up_since_;  // while it is up
  bool worked_ = false;                       // it was up once
  int failures_ = 0;
  int wrong_ = 0;  // self-tests with a wrong answer, since it was up
};

}  // namespace miner
