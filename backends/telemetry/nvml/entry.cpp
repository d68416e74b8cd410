#include <memory>

#include "backends/api/module.h"
#include "backends/telemetry/nvml/library.h"
#include "backends/telemetry/nvml/telemetry.h"

namespace backends::nvml {
namespace {

/// The driver's own word on its cards goes before what the kernel tells of all.
constexpr std::int32_t kRank = 50;

Telemetry* make_telemetry(Backend*) {
  return std::make_unique<NvmlTelemetry>(Library::kName).release();
}

}  // namespace
}  // namespace backends::nvml

SPRINTMINER_MODULE("nvml", backends::nvml::kRank, nullptr, backends::nvml::make_telemetry)
