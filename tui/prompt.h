#pragma once

#include <string>

#include "miner/snapshot.h"
#include "tui/view.h"

namespace tui {

/// The question as the user reads it: "pause device 3 (0000:0a:00.0)? y/n", "search: foo".
std::string prompt_text(const Prompt& prompt, const miner::Snapshot& snapshot);

}  // namespace tui
