#include "backends/cpu/team.h"

#include <pthread.h>
#include <sched.h>

#include <system_error>

namespace backends::cpu {

namespace {

base::Status bind(std::thread& thread, std::uint32_t processor) {
  cpu_set_t* set = CPU_ALLOC(processor + 1);
  const std::size_t bytes = CPU_ALLOC_SIZE(processor + 1);
  CPU_ZERO_S(bytes, set);
  CPU_SET_S(processor, bytes, set);
  const bool bound = pthread_setaffinity_np(thread.native_handle(), bytes, set) == 0;
  CPU_FREE(set);
  if (bound) return base::Ok{};
  return base::invalid("processor " + std::to_string(processor) +
                       " does not exist here, or the program may not use it");
}

}  // namespace

base::Result<std::unique_ptr<Team>> Team::make(std::uint32_t size, const std::string& name,
                                               std::span<const std::uint32_t> processors) {
  std::unique_ptr<Team> team(new Team(size, processors.empty()));
  RETURN_IF_ERROR(team->start(name, processors));
  return team;
}

base::Status Team::start(const std::string& name, std::span<const std::uint32_t> processors) {
  threads_.reserve(size_);
  try {
    for (std::uint32_t member = caller_works_ ? 1 : 0; member < size_; ++member) {
      threads_.emplace_back([this, member] { serve(member); });
      const std::string thread_name = (name + "/" + std::to_string(member)).substr(0, 15);
      pthread_setname_np(threads_.back().native_handle(), thread_name.c_str());
      if (processors.empty()) continue;
      RETURN_IF_ERROR(bind(threads_.back(), processors[member % processors.size()]));
    }
  } catch (const std::system_error&) {
    const std::size_t given = threads_.size() + (caller_works_ ? 1 : 0);
    return base::unavailable(name + ": the system gives " + std::to_string(given) +
                             " threads, not " + std::to_string(size_));
  }
  return base::Ok{};
}

Team::~Team() {
  {
    base::MutexLock lock(mutex_);
    closing_ = true;
  }
  begun_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void Team::run_erased(Call call, void* work) {
  if (threads_.empty()) {
    call(work, 0);
    return;
  }
  {
    base::MutexLock lock(mutex_);
    call_ = call;
    work_ = work;
    busy_ = static_cast<std::uint32_t>(threads_.size());
    ++round_;
  }
  begun_.notify_all();
  if (caller_works_) call(work, 0);
  base::MutexLock lock(mutex_);
  while (busy_ != 0) done_.wait(mutex_);
}

void Team::serve(std::uint32_t member) {
  for (std::uint64_t round = 0; wait_for_round(round); ++round) {
    call_(work_, member);
    finish();
  }
}

bool Team::wait_for_round(std::uint64_t after) {
  base::MutexLock lock(mutex_);
  while (round_ == after && !closing_) begun_.wait(mutex_);
  return !closing_;
}

void Team::finish() {
  base::MutexLock lock(mutex_);
  if (--busy_ == 0) done_.notify_one();
}

}  // namespace backends::cpu
