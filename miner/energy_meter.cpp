#include "miner/energy_meter.h"

#include <chrono>

namespace miner {

void EnergyMeter::add(base::SteadyTime at, double watts) {
  if (last_ && at <= last_->at) return;
  if (last_ && at - last_->at <= kMostBetween) {
    const base::Micros time = at - last_->at;
    joules_ += std::chrono::duration<double>(time).count() * (last_->watts + watts) / 2;
    covered_ += time;
  }
  last_ = Reading{at, watts};
}

std::optional<double> EnergyMeter::joules() const {
  return covered_ > base::Micros(0) ? std::optional(joules_) : std::nullopt;
}

}  // namespace miner
