#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/mutex.h"
#include "base/result.h"

namespace backends::cpu {

/// A fixed number of threads that do one piece of work together: the caller of `run` is one of
/// them, so a team of one has no thread of its own. Belongs to one thread; the destructor ends the
/// others.
class Team {
 public:
  /// `name` (at most 11 characters) and a number name the threads for debuggers. Fails when the
  /// system gives no more threads.
  static base::Result<std::unique_ptr<Team>> make(std::uint32_t size, const std::string& name);

  ~Team();
  Team(const Team&) = delete;
  Team& operator=(const Team&) = delete;

  std::uint32_t size() const { return static_cast<std::uint32_t>(threads_.size()) + 1; }

  /// Calls work(member) for each member 0 .. size()-1 on a thread of its own, 0 on this one, and
  /// returns when all have returned.
  template <class Work>
  void run(Work& work) {
    run_erased([](void* w, std::uint32_t member) { (*static_cast<Work*>(w))(member); }, &work);
  }

 private:
  using Call = void (*)(void* work, std::uint32_t member);

  Team() = default;
  void run_erased(Call call, void* work) EXCLUDES(mutex_);
  void serve(std::uint32_t member) EXCLUDES(mutex_);
  bool wait_for_round(std::uint64_t after) EXCLUDES(mutex_);
  void finish() EXCLUDES(mutex_);

  std::vector<std::thread> threads_;  // members 1 ..

  base::Mutex mutex_;
  base::CondVar begun_;
  base::CondVar done_;
  std::uint64_t round_ GUARDED_BY(mutex_) = 0;  // counts the calls of run
  std::uint32_t busy_ GUARDED_BY(mutex_) = 0;   // members still at work, the caller aside
  bool closing_ GUARDED_BY(mutex_) = false;
  // Written before a round begins, read while it lasts: the mutex orders them.
  Call call_ = nullptr;
  void* work_ = nullptr;
};

}  // namespace backends::cpu
