#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "base/result.h"
#include "tests/backends_gpu/processor.h"

namespace backends::gpu {

/// What an emulated device has.
struct EmulatedLimits {
  std::uint64_t memory_bytes = std::uint64_t{1} << 30;
  std::uint32_t shared_bytes = 227 * 1024;  ///< of a block, dynamic
  Order order = Order::kForward;
};

/// The device behind EmulatedDrivers, as the test sees it: how large it is, what shall go wrong,
/// what was called. Outlives its drivers. Any thread.
///
/// Calls are named as Driver's functions are; each launch counts as "launch" and, before that, as
/// "launch <kernel>".
class EmulatedMachine {
 public:
  /// Called on the driver's thread before a launch, with the kernel's name and its structure.
  using BeforeLaunch = std::function<void(const std::string& kernel, const void* arguments)>;

  explicit EmulatedMachine(const EmulatedLimits& limits = {}) : limits_(limits) {}

  /// Whatever was reported and not taken fails the test that runs.
  ~EmulatedMachine();
  EmulatedMachine(const EmulatedMachine&) = delete;
  EmulatedMachine& operator=(const EmulatedMachine&) = delete;

  EmulatedLimits limits() const EXCLUDES(mutex_);
  void set_limits(const EmulatedLimits& limits) EXCLUDES(mutex_);

  void before_launch(BeforeLaunch hook) EXCLUDES(mutex_);

  /// The nth call from now on (1 is the next) of that name fails, with that fault. One plan a name.
  void fail(const std::string& call, std::uint64_t nth, base::Fault fault) EXCLUDES(mutex_);

  /// From the nth call of that name on the device is lost: every call of every name fails.
  void lose(const std::string& call, std::uint64_t nth) EXCLUDES(mutex_);

  /// A lost device works again.
  void restore() EXCLUDES(mutex_);

  /// How often a call of that name was made, failed ones too.
  std::uint64_t calls(const std::string& call) const EXCLUDES(mutex_);

  /// What host code or a kernel did that it must not, and forgets it.
  std::vector<std::string> take_bugs() EXCLUDES(mutex_);

  // For the driver.

  /// Counts a call; an error when it is to fail.
  base::Status begin_call(const std::string& call) EXCLUDES(mutex_);
  void announce_launch(const std::string& kernel, const void* arguments) EXCLUDES(mutex_);
  void report_bug(const std::string& what) EXCLUDES(mutex_);

 private:
  struct Plan {
    std::uint64_t at;  // number of the call
    base::Fault fault;
    bool for_good;
  };

  mutable base::Mutex mutex_;
  EmulatedLimits limits_ GUARDED_BY(mutex_);
  BeforeLaunch hook_ GUARDED_BY(mutex_);
  std::map<std::string, std::uint64_t> calls_ GUARDED_BY(mutex_);
  std::map<std::string, Plan> plans_ GUARDED_BY(mutex_);
  bool lost_ GUARDED_BY(mutex_) = false;
  std::vector<std::string> bugs_ GUARDED_BY(mutex_);
};

}  // namespace backends::gpu
