#include "backends/sim/cancel_signal.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <system_error>

namespace backends::sim {

base::Result<std::unique_ptr<CancelSignal>> CancelSignal::make() {
  const int event = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  if (event < 0) {
    return base::unavailable("no event descriptor: " + std::generic_category().message(errno));
  }
  return std::unique_ptr<CancelSignal>(new CancelSignal(event));
}

CancelSignal::~CancelSignal() {
  close(event_);
}

void CancelSignal::raise() noexcept {
  count_.fetch_add(1);
  const std::uint64_t one = 1;
  // It can only fail when the event is at its largest value, that is: readable.
  [[maybe_unused]] const auto written = write(event_, &one, sizeof one);
}

bool CancelSignal::wait_until(base::SteadyTime until, std::uint64_t seen) {
  for (;;) {
    if (count() > seen) return true;
    const auto left = until - base::SystemClock().now();
    if (left <= base::Micros(0)) return false;
    const auto millis = std::chrono::ceil<std::chrono::milliseconds>(left).count();
    pollfd waiting{event_, POLLIN, 0};
    if (poll(&waiting, 1, static_cast<int>(std::min<std::int64_t>(millis, 1 << 30))) > 0) {
      // Spent, so that a later wait does not return for a raise that its caller has forgotten.
      std::uint64_t raised = 0;
      [[maybe_unused]] const auto got = read(event_, &raised, sizeof raised);
    }
  }
}

void CancelSignal::wait(std::uint64_t seen) {
  while (!wait_until(base::SystemClock().now() + std::chrono::hours(1), seen)) {
  }
}

}  // namespace backends::sim
