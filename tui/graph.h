#pragma once

#include "tui/canvas.h"
#include "tui/history.h"

namespace tui {

enum class GraphUnit { kMacs, kNonces };

/// The newest samples as a filled curve under a title with its scale, the newest at the right:
/// two samples and four steps of height a cell in braille, else one of height. Dotted lines stand
/// where races begin and end.
void draw_graph(Canvas& canvas, const Area& area, const History& history, GraphUnit unit,
                const Look& look);

}  // namespace tui
