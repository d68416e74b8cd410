#include "tui/layout.h"

#include <algorithm>

namespace tui {
namespace {

constexpr int kTitle = 1;
constexpr int kLogWanted = kTitle + 2;
constexpr int kLogOfLowScreens = kTitle + 1;
constexpr int kLow = 20;  // rows of a screen
constexpr int kLogBesideGraph = kTitle + 5;
constexpr int kGraphLeast = kTitle + 5;
constexpr int kGraphMost = kTitle + 15;

/// What the graph takes of the rows below the devices: two fifths, so that the log has more.
int graph_rows(int rows, const Boxes& boxes) {
  if (!boxes.graph) return 0;
  if (!boxes.log) return rows >= kGraphLeast ? rows : 0;
  if (rows < kGraphLeast + kLogBesideGraph) return 0;
  return std::clamp(rows * 2 / 5, kGraphLeast, kGraphMost);
}

}  // namespace

Layout layout_of(Size size, std::size_t devices, const Boxes& boxes) {
  Layout layout;
  layout.too_small = size.width < kSmallest.width || size.height < kSmallest.height;
  if (layout.too_small) return layout;
  const int width = size.width;
  layout.header = {0, 0, width, kHeaderRows};
  layout.keys = {0, size.height - 1, width, 1};
  layout.page = {0, kHeaderRows, width, size.height - kHeaderRows - 1};
  const int wanted = kTitle + static_cast<int>(std::min<std::size_t>(devices, 1000));
  const int log = size.height < kLow ? kLogOfLowScreens : kLogWanted;
  const int for_devices = layout.page.height - (boxes.log ? log : 0);
  int y = kHeaderRows;
  const auto take = [&](int height) {
    const Area area{0, y, width, height};
    y += height;
    return area;
  };
  layout.devices = take(std::min(wanted, for_devices));
  const int rest = layout.keys.y - y;
  layout.graph = take(graph_rows(rest, boxes));
  if (boxes.log) layout.log = take(layout.keys.y - y);
  return layout;
}

}  // namespace tui
