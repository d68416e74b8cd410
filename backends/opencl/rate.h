#pragma once

#include <algorithm>
#include <cstdint>

#include "base/clock.h"

namespace backends::opencl {

/// How fast a device does one kind of work, in units that are alike (a multiplication, a row): a
/// guess at first, then as measured. What it expects of a launch decides how much is launched.
class Rate {
 public:
  explicit Rate(double units_per_second) : nanos_per_unit_(1e9 / units_per_second) {}

  base::Micros expected(double units) const {
    return base::Micros(static_cast<std::int64_t>(units * nanos_per_unit_ / 1000));
  }

  /// How many units end within the time, roughly.
  double within(base::Micros time) const {
    return static_cast<double>(time.count()) * 1000 / nanos_per_unit_;
  }

  /// A launch of so many units took so long. The first replaces the guess; later ones have a
  /// quarter's weight, as a card's clock wanders.
  void measured(double units, base::Micros took) {
    if (units <= 0) return;
    const double nanos = std::max(1.0, static_cast<double>(took.count())) * 1000 / units;
    nanos_per_unit_ = measured_ ? nanos_per_unit_ + (nanos - nanos_per_unit_) / 4 : nanos;
    measured_ = true;
  }

 private:
  double nanos_per_unit_;
  bool measured_ = false;
};

}  // namespace backends::opencl
