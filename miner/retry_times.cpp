#include "miner/retry_times.h"

#include <algorithm>

namespace miner {
namespace {

constexpr base::Micros kLongest = std::chrono::seconds(60);
constexpr base::Micros kAfterRefusal = std::chrono::minutes(10);
constexpr int kMostFailures = 16;

}  // namespace

bool RetryTimes::is_due(std::size_t pool, base::SteadyTime now) {
  return pools_.try_emplace(pool, Pool{now + first_}).first->second.next <= now;
}

void RetryTimes::failed(std::size_t pool, base::SteadyTime now) {
  Pool& known = pools_[pool];
  known.failures = std::min(known.failures + 1, kMostFailures);
  const base::Micros pause = std::min(first_ * (1 << known.failures), kLongest);
  std::uniform_int_distribution<std::int64_t> jitter(pause.count() * 3 / 4, pause.count());
  known.next = now + base::Micros(jitter(random_));
}

void RetryTimes::refused(std::size_t pool, base::SteadyTime now) {
  pools_[pool].next = now + kAfterRefusal;
}

}  // namespace miner
