#include "backends/cpu/crew.h"

#include <thread>

namespace backends::cpu {
namespace {

/// About 20 microseconds; steps of a layer end within that of each other.
constexpr int kSpins = 2000;

void pause_processor() noexcept {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
}

}  // namespace

bool Meeting::wait(const CancelToken& cancel) noexcept {
  const std::uint32_t round = round_.load(std::memory_order_relaxed);
  if (here_.fetch_add(1, std::memory_order_acq_rel) + 1 == members_) {
    here_.store(0, std::memory_order_relaxed);
    round_.store(round + 1, std::memory_order_release);
    return true;
  }
  for (int spins = 0; round_.load(std::memory_order_acquire) == round; ++spins) {
    if (cancel.requested()) return false;
    if (spins < kSpins) {
      pause_processor();
    } else {
      std::this_thread::yield();
    }
  }
  return true;
}

}  // namespace backends::cpu
