#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "backends/api/loader.h"
#include "poc/verifier.h"

namespace backends {

/// A verifier on this machine's processor: on the first CPU device among the modules that opens,
/// with `threads` threads if its module has an option of that name; else by the reference
/// evaluator. The modules outlive it.
std::unique_ptr<poc::Verifier> open_host_verifier(std::span<LoadedModule> modules,
                                                  std::uint32_t threads);

}  // namespace backends
