#include "backends/cpu/team.h"

#include <pthread.h>

#include <system_error>

namespace backends::cpu {

base::Result<std::unique_ptr<Team>> Team::make(std::uint32_t size, const std::string& name) {
  std::unique_ptr<Team> team(new Team());
  team->threads_.reserve(size);
  try {
    for (std::uint32_t member = 1; member < size; ++member) {
      team->threads_.emplace_back([t = team.get(), member] { t->serve(member); });
      const std::string thread_name = (name + "/" + std::to_string(member)).substr(0, 15);
      pthread_setname_np(team->threads_.back().native_handle(), thread_name.c_str());
    }
  } catch (const std::system_error&) {
    return base::unavailable(name + ": the system gives " +
                             std::to_string(team->threads_.size() + 1) + " threads, not " +
                             std::to_string(size));
  }
  return team;
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
  call(work, 0);
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
