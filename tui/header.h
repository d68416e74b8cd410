#pragma once

#include <string_view>

#include "miner/snapshot.h"
#include "tui/canvas.h"

namespace tui {

/// What is always on the screen, in kHeaderRows rows: program and rig, pool, connection, sprint,
/// bar, rates, means and energy, shares. `program`: name and version.
void draw_header(Canvas& canvas, const Area& area, const miner::Snapshot& snapshot,
                 std::string_view program);

/// What the miner is about: "idle", "weights", "waiting", "racing", "end".
std::string_view phase_word(const miner::Snapshot& snapshot);

}  // namespace tui
