#include <memory>

#include "backends/api/module.h"
#include "backends/telemetry/amdgpu/telemetry.h"

namespace backends::amdgpu {
namespace {

/// The card's own driver knows more of it than what is common to all.
constexpr std::int32_t kRank = 40;

Telemetry* make_telemetry(Backend*) {
  return std::make_unique<AmdgpuTelemetry>("/sys").release();
}

}  // namespace
}  // namespace backends::amdgpu

SPRINTMINER_MODULE("amdgpu", backends::amdgpu::kRank, nullptr, backends::amdgpu::make_telemetry)
