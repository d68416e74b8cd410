#include "miner/pool_rotation.h"

#include <algorithm>

#include "base/check.h"

namespace miner {
namespace {

constexpr base::Micros kFirstWait = std::chrono::milliseconds(250);
constexpr base::Micros kLongestWait = std::chrono::seconds(5);
constexpr int kMostDoublings = 5;  // 250 ms * 2^5 > 5 s

}  // namespace

PoolRotation::PoolRotation(std::size_t pools, std::uint32_t seed) : pools_(pools), random_(seed) {
  CHECK(pools >= 1);
}

PoolRotation::Next PoolRotation::next() {
  CHECK(!all_refused());
  while (pools_[current_].refused) current_ = (current_ + 1) % pools_.size();
  if (first_) {
    first_ = false;
    return {current_, base::Micros(0)};
  }
  const base::Micros longest =
      std::min(kFirstWait * (1 << std::min(doublings_, kMostDoublings)), kLongestWait);
  std::uniform_int_distribution<std::int64_t> jitter(longest.count() / 2, longest.count());
  return {current_, base::Micros(jitter(random_))};
}

void PoolRotation::use(std::size_t pool) {
  let_in(pool);
  first_ = false;
  current_ = pool;
}

void PoolRotation::failed() {
  pools_[current_].failed = true;
  pass_on();
}

void PoolRotation::dropped() {
  pools_[current_].dropped = true;
  pools_[current_].failed = false;
  pass_on();
}

/// Another pool is tried soon; waits grow only when there is none that is still to be tried.
void PoolRotation::pass_on() {
  current_ = (current_ + 1) % pools_.size();
  const bool tried_all = std::all_of(pools_.begin(), pools_.end(), [](const Pool& p) {
    return p.refused || p.failed || p.dropped;
  });
  if (tried_all) ++doublings_;
}

void PoolRotation::refused() {
  pools_[current_].refused = true;
  current_ = (current_ + 1) % pools_.size();
}

void PoolRotation::worked() {
  for (Pool& pool : pools_) pool.failed = pool.dropped = false;
  doublings_ = 0;
  current_ = 0;
}

bool PoolRotation::all_refused() const {
  return std::all_of(pools_.begin(), pools_.end(), [](const Pool& p) { return p.refused; });
}

bool PoolRotation::all_failed() const {
  return std::all_of(pools_.begin(), pools_.end(),
                     [](const Pool& p) { return p.refused || p.failed; });
}

}  // namespace miner
