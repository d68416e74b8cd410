#include "miner/range_sizer.h"

#include <algorithm>
#include <cmath>

namespace miner {
namespace {

constexpr double kRangeSeconds = 0.1;
// The last ranges are planned to end a little early: a rate is a mean, and half of all ranges are
// slower than it.
constexpr double kDeadlineShare = 0.95;
constexpr double kNewWeight = 0.13;  // 1 - 0.5^(1/5)

std::uint64_t whole_groups(double nonces, std::uint32_t group) {
  const auto count = static_cast<std::uint64_t>(nonces);
  return count / group * group;
}

}  // namespace

std::uint64_t size_range(std::optional<double> rate, std::uint32_t group, base::Micros left,
                         std::uint64_t in_flight) {
  if (left <= base::Micros(0)) return 0;
  if (!rate) return in_flight == 0 ? group : 0;  // one group, to measure
  const std::uint64_t full =
      std::max<std::uint64_t>(whole_groups(*rate * kRangeSeconds, group), group);
  const double seconds = std::chrono::duration<double>(left).count();
  const double room = *rate * seconds * kDeadlineShare - static_cast<double>(in_flight);
  if (room < 1) return 0;
  if (room >= static_cast<double>(full)) return full;
  return room >= group ? whole_groups(room, group) : static_cast<std::uint64_t>(room);
}

void RateEstimate::add(std::uint64_t nonces, base::Micros busy) {
  if (nonces == 0 || busy <= base::Micros(0)) return;
  const double now = static_cast<double>(nonces) / std::chrono::duration<double>(busy).count();
  rate_ = rate_ ? *rate_ + kNewWeight * (now - *rate_) : now;
}

}  // namespace miner
