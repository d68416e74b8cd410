#include "tui/frame.h"

#include <fmt/core.h>

#include <algorithm>

#include "tui/device_table.h"
#include "tui/header.h"
#include "tui/log_view.h"
#include "tui/pages.h"
#include "tui/prompt.h"

namespace tui {
namespace {

void draw_too_small(Canvas& canvas) {
  const Size size = canvas.size();
  const std::string text = fmt::format("too small: {}x{}, needs {}x{}", size.width, size.height,
                                       kSmallest.width, kSmallest.height);
  const int width = std::min(width_of(text), size.width);
  canvas.text((size.width - width) / 2, size.height / 2, width, text, Style::kStrong);
}

/// As many keys as fit: they are two blanks apart.
std::string_view keys_that_fit(std::string_view keys, int width) {
  while (width_of(keys) > width) {
    const std::size_t gap = keys.rfind("  ");
    if (gap == std::string_view::npos) break;
    keys = keys.substr(0, gap);
  }
  return keys;
}

void draw_keys(Canvas& canvas, const Area& row, const Scene& scene) {
  const ViewState& view = scene.view;
  if (view.prompt || !view.message.empty()) {
    const std::string text = view.prompt ? prompt_text(*view.prompt, scene.snapshot) : view.message;
    const int end =
        canvas.text(row.x, row.y, row.width, shortened(text, row.width), Style::kSelected);
    canvas.fill(end, row.y, row.x + row.width - end, U' ', Style::kSelected);
    return;
  }
  canvas.text(row.x, row.y, row.width, keys_that_fit(keys_of(view.page), row.width), Style::kDim);
}

}  // namespace

Canvas draw_frame(const Scene& scene, Size size) {
  Canvas canvas(size);
  const ViewState& view = scene.view;
  const Layout layout = layout_of(size, scene.snapshot.devices.size(), view.boxes);
  if (layout.too_small) {
    draw_too_small(canvas);
  } else {
    draw_header(canvas, layout.header, scene.snapshot, scene.program);
    if (view.page == Page::kMain) {
      draw_devices(canvas, layout.devices, scene.snapshot, {});
      draw_graph(canvas, layout.graph, scene.history, view.graph, scene.look);
      draw_log(canvas, layout.log, scene.log);
    } else {
      draw_page(canvas, layout.page, scene);
    }
    draw_keys(canvas, layout.keys, scene);
  }
  if (!scene.look.unicode) canvas.to_ascii();
  return canvas;
}

}  // namespace tui
