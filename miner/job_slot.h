#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

#include "base/mutex.h"
#include "miner/assignment.h"

namespace miner {

/// Where a worker finds its current assignment. The scheduler publishes, one worker reads and
/// waits; an assignment with `stop` ends every wait. Any thread.
class JobSlot {
 public:
  /// An assignment and its number, which grows with each one published.
  struct View {
    std::uint64_t generation = 0;
    std::shared_ptr<const Assignment> assignment = std::make_shared<const Assignment>();
  };

  void publish(std::shared_ptr<const Assignment> assignment) EXCLUDES(mutex_) {
    {
      base::MutexLock lock(mutex_);
      view_ = {view_.generation + 1, std::move(assignment)};
    }
    changed_.notify_all();
  }

  View latest() const EXCLUDES(mutex_) {
    base::MutexLock lock(mutex_);
    return view_;
  }

  std::uint64_t generation() const EXCLUDES(mutex_) {
    base::MutexLock lock(mutex_);
    return view_.generation;
  }

  /// Waits for an assignment newer than `generation`; false when `deadline` (real time) came first.
  bool wait_newer(std::uint64_t generation,
                  std::optional<base::SteadyTime> deadline = std::nullopt) const EXCLUDES(mutex_) {
    base::MutexLock lock(mutex_);
    while (view_.generation <= generation) {
      if (!deadline) {
        changed_.wait(mutex_);
      } else if (!changed_.wait_until(mutex_, *deadline)) {
        return view_.generation > generation;
      }
    }
    return true;
  }

 private:
  mutable base::Mutex mutex_;
  mutable base::CondVar changed_;
  View view_ GUARDED_BY(mutex_);
};

}  // namespace miner
