#include "miner/share_times.h"

namespace miner {
namespace {

using Part = std::optional<base::Micros> (Percentiles::*)(double) const;

std::optional<TimeSpread> spread_of(const Percentiles& times, Part part) {
  if (times.count() == 0) return std::nullopt;
  return TimeSpread{times.count(), *(times.*part)(0.50), *(times.*part)(0.95), *(times.*part)(0.99),
                    *(times.*part)(1.0)};
}

}  // namespace

SubmitTimes ShareTimes::shown() const {
  return {spread_of(delay, &Percentiles::at_most), spread_of(answer, &Percentiles::at_most),
          spread_of(margin, &Percentiles::at_least)};
}

}  // namespace miner
