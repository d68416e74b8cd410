#include "tui/line.h"

#include <algorithm>

namespace tui {
namespace {

constexpr int kGap = 2;
constexpr int kShortest = 8;  // of a flexible value

int piece_width(const Piece& piece) {
  const int label = width_of(piece.label);
  const int value = width_of(piece.value);
  return label + value + (label > 0 && value > 0 ? 1 : 0);
}

int line_width(const std::vector<Piece>& pieces) {
  int width = pieces.empty() ? 0 : -kGap;
  for (const Piece& piece : pieces) width += piece_width(piece) + kGap;
  return width;
}

/// False when there is nothing left that may go.
bool drop_one(std::vector<Piece>& pieces) {
  const auto last =
      std::max_element(pieces.rbegin(), pieces.rend(),
                       [](const Piece& a, const Piece& b) { return a.rank < b.rank; });
  if (last == pieces.rend() || last->rank == 0) return false;
  pieces.erase(std::next(last).base());
  return true;
}

void shorten(std::vector<Piece>& pieces, int width) {
  for (Piece& piece : pieces) {
    const int excess = line_width(pieces) - width;
    if (excess <= 0) return;
    if (!piece.flexible) continue;
    piece.value = shortened(piece.value, std::max(width_of(piece.value) - excess, kShortest));
  }
}

}  // namespace

int draw_line(Canvas& canvas, const Area& row, std::vector<Piece> pieces) {
  while (line_width(pieces) > row.width && drop_one(pieces)) {
  }
  shorten(pieces, row.width);
  const int end = row.x + row.width;
  int x = row.x;
  for (const Piece& piece : pieces) {
    if (x > row.x) x += kGap;
    x = canvas.text(x, row.y, end - x, piece.label, Style::kDim);
    if (!piece.label.empty() && !piece.value.empty()) ++x;
    x = canvas.text(x, row.y, end - x, piece.value, piece.style);
  }
  return x;
}

void draw_rule(Canvas& canvas, const Area& row, std::string_view title, std::string_view note) {
  const int end = row.x + row.width;
  int x = canvas.text(row.x, row.y, row.width, title, Style::kTitle);
  if (!note.empty()) x = canvas.text(x + 1, row.y, end - x - 1, note, Style::kDim);
  canvas.fill(x + 1, row.y, end - x - 1, U'─', Style::kDim);
}

}  // namespace tui
