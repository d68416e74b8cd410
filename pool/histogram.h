#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/clock.h"

namespace pool {

/// How long something took, counted by bounds as Prometheus wants it. A value; one thread.
class Histogram {
 public:
  /// Upper bounds, in microseconds; what took longer is counted apart.
  static constexpr std::array<std::int64_t, 20> kBounds = {
      100,       250,        500,        1'000,      2'500,       5'000,      10'000,
      25'000,    50'000,     100'000,    250'000,    500'000,     1'000'000,  2'500'000,
      5'000'000, 10'000'000, 30'000'000, 60'000'000, 300'000'000, 600'000'000};

  /// Less than 0 counts as 0.
  void add(base::Micros took) {
    const std::int64_t micros = took.count() < 0 ? 0 : took.count();
    std::size_t bucket = 0;
    while (bucket < kBounds.size() && micros > kBounds[bucket]) ++bucket;
    ++counts_[bucket];
    ++count_;
    sum_ += base::Micros(micros);
  }

  /// Of those that took at most the bound, and more than the one before; the last: all others.
  const std::array<std::uint64_t, kBounds.size() + 1>& counts() const { return counts_; }
  std::uint64_t count() const { return count_; }
  base::Micros sum() const { return sum_; }

 private:
  std::array<std::uint64_t, kBounds.size() + 1> counts_{};
  std::uint64_t count_ = 0;
  base::Micros sum_{0};
};

}  // namespace pool
