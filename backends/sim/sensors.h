#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "backends/api/telemetry.h"
#include "base/clock.h"
#include "base/result.h"

namespace backends::sim {

/// How the sensors of a simulated device move.
struct SensorScript {
  double plateau_celsius = 70;       ///< where the core ends under steady full load
  base::Micros warm_up{30'000'000};  ///< the temperature's time constant
  std::vector<std::string> missing;  ///< sensors left out, by TelemetrySample's names
  base::Micros delay{0};             ///< how long a reading takes
};

/// The sensors of a comma-separated list, or all of them for "all". A name that is none is an error
/// that names the option, and the nearest sensor.
base::Result<std::vector<std::string>> parse_sensors(std::string_view list);

/// One card's sensors as a script over time and load: idle at 35 degrees, the core goes to
/// 35 + load * (plateau - 35) as 1 - exp(-t / warm_up); the rest follows from it and the load. From
/// 90 degrees on the card throttles. It hangs on a riser of one lane. Same steps in, same values
/// out.
class Sensors {
 public:
  explicit Sensors(SensorScript script) : script_(std::move(script)) {}

  /// Goes on by `elapsed` at a load of 0..1.
  void advance(base::Micros elapsed, double load);

  /// What they say now. Memory is not theirs to know.
  TelemetrySample read() const;

  /// Takes the values of the sensors that the script leaves out away.
  void leave_out(TelemetrySample& sample) const;

 private:
  SensorScript script_;
  double core_celsius_ = 35;
  double load_ = 0;
};

}  // namespace backends::sim
