#pragma once

#include "tui/canvas.h"

namespace tui {

/// What every key does and what every number means, from line `scrolled` on.
void draw_help(Canvas& canvas, const Area& area, int scrolled);
/// How many lines there are.
int help_lines();

}  // namespace tui
