#include "miner/percentiles.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

namespace miner {
namespace {

// Of a size's leading bits so many tell its class, so that classes grow with what they hold.
constexpr int kBits = 7;
constexpr std::uint64_t kHalf = std::uint64_t{1} << (kBits - 1);

std::uint64_t size_of(base::Micros time) {
  const auto value = static_cast<std::uint64_t>(time.count());
  return time.count() < 0 ? ~value + 1 : value;  // also for the one that has no opposite
}

/// 0, 1, 2.. for sizes that go up; the opposite for what is below 0.
std::int32_t class_of(base::Micros time) {
  const std::uint64_t size = size_of(time);
  const int shift = std::max(static_cast<int>(std::bit_width(size)) - kBits, 0);
  const auto number = static_cast<std::int32_t>(static_cast<std::uint64_t>(shift) * kHalf +
                                                (size >> static_cast<unsigned>(shift)));
  return time.count() < 0 ? -number : number;
}

/// The middle of a class.
base::Micros middle_of(std::int32_t number) {
  const auto place = static_cast<std::uint64_t>(std::abs(number));
  const std::uint64_t shift = place < 2 * kHalf ? 0 : place / kHalf - 1;
  const std::uint64_t width = std::uint64_t{1} << shift;
  const std::uint64_t size = ((place - shift * kHalf) << shift) + (width - 1) / 2;
  constexpr std::uint64_t kMost = std::numeric_limits<std::int64_t>::max();
  const auto value = static_cast<std::int64_t>(std::min(size, kMost));
  return base::Micros(number < 0 ? -value : value);
}

/// How many make this part of all, at least one.
std::uint64_t rank_of(double part, std::uint64_t count) {
  const double rank = std::ceil(std::clamp(part, 0.0, 1.0) * static_cast<double>(count));
  return std::clamp<std::uint64_t>(static_cast<std::uint64_t>(rank), 1, count);
}

}  // namespace

void Percentiles::add(base::Micros time) {
  ++classes_[class_of(time)];
  least_ = count_ == 0 ? time : std::min(least_, time);
  most_ = count_ == 0 ? time : std::max(most_, time);
  ++count_;
}

std::optional<base::Micros> Percentiles::least() const {
  return count_ == 0 ? std::nullopt : std::optional(least_);
}

std::optional<base::Micros> Percentiles::most() const {
  return count_ == 0 ? std::nullopt : std::optional(most_);
}

std::optional<base::Micros> Percentiles::at_most(double part) const {
  if (count_ == 0) return std::nullopt;
  return from_below(rank_of(part, count_));
}

std::optional<base::Micros> Percentiles::at_least(double part) const {
  if (count_ == 0) return std::nullopt;
  return from_below(count_ - rank_of(part, count_) + 1);
}

/// The time of this rank, 1..count.
base::Micros Percentiles::from_below(std::uint64_t rank) const {
  if (rank == 1) return least_;
  if (rank == count_) return most_;
  std::uint64_t passed = 0;
  for (const auto& [number, held] : classes_) {
    passed += held;
    if (passed >= rank) return std::clamp(middle_of(number), least_, most_);
  }
  return most_;
}

}  // namespace miner
