#pragma once

#include <optional>

#include "miner/snapshot.h"
#include "tui/canvas.h"

namespace tui {

/// What a table of devices shows and marks.
struct TableChoice {
  int first = 0;                               ///< the device in the first row
  std::optional<int> selected = std::nullopt;  ///< marked
};

/// A title row and a row per device. Narrow screens leave columns out: first the path and the
/// clocks, at last all but number, address, rate (or state word), core temperature, power and
/// counts. When not all devices fit, the last row says how many more there are.
void draw_devices(Canvas& canvas, const Area& area, const miner::Snapshot& snapshot,
                  const TableChoice& choice);

/// How many devices the area shows at once.
int devices_shown(const Area& area, std::size_t devices);

}  // namespace tui
