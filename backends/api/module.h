#pragma once

#include <cstdint>

#include "backends/api/backend.h"
#include "backends/api/telemetry.h"

namespace backends {

/// Raised whenever anything in backends/api that a module sees changes its shape.
constexpr std::uint32_t kModuleAbi = 2;

/// What a module exports, under the one symbol `sprintminer_module`. An internal border, not a
/// public one: program and modules are of one build, and the loader refuses others.
struct Module {
  std::uint32_t abi;     ///< kModuleAbi; first, so that it can be read whatever follows
  const char* build_id;  ///< SPRINT_BUILD_ID of its build
  const char* name;      ///< "cpu"; also the scope of its options
  /// When two modules see the same card (by PCI address), the one of the higher rank drives it.
  std::int32_t rank;
  /// Makes the module's backend; the caller deletes it. (optional: null if it has none)
  Backend* (*make_backend)();
  /// Makes the module's sensors, beside `backend`, which make_backend made before (null: it has
  /// none) and which outlives them; the caller deletes it. (optional: null if it has none)
  Telemetry* (*make_telemetry)(Backend* backend);
};

/// The symbol's name and type, for the loader.
constexpr const char* kModuleSymbol = "sprintminer_module";
using ModuleEntry = const Module*();

}  // namespace backends

/// Defines a module's one exported function.
#define SPRINTMINER_MODULE(name, rank, make_backend, make_telemetry)                        \
  extern "C" __attribute__((visibility("default"))) const ::backends::Module*               \
  sprintminer_module() {                                                                    \
    static constexpr ::backends::Module kModule = {                                         \
        ::backends::kModuleAbi, SPRINT_BUILD_ID, name, rank, make_backend, make_telemetry}; \
    return &kModule;                                                                        \
  }
