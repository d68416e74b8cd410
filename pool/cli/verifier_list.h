#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "backends/api/loader.h"
#include "base/result.h"
#include "pool/verifier_bench.h"

namespace pool {

/// What `--verify-backend` lists by comma, the preferred one first: "cpu:0,cpu:1". Empty: the
/// processor alone.
base::Result<std::vector<std::string>> verifier_names(const std::string& text);

/// How these are opened, each when it is wanted; behind them the reference, for second opinions,
/// unless it is named as one of several. The modules outlive them.
std::vector<VerifierSource> verifier_sources(std::span<backends::LoadedModule> modules,
                                             const std::vector<std::string>& names,
                                             std::uint32_t threads);

}  // namespace pool
