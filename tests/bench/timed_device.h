#pragma once

#include <atomic>
#include <cstdint>
#include <deque>

#include "backends/api/backend.h"
#include "base/mutex.h"

namespace bench {

using Moment = std::int64_t;  ///< nanoseconds of the steady clock

Moment now();

/// What a device and its benchmark tell each other. Any thread.
class Timing {
 public:
  /// Lets the device find one share in the range that it works on.
  void find_one() EXCLUDES(mutex_);
  /// When `collect` was about to return with the last one.
  Moment found_at() const { return found_at_; }
  /// When `cancel` was first called in the race cancelled last; 0: never.
  Moment cancelled_at() const { return cancelled_at_; }
  /// It works on a range, as long as it is let.
  bool works() const { return works_; }

  // The device's.
  void cancel() EXCLUDES(mutex_);
  void forget_cancel() EXCLUDES(mutex_);
  enum class End { kNothing, kFound, kCancelled };
  /// Lets the time of a range pass, at most.
  End work() EXCLUDES(mutex_);
  void found() { found_at_ = now(); }

 private:
  mutable base::Mutex mutex_;
  base::CondVar changed_;
  bool cancelled_ GUARDED_BY(mutex_) = false;
  bool find_ GUARDED_BY(mutex_) = false;
  std::atomic<bool> works_{false};
  std::atomic<Moment> found_at_{0};
  std::atomic<Moment> cancelled_at_{0};
};

/// A backend with one device that computes nothing and notes when it is called.
class TimedBackend final : public backends::Backend {
 public:
  explicit TimedBackend(Timing& timing) : timing_(timing) {}
  static backends::DeviceInfo info();
  std::string_view name() const override { return "timed"; }
  std::span<const backends::OptionSpec> options() const override { return {}; }
  base::Result<std::vector<backends::DeviceInfo>> probe() override;
  base::Result<std::unique_ptr<backends::Device>> open(std::uint32_t index,
                                                       const backends::OptionValues&) override;

 private:
  Timing& timing_;
};

}  // namespace bench
