#pragma once

#include <cstdint>
#include <optional>

#include "base/clock.h"

namespace backends::sysfs {

/// Makes power of a counter of energy: the mean between two readings. One thread.
class EnergyCounter {
 public:
  /// What the counter said at `now`. `range`: it goes on from 0 after this value; none: it does not
  /// go back. The first reading, and one long after the last, give no value, nor does a counter
  /// that went back or jumped. A reading right after the last gives the value of that.
  std::optional<double> watts(base::SteadyTime now, std::uint64_t microjoules,
                              std::optional<std::uint64_t> range = std::nullopt);

 private:
  struct Reading {
    base::SteadyTime at;
    std::uint64_t microjoules;
  };
  std::optional<Reading> last_;
  std::optional<double> watts_;  // at last_
};

}  // namespace backends::sysfs
