#include "stratum/pool_clock.h"

#include <algorithm>
#include <cmath>

#include "base/check.h"

namespace stratum {
namespace {

constexpr std::size_t kMaxSamples = 8;
constexpr std::int64_t kDriftsOneIn = 2000;  // 500 parts in a million: how far a clock is steered

}  // namespace

// With the request's way taking a, the answer's b: pool_received = sent + offset + a and
// received = pool_sent - offset + b. The mean of the two differences is offset + (a - b) / 2, which
// is wrong by at most (a + b) / 2, half of the round trip.
void PoolClock::add(const Exchange& exchange) {
  const base::Micros outside = exchange.received - exchange.sent;
  const base::Micros inside = exchange.pool_sent - exchange.pool_received;
  if (inside.count() < 0 || outside < inside) return;
  const base::Micros there =
      exchange.pool_received.time_since_epoch() - exchange.sent.time_since_epoch();
  const base::Micros back =
      exchange.pool_sent.time_since_epoch() - exchange.received.time_since_epoch();
  samples_.push_back({exchange.received, outside - inside, there + (back - there) / 2});
  ++exchanges_;
  if (samples_.size() > kMaxSamples) samples_.pop_front();
}

const PoolClock::Sample& PoolClock::best() const {
  CHECK(known());
  const base::SteadyTime newest = samples_.back().received;
  const auto error = [newest](const Sample& sample) {
    return sample.round_trip / 2 + (newest - sample.received) / kDriftsOneIn;
  };
  // The newest among equals.
  return *std::min_element(samples_.rbegin(), samples_.rend(),
                           [&](const Sample& a, const Sample& b) { return error(a) < error(b); });
}

std::optional<base::Micros> PoolClock::round_trip() const {
  if (!known()) return std::nullopt;
  return best().round_trip;
}

std::optional<base::Micros> PoolClock::jitter() const {
  if (samples_.size() < 2) return std::nullopt;
  const base::Micros used = best().offset;
  double squares = 0;
  for (const Sample& sample : samples_) {
    const auto apart = static_cast<double>((sample.offset - used).count());
    squares += apart * apart;
  }
  const double mean = squares / static_cast<double>(samples_.size() - 1);  // the used one is 0 away
  return base::Micros(std::llround(std::sqrt(mean)));
}

base::SteadyTime PoolClock::to_steady(base::UnixTime pool_time) const {
  return base::SteadyTime(pool_time.time_since_epoch() - best().offset);
}

base::UnixTime PoolClock::to_pool(base::SteadyTime time) const {
  return base::UnixTime(time.time_since_epoch() + best().offset);
}

}  // namespace stratum
