#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

#include "base/clock.h"

namespace backends::sim {

/// When the nonces of a device with a limited rate are done. Times only; whoever holds it waits.
class Pacer {
 public:
  /// `rate` in nonces per second; 0: no limit.
  explicit Pacer(std::uint32_t rate) : rate_(rate) {}

  /// Work that was handed over at `given` begins: when it was, or when the work before it is done.
  void begin(base::SteadyTime given) { due_ = std::max(due_, Time(given)); }

  /// When the nonce whose computation took from `began` to `now` is done; ten times as late if
  /// `slow`.
  base::SteadyTime nonce_due(base::SteadyTime began, base::SteadyTime now, bool slow) {
    const Duration took = now - began;
    const Duration limit = rate_ > 0 ? Duration(1e6) / rate_ : Duration(0);
    if (rate_ > 0) {
      due_ += slow ? 10 * limit : limit;
    } else {
      due_ = slow ? Time(began) + 10 * took : Time(now);
    }
    return std::chrono::time_point_cast<base::Micros>(due_);
  }

 private:
  using Duration = std::chrono::duration<double, std::micro>;
  using Time = std::chrono::time_point<std::chrono::steady_clock, Duration>;

  std::uint32_t rate_;
  Time due_{};
};

}  // namespace backends::sim
