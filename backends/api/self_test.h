#pragma once

#include <functional>
#include <string>

#include "backends/api/device.h"
#include "base/result.h"

namespace backends {

/// Shows a device the proof's known answers (poc/known_answers.h), each through `evaluate` and
/// through a race: known answers before work. Fault::kWrong names the answer that was wrong. Call
/// on the device's own thread, with nothing in flight; ends with the device at `rest`. Stops early,
/// with Fault::kUnavailable, when `cancelled` says so between answers.
base::Status self_test(Device& device, const std::function<bool()>& cancelled = {});

/// Calls `prepare` until the model is ready. Fault::kUnavailable when `cancelled` says so.
base::Status prepare_fully(Device& device, const poc::ModelSpec& model,
                           const std::function<bool()>& cancelled = {});

}  // namespace backends
