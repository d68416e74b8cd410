#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "backends/api/telemetry.h"
#include "backends/sim/board.h"
#include "backends/sim/sensors.h"
#include "base/clock.h"

namespace backends::sim {

/// The scripted sensors of a board's cards. A card's load is the part of the time since it was last
/// read (at first: since this object was made) that its devices worked. One thread.
class SimTelemetry final : public Telemetry {
 public:
  SimTelemetry(std::shared_ptr<const Board> board, std::shared_ptr<const base::Clock> clock);

  base::Result<std::vector<TelemetryCard>> cards() override;
  base::Result<TelemetrySample> sample(const std::string& label) override;

 private:
  /// One card's sensors, and up to where they were advanced.
  struct Reading {
    Sensors sensors;
    base::SteadyTime at;
    base::Micros busy{0};
  };
  void advance(Reading& reading, const Card& card) const;

  const std::shared_ptr<const Board> board_;
  const std::shared_ptr<const base::Clock> clock_;
  const base::SteadyTime made_;
  std::map<std::string, Reading> readings_;  // by label
};

}  // namespace backends::sim
