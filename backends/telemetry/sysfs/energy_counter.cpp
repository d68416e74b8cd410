#include "backends/telemetry/sysfs/energy_counter.h"

#include <chrono>

namespace backends::sysfs {
namespace {

// Counters move about every millisecond: of less than this, the mean would be of noise.
constexpr base::Micros kLeastBetween = std::chrono::milliseconds(100);
// The smallest counter goes round in minutes; of more than this, it could have gone round twice.
constexpr base::Micros kMostBetween = std::chrono::seconds(60);
constexpr double kMostWatts = 5000;

/// How far the counter went, if it can be told.
std::optional<std::uint64_t> spent(std::uint64_t from, std::uint64_t to,
                                   std::optional<std::uint64_t> range) {
  if (to >= from) return to - from;
  if (!range || *range < from) return std::nullopt;
  return *range - from + to;
}

}  // namespace

std::optional<double> EnergyCounter::watts(base::SteadyTime now, std::uint64_t microjoules,
                                           std::optional<std::uint64_t> range) {
  if (last_ && now - last_->at < kLeastBetween) return watts_;
  watts_.reset();
  if (last_ && now - last_->at <= kMostBetween) {
    const auto energy = spent(last_->microjoules, microjoules, range);
    if (energy) {
      watts_ = static_cast<double>(*energy) / static_cast<double>((now - last_->at).count());
    }
    if (watts_ && *watts_ > kMostWatts) watts_.reset();
  }
  last_ = Reading{now, microjoules};
  return watts_;
}

}  // namespace backends::sysfs
