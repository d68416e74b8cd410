#pragma once

#include <functional>
#include <utility>

#include "base/mutex.h"

namespace base {

/// Carries a stop signal to whatever can be stopped now; one that came early is not forgotten. Any
/// thread. The target is called under the relay's lock, so it only sets a flag or posts a word.
class StopRelay {
 public:
  void fire() EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    fired_ = true;
    if (target_) target_();
  }

  /// From now on a stop calls `target` (nothing: nobody); at once if one came before. The target
  /// before is not called any more when this returns.
  void set(std::function<void()> target) EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    target_ = std::move(target);
    if (fired_ && target_) target_();
  }

  bool fired() const EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    return fired_;
  }

 private:
  mutable Mutex mutex_;
  std::function<void()> target_ GUARDED_BY(mutex_);
  bool fired_ GUARDED_BY(mutex_) = false;
};

}  // namespace base
