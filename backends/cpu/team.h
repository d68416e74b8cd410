#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "base/mutex.h"
#include "base/result.h"

namespace backends::cpu {

/// A fixed number of threads that do one piece of work together. Belongs to one thread, the caller
/// of `run`, who is one of them, so that a team of one has no thread of its own; unless they are
/// bound to processors: then the caller, who is not, only waits. The destructor ends the others.
class Team {
 public:
  /// `name` (at most 11 characters) and a number name the threads for debuggers. Member i is bound
  /// to the i-th of `processors`, over and over; to none where there are none. Fails when the
  /// system gives no more threads, or lacks a processor.
  static base::Result<std::unique_ptr<Team>> make(std::uint32_t size, const std::string& name,
                                                  std::span<const std::uint32_t> processors = {});

  ~Team();
  Team(const Team&) = delete;
  Team& operator=(const Team&) = delete;

  std::uint32_t size() const { return size_; }

  /// Calls work(member) for each member 0 .. size()-1 on a thread of its own, and returns when all
  /// have returned.
  template <class Work>
  void run(Work& work) {
    run_erased([](void* w, std::uint32_t member) { (*static_cast<Work*>(w))(member); }, &work);
  }

 private:
  using Call = void (*)(void* work, std::uint32_t member);

  Team(std::uint32_t size, bool caller_works) : size_(size), caller_works_(caller_works) {}
  base::Status start(const std::string& name, std::span<const std::uint32_t> processors);
  void run_erased(Call call, void* work) EXCLUDES(mutex_);
  void serve(std::uint32_t member) EXCLUDES(mutex_);
  bool wait_for_round(std::uint64_t after) EXCLUDES(mutex_);
  void finish() EXCLUDES(mutex_);

  const std::uint32_t size_;
  const bool caller_works_;           // as member 0
  std::vector<std::thread> threads_;  // the other members

  base::Mutex mutex_;
  base::CondVar begun_;
  base::CondVar done_;
  std::uint64_t round_ GUARDED_BY(mutex_) = 0;  // counts the calls of run
  std::uint32_t busy_ GUARDED_BY(mutex_) = 0;   // threads still at work, the caller aside
  bool closing_ GUARDED_BY(mutex_) = false;
  // Written before a round begins, read while it lasts: the mutex orders them.
  Call call_ = nullptr;
  void* work_ = nullptr;
};

}  // namespace backends::cpu
