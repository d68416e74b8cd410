#pragma once

#include <cstdint>

#include "base/clock.h"
#include "stratum/pool_clock.h"

namespace miner {

/// Whether a pool is too far away: its best round trip stayed above a limit for three clock
/// exchanges. For one session, from its login on; one thread.
class LatencyWatch {
 public:
  /// 0: nothing is too far away.
  explicit LatencyWatch(base::Micros limit) : limit_(limit) {}

  /// To be called whenever there may have been an exchange.
  void look(const stratum::PoolClock& clock) {
    if (limit_.count() == 0 || !clock.known()) return;
    // The first was the subscription, for which the pool had more to do.
    const std::uint64_t more = seen_ == 0 ? 0 : clock.exchanges() - seen_;
    seen_ = clock.exchanges();
    counted_ += more;
    above_ = *clock.round_trip() > limit_ ? above_ + more : 0;
  }

  /// Enough exchanges were seen to tell.
  bool settled() const { return limit_.count() == 0 || counted_ >= kExchanges; }
  bool too_far() const { return above_ >= kExchanges; }

 private:
  static constexpr std::uint64_t kExchanges = 3;
  base::Micros limit_;
  std::uint64_t seen_ = 0;
  std::uint64_t counted_ = 0;
  std::uint64_t above_ = 0;  // exchanges, one after another
};

}  // namespace miner
