#include "tui/graph.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <vector>

#include "tui/line.h"
#include "tui/numbers.h"

namespace tui {
namespace {

constexpr int kScaleWidth = 8;  // "1.47 T " at the left
constexpr int kPerCell = 2;     // samples

/// Two samples; none where the history does not reach.
struct GraphColumn {
  std::array<std::optional<double>, kPerCell> values;
  bool boundary = false;
};

double value_of(const History::Sample& sample, GraphUnit unit) {
  return unit == GraphUnit::kMacs ? sample.macs_per_second : sample.nonces_per_second;
}

std::vector<GraphColumn> columns_of(const History& history, GraphUnit unit, int width) {
  std::vector<GraphColumn> columns(static_cast<std::size_t>(width));
  const auto& samples = history.samples();
  const std::size_t room = columns.size() * kPerCell;
  const std::size_t shown = std::min(samples.size(), room);
  for (std::size_t i = 0; i < shown; ++i) {
    const History::Sample& sample = samples[samples.size() - shown + i];
    const std::size_t place = room - shown + i;
    GraphColumn& column = columns[place / kPerCell];
    column.values[place % kPerCell] = value_of(sample, unit);
    column.boundary = column.boundary || sample.boundary;
  }
  return columns;
}

double highest(const std::vector<GraphColumn>& columns) {
  double most = 0;
  for (const GraphColumn& column : columns) {
    for (const auto& value : column.values) most = std::max(most, value.value_or(0));
  }
  return most;
}

/// Braille patterns (U+2800): bits of a cell's left and right dots, from the bottom up.
constexpr std::array<std::array<char32_t, 4>, kPerCell> kDots = {
    {{0x40, 0x04, 0x02, 0x01}, {0x80, 0x20, 0x10, 0x08}}};

char32_t braille(const GraphColumn& column, double scale, int row_from_bottom) {
  char32_t dots = 0;
  for (std::size_t side = 0; side < kPerCell; ++side) {
    const auto height = std::lround(column.values[side].value_or(0) * scale * 4);
    for (int dot = 0; dot < 4; ++dot) {
      if (height > row_from_bottom * 4 + dot) dots |= kDots[side][static_cast<std::size_t>(dot)];
    }
  }
  return dots == 0 ? U' ' : U'\u2800' + dots;
}

char32_t block(const GraphColumn& column, double scale, int row_from_bottom) {
  const double mean = (column.values[0].value_or(0) + column.values[1].value_or(0)) / kPerCell;
  const double height = mean * scale - row_from_bottom;
  if (height >= 0.75) return U'█';
  return height >= 0.25 ? U'▄' : U' ';
}

void draw_column(Canvas& canvas, const Area& cells, const GraphColumn& column, double scale,
                 const Look& look) {
  for (int row = 0; row < cells.height; ++row) {
    const int from_bottom = cells.height - 1 - row;
    const char32_t glyph =
        look.braille ? braille(column, scale, from_bottom) : block(column, scale, from_bottom);
    if (column.boundary && (glyph == U' ' || row == 0)) {  // at the top also where it is full
      canvas.put(cells.x, cells.y + row, U'┊', Style::kDim);
    } else if (glyph != U' ') {
      canvas.put(cells.x, cells.y + row, glyph, Style::kGraph);
    }
  }
}

}  // namespace

void draw_graph(Canvas& canvas, const Area& area, const History& history, GraphUnit unit,
                const Look& look) {
  if (area.height < 2) return;
  const Area plot{area.x + kScaleWidth, area.y + 1, area.width - kScaleWidth, area.height - 1};
  const std::vector<GraphColumn> columns = columns_of(history, unit, plot.width);
  const double most = highest(columns);
  const std::string note =
      fmt::format("{}, the last {} min", unit == GraphUnit::kMacs ? "MAC/s" : "nonces/s",
                  remaining(std::chrono::seconds(plot.width * kPerCell)));
  draw_rule(canvas, {area.x, area.y, area.width, 1}, "throughput", note);
  canvas.text(area.x, plot.y, kScaleWidth - 1, scaled(most), Style::kDim);
  if (plot.height > 1) {
    canvas.text(area.x, plot.y + plot.height - 1, kScaleWidth - 1, "0", Style::kDim);
  }
  const double scale = most > 0 ? plot.height / most : 0;
  for (int x = 0; x < plot.width; ++x) {
    draw_column(canvas, {plot.x + x, plot.y, 1, plot.height}, columns[static_cast<std::size_t>(x)],
                scale, look);
  }
}

}  // namespace tui
