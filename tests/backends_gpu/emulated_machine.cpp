#include "tests/backends_gpu/emulated_machine.h"

#include <gtest/gtest.h>

#include <utility>

namespace backends::gpu {

EmulatedMachine::~EmulatedMachine() {
  for (const std::string& bug : bugs_) ADD_FAILURE() << bug;
}

EmulatedLimits EmulatedMachine::limits() const {
  const base::MutexLock lock(mutex_);
  return limits_;
}

void EmulatedMachine::set_limits(const EmulatedLimits& limits) {
  const base::MutexLock lock(mutex_);
  limits_ = limits;
}

void EmulatedMachine::before_launch(BeforeLaunch hook) {
  const base::MutexLock lock(mutex_);
  hook_ = std::move(hook);
}

void EmulatedMachine::fail(const std::string& call, std::uint64_t nth, base::Fault fault) {
  const base::MutexLock lock(mutex_);
  plans_[call] = {calls_[call] + nth, fault, false};
}

void EmulatedMachine::lose(const std::string& call, std::uint64_t nth) {
  const base::MutexLock lock(mutex_);
  plans_[call] = {calls_[call] + nth, base::Fault::kDevice, true};
}

void EmulatedMachine::restore() {
  const base::MutexLock lock(mutex_);
  lost_ = false;
}

std::uint64_t EmulatedMachine::calls(const std::string& call) const {
  const base::MutexLock lock(mutex_);
  const auto found = calls_.find(call);
  return found == calls_.end() ? 0 : found->second;
}

std::vector<std::string> EmulatedMachine::take_bugs() {
  const base::MutexLock lock(mutex_);
  return std::exchange(bugs_, {});
}

base::Status EmulatedMachine::begin_call(const std::string& call) {
  const base::MutexLock lock(mutex_);
  const std::uint64_t number = ++calls_[call];
  const auto plan = plans_.find(call);
  if (plan != plans_.end() && plan->second.at == number) {
    lost_ = lost_ || plan->second.for_good;
    if (!lost_) return base::Error{plan->second.fault, call + ": emulated fault"};
  }
  if (lost_) return base::device_fault(call + ": emulated device lost");
  return base::Ok{};
}

void EmulatedMachine::announce_launch(const std::string& kernel, const void* arguments) {
  BeforeLaunch hook;
  {
    const base::MutexLock lock(mutex_);
    hook = hook_;
  }
  if (hook) hook(kernel, arguments);
}

void EmulatedMachine::report_bug(const std::string& what) {
  const base::MutexLock lock(mutex_);
  bugs_.push_back(what);
}

}  // namespace backends::gpu
