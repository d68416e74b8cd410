#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "base/clock.h"

namespace miner {

/// Amounts per second over the last seconds and minutes, in constant memory. One thread.
///
/// Amounts fall into buckets of one second; a window of n seconds is the n buckets before the one
/// that is still filling, so that a rate never jumps with the part of a second that has passed.
class RateWindow {
 public:
  static constexpr std::int64_t kMaxSeconds = 900;

  explicit RateWindow(base::SteadyTime start) : start_(start) {}

  void add(base::SteadyTime now, double amount);

  /// The mean over the last `seconds` (1..900), pauses included; nothing until that long has passed
  /// since the start: a window not filled yet has no rate.
  std::optional<double> per_second(std::int64_t seconds, base::SteadyTime now) const;

 private:
  struct Bucket {
    std::int64_t second = -1;  // since start_; -1: never used
    double amount = 0;
  };
  std::int64_t second_of(base::SteadyTime now) const;

  base::SteadyTime start_;
  std::array<Bucket, kMaxSeconds + 1> buckets_{};
};

}  // namespace miner
