#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "pool/pool_view.h"

namespace pool::web {

/// Answers that the pages gave so far, by their status.
using PageCounts = std::map<int, std::uint64_t>;

/// All that a pool tells a Prometheus: families `sprintpool_*`, seconds and bytes, no account and
/// nothing else of a miner's in a label.
std::string metrics_of(const PoolView& view, const PageCounts& pages);

}  // namespace pool::web
