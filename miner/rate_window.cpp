#include "miner/rate_window.h"

#include <algorithm>

#include "base/check.h"

namespace miner {

std::int64_t RateWindow::second_of(base::SteadyTime now) const {
  return now < start_ ? 0 : (now - start_) / std::chrono::seconds(1);
}

void RateWindow::add(base::SteadyTime now, double amount) {
  const std::int64_t second = second_of(now);
  if (second > last_) {
    if (second / kKept != last_ / kKept) forget_the_oldest();
    const double sum = sum_at(last_);
    for (std::int64_t at = std::max(last_ + 1, second - kKept + 1); at <= second; ++at) {
      sum_at(at) = sum;
    }
    last_ = second;
  }
  if (second <= last_ - kKept) return;  // of no window any more
  // Mostly one: later than `second` is only what another thread, with a later clock, added before.
  for (std::int64_t at = second; at <= last_; ++at) sum_at(at) += amount;
}

/// Counts from the end of the oldest second that is kept. A sum of a whole run would grow until a
/// small amount is lost in it.
void RateWindow::forget_the_oldest() {
  const double oldest = last_ < kKept ? 0 : sum_at(last_ - kKept + 1);
  for (double& sum : sums_) sum -= oldest;
}

double& RateWindow::sum_at(std::int64_t second) {
  return sums_[static_cast<std::size_t>(second % kKept)];
}

/// Of everything up to the end of a second; nothing was added before the start or after last_.
double RateWindow::sum_until(std::int64_t second) const {
  if (second < 0 && last_ < kKept) return 0;
  const std::int64_t known =
      std::clamp(second, std::max(last_ - kKept + 1, std::int64_t{0}), last_);
  return sums_[static_cast<std::size_t>(known % kKept)];
}

std::optional<double> RateWindow::per_second(std::int64_t seconds, base::SteadyTime now) const {
  CHECK(seconds >= 1 && seconds <= kMaxSeconds);
  const std::int64_t current = second_of(now);
  if (current < seconds) return std::nullopt;
  const double sum = sum_until(current - 1) - sum_until(current - seconds - 1);
  return sum / static_cast<double>(seconds);
}

}  // namespace miner
