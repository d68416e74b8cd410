#pragma once

#include <cstdint>
#include <deque>
#include <optional>

#include "base/clock.h"

namespace stratum {

/// The pool's wall clock as seen from our steady clock: the offset of that exchange among the last
/// few whose error can be least, half its round trip (Cristian, 1989) and what two clocks may have
/// drifted apart since. One thread.
class PoolClock {
 public:
  /// One exchange: sent and received on our clock, the pool's stamps in between.
  struct Exchange {
    base::SteadyTime sent;
    base::UnixTime pool_received;
    base::UnixTime pool_sent;
    base::SteadyTime received;
  };
  /// An exchange that cannot be (stamps in the wrong order, or further apart than the whole took)
  /// is ignored.
  void add(const Exchange& exchange);

  bool known() const { return !samples_.empty(); }
  /// How many counted so far.
  std::uint64_t exchanges() const { return exchanges_; }
  /// Of the best exchange; nothing before the first.
  std::optional<base::Micros> round_trip() const;
  /// How far the offsets of the last few exchanges lie from the one that is used: their root mean
  /// square, as NTP has its jitter (RFC 5905, section 10). Nothing before the second exchange.
  std::optional<base::Micros> jitter() const;
  /// Ours for a time of the pool's; `known()` must hold.
  base::SteadyTime to_steady(base::UnixTime pool_time) const;
  base::UnixTime to_pool(base::SteadyTime time) const;

 private:
  struct Sample {
    base::SteadyTime received;
    base::Micros round_trip;
    base::Micros offset;  // pool's time since 1970 minus our steady time since its epoch
  };
  const Sample& best() const;

  std::deque<Sample> samples_;  // newest last, at most 8
  std::uint64_t exchanges_ = 0;
};

}  // namespace stratum
