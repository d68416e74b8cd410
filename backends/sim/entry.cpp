#include <memory>

#include "backends/api/module.h"
#include "backends/sim/backend.h"
#include "backends/sim/telemetry.h"
#include "base/clock.h"

namespace backends::sim {
namespace {

Backend* make_backend() {
  return std::make_unique<SimBackend>().release();
}

Telemetry* make_telemetry(Backend* backend) {
  auto board = static_cast<const SimBackend*>(backend)->board();
  return std::make_unique<SimTelemetry>(std::move(board), std::make_shared<base::SystemClock>())
      .release();
}

}  // namespace
}  // namespace backends::sim

SPRINTMINER_MODULE("sim", -100, backends::sim::make_backend, backends::sim::make_telemetry)
