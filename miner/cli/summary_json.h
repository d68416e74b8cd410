#pragma once

#include <string>

#include "miner/snapshot.h"

namespace miner {

/// How a run went, for scripts: one JSON object without a newline. Times have their unit in their
/// name, what is not known is null. `about_nonces` are estimates.
std::string summary_json(const Snapshot& snapshot);

}  // namespace miner
