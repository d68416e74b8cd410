#include "tui/text_table.h"

#include <algorithm>

namespace tui {
namespace {

constexpr int kColumnGap = 2;

std::vector<int> widths_of(const TextTable& table) {
  std::vector<int> widths;
  for (std::size_t column = 0; column < table.columns.size(); ++column) {
    int width = width_of(table.columns[column].title);
    for (const auto& row : table.rows) width = std::max(width, width_of(row[column].text));
    widths.push_back(width);
  }
  return widths;
}

/// The widths of the columns that fit; 0 for those that are left out.
std::vector<int> widths_within(const TextTable& table, int room) {
  std::vector<int> widths = widths_of(table);
  for (;;) {
    int width = -kColumnGap;
    std::size_t last = widths.size();
    for (std::size_t i = 0; i < widths.size(); ++i) {
      if (widths[i] == 0) continue;
      width += widths[i] + kColumnGap;
      const int rank = table.columns[i].rank;
      if (rank > 0 && (last == widths.size() || rank >= table.columns[last].rank)) last = i;
    }
    if (width <= room || last == widths.size()) return widths;
    widths[last] = 0;
  }
}

void draw_row(Canvas& canvas, const Area& row, const TextTable& table,
              const std::vector<TableCell>& cells, const std::vector<int>& widths) {
  const int end = row.x + row.width;
  int x = row.x;
  for (std::size_t i = 0; i < cells.size() && x < end; ++i) {
    if (widths[i] == 0) continue;
    const int width = std::min(widths[i], end - x);
    const std::string text = shortened(cells[i].text, width);
    const int indent = table.columns[i].right ? width - width_of(text) : 0;
    canvas.text(x + indent, row.y, width - indent, text, cells[i].style);
    x += width + kColumnGap;
  }
}

}  // namespace

int first_shown(int selected, int rows, int room) {
  if (rows <= room || selected < 0) return 0;
  return std::clamp(selected - room / 2, 0, rows - room);
}

void draw_table(Canvas& canvas, const Area& area, const TextTable& table, int selected,
                int scrolled) {
  if (area.height < 1) return;
  const std::vector<int> widths = widths_within(table, area.width);
  std::vector<TableCell> titles;
  for (const auto& column : table.columns) {
    titles.push_back({std::string(column.title), Style::kTitle});
  }
  draw_row(canvas, {area.x, area.y, area.width, 1}, table, titles, widths);
  const int rows = static_cast<int>(table.rows.size());
  const int room = area.height - 1;
  const int first = selected == kNoRow ? std::clamp(scrolled, 0, std::max(rows - room, 0))
                                       : first_shown(selected, rows, room);
  for (int i = first; i < std::min(rows, first + room); ++i) {
    const int y = area.y + 1 + i - first;
    draw_row(canvas, {area.x, y, area.width, 1}, table, table.rows[static_cast<std::size_t>(i)],
             widths);
    if (i == selected) canvas.restyle(area.x, y, area.width, Style::kSelected);
  }
}

}  // namespace tui
