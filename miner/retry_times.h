#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <random>

#include "base/clock.h"

namespace miner {

/// When pools that are better than the one in use are tried again: for the first time after a
/// while, then with pauses that double up to a minute, with jitter; ten minutes after a refused
/// login. No clock, no thread.
class RetryTimes {
 public:
  RetryTimes(base::Micros first, std::uint32_t seed) : first_(first), random_(seed) {}

  /// Whether it is time for a pool. One that nothing is known of waits for the first time from now.
  bool is_due(std::size_t pool, base::SteadyTime now);
  void failed(std::size_t pool, base::SteadyTime now);
  void refused(std::size_t pool, base::SteadyTime now);
  /// It is in use: what comes after that begins anew.
  void forget(std::size_t pool) { pools_.erase(pool); }
  void forget_all() { pools_.clear(); }

 private:
  struct Pool {
    base::SteadyTime next;
    int failures = 0;
  };
  const base::Micros first_;
  std::map<std::size_t, Pool> pools_;
  std::minstd_rand random_;
};

}  // namespace miner
