#pragma once

#include <string_view>

#include "tui/canvas.h"
#include "tui/view.h"

namespace tui {

/// A page other than kMain, in the room between header and keys.
void draw_page(Canvas& canvas, const Area& area, const Scene& scene);

/// How many rows a page has: pools, devices, settings, choices, or what is read.
int rows_of(const Scene& scene);
/// Keys scroll it; on other pages they choose a row.
bool is_read_only(Page page);

/// What keys do on a page: the key row.
std::string_view keys_of(Page page);

}  // namespace tui
