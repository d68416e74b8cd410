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

/// A table as wide as what is in it, for pages that are read and not watched. The columns that do
/// not fit are cut off at the right.
struct TextTable {
  struct Column {
    std::string_view title;
    bool right = false;
  };
  std::vector<Column> columns;
  std::vector<std::vector<TableCell>> rows;  ///< each with a cell a column
};

constexpr int kNoRow = -1;

/// A title row, then rows from the first one on that keep the selected one in view; `selected`:
/// kNoRow for none.
void draw_table(Canvas& canvas, const Area& area, const TextTable& table, int selected);

/// The first of so many rows that is shown, so that the selected one is.
int first_shown(int selected, int rows, int room);

}  // namespace tui
