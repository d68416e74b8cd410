#include "tui/text_table.h"

#include <algorithm>

namespace tui {
namespace {

constexpr int kGap = 2;

std::vector<int> widths_of(const TextTable& table) {
  std::vector<int> widths;
  for (std::size_t column = 0; column < table.columns.size(); ++column) {
    int width = width_of(table.columns[column].title);
    for (const auto& row : table.rows) width = std::max(width, width_of(row[column].text));
    widths.push_back(width);
  }
  return widths;
}

void draw_row(Canvas& canvas, const Area& row, const TextTable& table,
              const std::vector<TableCell>& cells, const std::vector<int>& widths) {
  const int end = row.x + row.width;
  int x = row.x;
  for (std::size_t i = 0; i < cells.size() && x < end; ++i) {
    const int width = std::min(widths[i], end - x);
    const std::string text = shortened(cells[i].text, width);
    const int indent = table.columns[i].right ? width - width_of(text) : 0;
    canvas.text(x + indent, row.y, width - indent, text, cells[i].style);
    x += width + kGap;
  }
}

}  // namespace

int first_shown(int selected, int rows, int room) {
  if (rows <= room || selected < 0) return 0;
  return std::clamp(selected - room / 2, 0, rows - room);
}

void draw_table(Canvas& canvas, const Area& area, const TextTable& table, int selected) {
  if (area.height < 1) return;
  const std::vector<int> widths = widths_of(table);
  std::vector<TableCell> titles;
  for (const auto& column : table.columns) {
    titles.push_back({std::string(column.title), Style::kTitle});
  }
  draw_row(canvas, {area.x, area.y, area.width, 1}, table, titles, widths);
  const int rows = static_cast<int>(table.rows.size());
  const int room = area.height - 1;
  const int first = first_shown(selected, rows, room);
  for (int i = first; i < std::min(rows, first + room); ++i) {
    const int y = area.y + 1 + i - first;
    draw_row(canvas, {area.x, y, area.width, 1}, table, table.rows[static_cast<std::size_t>(i)],
             widths);
    if (i == selected) canvas.restyle(area.x, y, area.width, Style::kSelected);
  }
}

}  // namespace tui
