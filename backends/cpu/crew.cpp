#include "backends/cpu/crew.h"

namespace backends::cpu {
namespace {

/// Some ten microseconds: steps of a layer end within that of each other, on processors that do
/// nothing else.
constexpr int kSpins = 1000;
constexpr std::uint32_t kCalledOff = 1;

void pause_processor() noexcept {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
}

}  // namespace

bool Meeting::wait() noexcept {
  const std::uint32_t round = round_.load(std::memory_order_acquire);
  if ((round & kCalledOff) != 0) return false;
  if (here_.fetch_add(1, std::memory_order_acq_rel) + 1 == members_) {
    here_.store(0, std::memory_order_relaxed);
    round_.fetch_add(2, std::memory_order_acq_rel);
    round_.notify_all();
    return (round_.load(std::memory_order_acquire) & kCalledOff) == 0;
  }
  std::uint32_t now = round;
  for (int spins = 0; now == round && spins < kSpins; ++spins) {
    pause_processor();
    now = round_.load(std::memory_order_acquire);
  }
  while (now == round) {
    round_.wait(round, std::memory_order_acquire);
    now = round_.load(std::memory_order_acquire);
  }
  return (now & kCalledOff) == 0;
}

void Meeting::call_off() noexcept {
  round_.fetch_or(kCalledOff, std::memory_order_acq_rel);
  round_.notify_all();
}

}  // namespace backends::cpu
