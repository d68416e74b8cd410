#pragma once

#include "tui/canvas.h"
#include "tui/view.h"

namespace tui {

/// The whole screen: a pure function of what there is to show and the size. At least 1x1.
Canvas draw_frame(const Scene& scene, Size size);

}  // namespace tui
