#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "base/clock.h"
#include "base/result.h"

namespace backends::sim {

/// What `Device::cancel` raises and a simulated wait listens to. It only ever counts up, so that a
/// start forgets earlier cancels by remembering the count, and no cancel is lost to a reset.
class CancelSignal {
 public:
  /// Fails when the process has no file descriptor left.
  static base::Result<std::unique_ptr<CancelSignal>> make();
  ~CancelSignal();
  CancelSignal(const CancelSignal&) = delete;
  CancelSignal& operator=(const CancelSignal&) = delete;

  /// Any thread, without a lock.
  void raise() noexcept;

  /// How often it was raised so far. Any thread.
  std::uint64_t count() const { return count_.load(); }

  /// Waits until `until` or until it was raised more than `seen` times; true in the latter case.
  /// The owner's thread alone.
  bool wait_until(base::SteadyTime until, std::uint64_t seen);

  /// Waits until it was raised more than `seen` times. The owner's thread alone.
  void wait(std::uint64_t seen);

 private:
  explicit CancelSignal(int event) : event_(event) {}

  const int event_;  // an eventfd: readable once raised
  std::atomic<std::uint64_t> count_{0};
};

}  // namespace backends::sim
