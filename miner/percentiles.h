#pragma once

#include <cstdint>
#include <map>
#include <optional>

#include "base/clock.h"

namespace miner {

/// How times are spread: counts of them in classes each at most 1/64 as wide as its times are long,
/// so that an answer is off by less than 1/128; below 128 us, and at both ends, it is exact.
/// However many times there are, at most 3776 classes a sign are kept, and only those that hold
/// one. One thread.
class Percentiles {
 public:
  /// Below 0 too: a margin that was missed.
  void add(base::Micros time);

  std::uint64_t count() const { return count_; }
  /// Of nothing there is none.
  std::optional<base::Micros> least() const;
  std::optional<base::Micros> most() const;
  /// The least time that is no shorter than this part (0..1) of all, itself included ("nearest
  /// rank"): `at_most(0.95)` is the usual p95. Nothing when there are no times.
  std::optional<base::Micros> at_most(double part) const;
  /// The same from above, for times of which more is better: this part of all are no shorter.
  std::optional<base::Micros> at_least(double part) const;

 private:
  base::Micros from_below(std::uint64_t rank) const;

  std::map<std::int32_t, std::uint64_t> classes_;  // how many are in each, by its number
  std::uint64_t count_ = 0;
  base::Micros least_{0};  // of all, once there is one
  base::Micros most_{0};
};

}  // namespace miner
