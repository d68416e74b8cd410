#pragma once

#include "miner/snapshot.h"
#include "tui/text_table.h"

// Pages that are only read.
namespace tui {

/// Every device and all together, over 10 s, 60 s and 15 min.
TextTable rates_table(const miner::Snapshot& snapshot);
/// The last sprints, newest first, with what the pool credited.
TextTable results_table(const miner::Snapshot& snapshot);
/// Everything about the pool that is used, what shares took on their way to it, and what sprints
/// lost.
constexpr int kConnectionRows = 23;
TextTable connection_table(const miner::Snapshot& snapshot);
/// The sensors of every device.
TextTable health_table(const miner::Snapshot& snapshot);

}  // namespace tui
