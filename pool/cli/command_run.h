#pragma once

#include "pool/cli/exit_code.h"
#include "pool/cli/pool_settings.h"

namespace pool {

/// `sprintpool run`: the pool, until a signal or the last sprint ends it. Its log, which says how
/// it ended, goes to stderr and where the settings say; a summary to stdout with `json`. Main
/// thread, before there is another.
End run_pool(const PoolSettings& settings);

}  // namespace pool
