#pragma once

#include <cstdint>
#include <optional>

#include "base/clock.h"

namespace miner {

/// How many nonces the next range should have: about 100 ms of work in whole groups, fewer before
/// the deadline so that the last range ends in time, 0 when not even one nonce would.
///
/// `rate` in nonces/s (nothing: not measured yet), `group` as Device::group_size, `left` until the
/// last moment at which a result is of use, `in_flight` nonces enqueued and not collected.
std::uint64_t size_range(std::optional<double> rate, std::uint32_t group, base::Micros left,
                         std::uint64_t in_flight);

/// A device's rate on one profile, from its finished ranges. One thread.
class RateEstimate {
 public:
  /// `nonces` took `busy`. Recent ranges weigh more: half of the weight lies in about the last
  /// five.
  void add(std::uint64_t nonces, base::Micros busy);
  std::optional<double> nonces_per_second() const { return rate_; }

 private:
  std::optional<double> rate_;
};

}  // namespace miner
