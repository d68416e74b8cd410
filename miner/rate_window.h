#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "base/clock.h"

namespace miner {

/// Amounts per second over the last seconds and minutes, in constant memory. One thread. A rate
/// costs two look-ups, whatever the window; an amount one step for each second that has begun since
/// the last, 902 at most, and as many once in 15 minutes.
///
/// Amounts fall into whole seconds; a window of n seconds is the n before the one that is still
/// filling, so that a rate never jumps with the part of a second that has passed. Kept are not the
/// amounts but the sums of all up to each second's end: a window is the difference of two, exact
/// for whole amounts while those of half an hour are below 2^53.
class RateWindow {
 public:
  static constexpr std::int64_t kMaxSeconds = 900;

  explicit RateWindow(base::SteadyTime start) : start_(start) {}

  void add(base::SteadyTime now, double amount);

  /// The mean over the last `seconds` (1..900), pauses included; nothing until that long has passed
  /// since the start: a window not filled yet has no rate.
  std::optional<double> per_second(std::int64_t seconds, base::SteadyTime now) const;

 private:
  // The longest window, the second before it, and the one that is filling.
  static constexpr std::int64_t kKept = kMaxSeconds + 2;

  std::int64_t second_of(base::SteadyTime now) const;
  void forget_the_oldest();
  double& sum_at(std::int64_t second);
  double sum_until(std::int64_t second) const;

  base::SteadyTime start_;
  std::int64_t last_ = 0;             // the newest second with an amount, since start_
  std::array<double, kKept> sums_{};  // up to the end of each of the kept seconds until last_
};

}  // namespace miner
