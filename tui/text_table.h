#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tui/canvas.h"

namespace tui {

struct TableCell {
  std::string text;
  Style style = Style::kPlain;
};

/// A table as wide as what is in it, for pages that are read and not watched. Of columns that do
/// not fit, those of the highest rank are left out; what is still too wide is cut at the right.
struct TextTable {
  struct Column {
    std::string_view title;
    bool right = false;
    int rank = 0;
  };
  std::vector<Column> columns;
  std::vector<std::vector<TableCell>> rows;  ///< each with a cell a column
};

constexpr int kNoRow = -1;

/// A title row, then rows: those around the selected one, or (when `selected` is kNoRow) those from
/// `scrolled` on, as far as there are enough to fill the area.
void draw_table(Canvas& canvas, const Area& area, const TextTable& table, int selected,
                int scrolled = 0);

/// The first of so many rows that is shown, so that the selected one is.
int first_shown(int selected, int rows, int room);

}  // namespace tui
