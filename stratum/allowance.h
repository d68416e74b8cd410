#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

#include "base/clock.h"

namespace stratum {

/// So many a second, and so many at once after a pause. The generic cell rate algorithm (ITU-T
/// I.371), which needs one time and no timer. Value; one thread.
class Allowance {
 public:
  constexpr Allowance(std::int64_t a_second, std::int64_t at_once)
      : each_(base::Micros(std::chrono::seconds(1)) / a_second), burst_(each_ * (at_once - 1)) {}

  /// Takes one at this time, if there is one.
  bool take(base::UnixTime now) {
    const base::UnixTime due = std::max(due_, now);
    if (due - now > burst_) return false;
    due_ = due + each_;
    return true;
  }
  /// How long until there is one.
  base::Micros wait(base::UnixTime now) const {
    return std::max(due_ - now - burst_, base::Micros(0));
  }

 private:
  const base::Micros each_;
  const base::Micros burst_;
  base::UnixTime due_{};  // when all are there again
};

}  // namespace stratum
