#include "miner/rate_window.h"

#include "base/check.h"

namespace miner {

std::int64_t RateWindow::second_of(base::SteadyTime now) const {
  return now < start_ ? 0 : (now - start_) / std::chrono::seconds(1);
}

void RateWindow::add(base::SteadyTime now, double amount) {
  const std::int64_t second = second_of(now);
  Bucket& bucket = buckets_[static_cast<std::size_t>(second) % buckets_.size()];
  if (bucket.second > second) return;  // a clock read before another thread's later one
  if (bucket.second < second) bucket = {second, 0};
  bucket.amount += amount;
}

std::optional<double> RateWindow::per_second(std::int64_t seconds, base::SteadyTime now) const {
  CHECK(seconds >= 1 && seconds <= kMaxSeconds);
  const std::int64_t current = second_of(now);
  if (current < seconds) return std::nullopt;
  double sum = 0;
  for (std::int64_t second = current - seconds; second < current; ++second) {
    const Bucket& bucket = buckets_[static_cast<std::size_t>(second) % buckets_.size()];
    if (bucket.second == second) sum += bucket.amount;
  }
  return sum / static_cast<double>(seconds);
}

}  // namespace miner
