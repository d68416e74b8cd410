#pragma once

#include <string_view>

#include "tui/canvas.h"
#include "tui/view.h"

namespace tui {

/// A page other than kMain, in the room between header and keys.
void draw_page(Canvas& canvas, const Area& area, const Scene& scene);

/// How many rows of a page keys can go to: pools, devices, settings, choices, lines of the help.
int rows_of(const Scene& scene);

/// What keys do on a page: the key row.
std::string_view keys_of(Page page);

}  // namespace tui
