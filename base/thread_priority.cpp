#include "base/thread_priority.h"

#include <sys/resource.h>

#include <algorithm>

namespace base {
namespace {

constexpr int kSteps = 5;  // the weight of 0 is 1024, that of 5 is 335
constexpr int kLast = 19;

}  // namespace

void step_back() {
  const id_t this_thread = 0;
  const int now = getpriority(PRIO_PROCESS, this_thread);
  (void)setpriority(PRIO_PROCESS, this_thread, std::min(now + kSteps, kLast));
}

}  // namespace base
