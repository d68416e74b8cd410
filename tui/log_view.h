#pragma once

#include "tui/canvas.h"
#include "tui/log_tail.h"

namespace tui {

/// A title and as many lines as fit, the newest at the bottom; what a search found stands out.
void draw_log(Canvas& canvas, const Area& area, const LogTail& log);

}  // namespace tui
