#include "base/mutex.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace base {
namespace {

/// A counter and a flag under one lock.
class Shared {
 public:
  void add() EXCLUDES(mutex_) {
    const MutexLock lock(mutex_);
    ++count_;
    changed_.notify_all();
  }
  void wait_for(int count) EXCLUDES(mutex_) {
    const MutexLock lock(mutex_);
    while (count_ < count) changed_.wait(mutex_);
  }
  /// Whether `count` was reached before the deadline.
  bool wait_for(int count, SteadyTime deadline) EXCLUDES(mutex_) {
    const MutexLock lock(mutex_);
    while (count_ < count) {
      if (!changed_.wait_until(mutex_, deadline)) return count_ >= count;
    }
    return true;
  }
  /// Adds one after a wait has ended: only right when the wait took the lock back.
  void wait_and_add(int count) EXCLUDES(mutex_) {
    const MutexLock lock(mutex_);
    while (count_ < count) changed_.wait(mutex_);
    ++count_;
  }
  int count() EXCLUDES(mutex_) {
    const MutexLock lock(mutex_);
    return count_;
  }

 private:
  Mutex mutex_;
  CondVar changed_;
  int count_ GUARDED_BY(mutex_) = 0;
};

TEST(Mutex, LetsOneInAtATime) {
  Shared shared;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&shared] {
      for (int i = 0; i < 5000; ++i) shared.add();
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(shared.count(), 20000);
}

TEST(CondVar, WakesAWaiterAndHoldsTheLockAfterwards) {
  Shared shared;
  std::vector<std::thread> waiters;
  for (int t = 0; t < 4; ++t) {
    waiters.emplace_back([&shared] { shared.wait_and_add(100); });
  }
  for (int i = 0; i < 100; ++i) shared.add();
  for (std::thread& waiter : waiters) waiter.join();
  EXPECT_EQ(shared.count(), 104);
}

TEST(CondVar, WaitUntilGivesUpAtTheDeadlineAndNotBefore) {
  Shared shared;
  const SystemClock clock;
  const SteadyTime deadline = clock.now() + std::chrono::milliseconds(20);
  EXPECT_FALSE(shared.wait_for(1, deadline));
  EXPECT_GE(clock.now(), deadline);
  shared.add();  // the lock is free again
  EXPECT_EQ(shared.count(), 1);
}

TEST(CondVar, WaitUntilReturnsAtOnceWhenTheDeadlineHasPassed) {
  Shared shared;
  const SystemClock clock;
  EXPECT_FALSE(shared.wait_for(1, clock.now() - std::chrono::hours(1)));
  EXPECT_FALSE(shared.wait_for(1, SteadyTime()));
}

TEST(CondVar, WaitUntilSeesANotification) {
  Shared shared;
  const SystemClock clock;
  std::thread adder([&shared] { shared.add(); });
  EXPECT_TRUE(shared.wait_for(1, clock.now() + std::chrono::hours(1)));
  adder.join();
}

TEST(CondVar, NotifyOneEndsOneWait) {
  // Two waiters, one token at a time: both end, whichever is woken first.
  Mutex mutex;
  CondVar changed;
  int tokens = 0;
  const auto take = [&] {
    const MutexLock lock(mutex);
    while (tokens == 0) changed.wait(mutex);
    --tokens;
  };
  std::thread first(take);
  std::thread second(take);
  for (int i = 0; i < 2; ++i) {
    {
      const MutexLock lock(mutex);
      ++tokens;
    }
    changed.notify_one();
  }
  first.join();
  second.join();
  EXPECT_EQ(tokens, 0);
}

}  // namespace
}  // namespace base
