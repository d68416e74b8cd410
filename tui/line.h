#pragma once

#include <string>
#include <vector>

#include "tui/canvas.h"

namespace tui {

/// A piece of a line: a dim label and what it labels; either may be empty.
struct Piece {
  std::string label;
  std::string value;
  Style style = Style::kPlain;
  int rank = 0;           ///< 0: always there; the highest are left out first when room is short
  bool flexible = false;  ///< its value may be shortened
};

/// Draws pieces with two blanks between them, as many as fit: by rank, those of a rank from the
/// last to the first. When those of rank 0 alone are too long, flexible ones are shortened, then
/// the line is cut. Returns the column behind it.
int draw_line(Canvas& canvas, const Area& row, std::vector<Piece> pieces);

/// A region's title with a rule to the end of the row: "log ──────".
void draw_rule(Canvas& canvas, const Area& row, std::string_view title, std::string_view note = {});

}  // namespace tui
