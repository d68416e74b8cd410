#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

namespace base {

using Micros = std::chrono::microseconds;

/// A time as people read it and as rates divide by it.
inline double in_seconds(Micros time) {
  return std::chrono::duration<double>(time).count();
}

/// A point on this machine's steady clock. Meaningless outside the process; never steps.
using SteadyTime = std::chrono::time_point<std::chrono::steady_clock, Micros>;

/// Microseconds since 1970 UTC on somebody's wall clock; on the wire, the pool's.
using UnixTime = std::chrono::time_point<std::chrono::system_clock, Micros>;

/// Where the time comes from. Everything that waits or measures takes one, so that tests turn it.
class Clock {
 public:
  virtual ~Clock() = default;
  /// Any thread.
  virtual SteadyTime now() const = 0;
};

/// The machine's steady clock.
class SystemClock final : public Clock {
 public:
  SteadyTime now() const override {
    return std::chrono::time_point_cast<Micros>(std::chrono::steady_clock::now());
  }
};

/// A clock that tests turn by hand. Any thread.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(SteadyTime start = SteadyTime(std::chrono::hours(1)))
      : micros_(start.time_since_epoch().count()) {}
  SteadyTime now() const override { return SteadyTime(Micros(micros_.load())); }
  void advance(Micros by) { micros_ += by.count(); }

 private:
  std::atomic<std::int64_t> micros_;
};

/// A wall clock that cannot step: the system's time at construction, carried on by a steady clock.
/// A pool stamps with one, so that an adjustment of the host's time moves no deadline. Any thread.
class SteadyWallClock {
 public:
  explicit SteadyWallClock(const Clock& clock)
      : SteadyWallClock(clock,
                        std::chrono::time_point_cast<Micros>(std::chrono::system_clock::now())) {}
  SteadyWallClock(const Clock& clock, UnixTime at_start)
      : clock_(clock), steady_start_(clock.now()), wall_start_(at_start) {}

  UnixTime now() const { return wall_start_ + (clock_.now() - steady_start_); }
  SteadyTime to_steady(UnixTime t) const { return steady_start_ + (t - wall_start_); }

 private:
  const Clock& clock_;
  const SteadyTime steady_start_;
  const UnixTime wall_start_;
};

}  // namespace base
