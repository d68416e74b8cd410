#include "backends/api/module.h"
#include "backends/cpu/backend.h"

namespace {

/// Any module that drives a real card goes first.
constexpr std::int32_t kRank = 10;

backends::Backend* make_backend() {
  return new backends::cpu::CpuBackend();
}

}  // namespace

SPRINTMINER_MODULE("cpu", kRank, make_backend, nullptr)
