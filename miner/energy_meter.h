#pragma once

#include <optional>

#include "base/clock.h"

namespace miner {

/// Sums up the energy of readings of power: what a device drew over the run, idle included. One
/// thread.
class EnergyMeter {
 public:
  /// Readings are further apart than this when sensors fail: what was drawn in between is not
  /// known.
  static constexpr base::Micros kMostBetween = std::chrono::seconds(5);

  /// A reading; times go up (a reading from before the last is left out). The power between two is
  /// taken for their mean.
  void add(base::SteadyTime at, double watts);

  /// The energy of the time that is covered; no value while none is.
  std::optional<double> joules() const;
  /// How much time that is.
  base::Micros covered() const { return covered_; }

 private:
  struct Reading {
    base::SteadyTime at;
    double watts;
  };
  std::optional<Reading> last_;
  double joules_ = 0;
  base::Micros covered_{0};
};

}  // namespace miner
