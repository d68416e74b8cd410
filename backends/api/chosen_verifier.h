#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "backends/api/loader.h"
#include "base/result.h"
#include "poc/verifier.h"

namespace backends {

/// A verifier as a person chose it: empty, as `open_host_verifier`; "reference", the evaluator that
/// everything is compared with; "NAME" or "NAME:INDEX", a device of that module with its options'
/// defaults, which must first give the known answers (`self_test`). The error names what was asked
/// for, and what there is; Fault::kWrong: the device gave a known answer wrong. `cancelled` as
/// `self_test` takes it. The modules outlive the verifier.
base::Result<std::unique_ptr<poc::Verifier>> open_verifier(
    std::span<LoadedModule> modules, const std::string& choice, std::uint32_t threads,
    const std::function<bool()>& cancelled = {});

}  // namespace backends
