#include "tui/pages.h"

#include <algorithm>

#include "tui/help_page.h"
#include "tui/line.h"
#include "tui/report_pages.h"
#include "tui/setup_pages.h"

namespace tui {
namespace {

std::string_view title_of(Page page) {
  switch (page) {
    case Page::kMain:
      return "";
    case Page::kHelp:
      return "help";
    case Page::kPools:
      return "pools";
    case Page::kDevices:
      return "devices";
    case Page::kSettings:
      return "settings";
    case Page::kDisplay:
      return "display";
    case Page::kRates:
      return "rates";
    case Page::kResults:
      return "results";
    case Page::kConnection:
      return "connection";
    case Page::kHealth:
      return "health";
  }
  return "";
}

void draw_inside(Canvas& canvas, const Area& area, const Scene& scene) {
  const int selected = scene.view.selected;
  switch (scene.view.page) {
    case Page::kMain:
      return;
    case Page::kHelp:
      return draw_help(canvas, area, scene.view.scrolled);
    case Page::kPools:
      return draw_table(canvas, area, pools_table(scene.snapshot),
                        pool_row(scene.view, scene.snapshot));
    case Page::kDevices:
      return draw_devices_page(canvas, area, scene.snapshot, selected);
    case Page::kSettings:
      return draw_settings_page(canvas, area, scene.settings, selected);
    case Page::kDisplay:
      return draw_table(canvas, area, display_table(scene.view), selected);
    case Page::kRates:
      return draw_table(canvas, area, rates_table(scene.snapshot), kNoRow, scene.view.scrolled);
    case Page::kResults:
      return draw_table(canvas, area, results_table(scene.snapshot), kNoRow, scene.view.scrolled);
    case Page::kConnection:
      return draw_table(canvas, area, connection_table(scene.snapshot), kNoRow,
                        scene.view.scrolled);
    case Page::kHealth:
      return draw_table(canvas, area, health_table(scene.snapshot), kNoRow, scene.view.scrolled);
  }
}

}  // namespace

void draw_page(Canvas& canvas, const Area& area, const Scene& scene) {
  draw_rule(canvas, {area.x, area.y, area.width, 1}, title_of(scene.view.page));
  draw_inside(canvas, {area.x, area.y + 1, area.width, area.height - 1}, scene);
}

int rows_of(const Scene& scene) {
  switch (scene.view.page) {
    case Page::kHelp:
      return help_lines();
    case Page::kPools:
      return static_cast<int>(scene.snapshot.pools.size());
    case Page::kDevices:
      return static_cast<int>(scene.snapshot.devices.size());
    case Page::kSettings:
      return static_cast<int>(scene.settings.size());
    case Page::kDisplay:
      return kDisplayChoices;
    case Page::kRates:
      return static_cast<int>(scene.snapshot.devices.size()) + 2;  // all together, and the titles
    case Page::kResults:
      return static_cast<int>(scene.snapshot.last_sprints.size()) + 1;
    case Page::kConnection:
      return kConnectionRows + 1;
    case Page::kHealth:
      return static_cast<int>(scene.snapshot.devices.size()) + 1;
    case Page::kMain:
      break;
  }
  return 0;
}

bool is_read_only(Page page) {
  switch (page) {
    case Page::kHelp:
    case Page::kRates:
    case Page::kResults:
    case Page::kConnection:
    case Page::kHealth:
      return true;
    default:
      return false;
  }
}

int pool_row(const ViewState& view, const miner::Snapshot& snapshot) {
  const auto& pools = snapshot.pools;
  for (std::size_t row = 0; view.pool && row < pools.size(); ++row) {
    if (pools[row].number == *view.pool) return static_cast<int>(row);
  }
  return std::clamp(view.selected, 0, std::max(static_cast<int>(pools.size()) - 1, 0));
}

std::string_view keys_of(Page page) {
  switch (page) {
    case Page::kMain:
      return "P pools  G devices  S settings  D display  Q quit  ? help  h rates  p pause  r "
             "resume  "
             "s results  c connection  e health  / search";
    case Page::kHelp:
      return "↑ ↓ scroll  Esc back";
    case Page::kPools:
      return "↑ ↓ choose  S switch to it  E enable  D disable  Esc back  ? help";
    case Page::kDevices:
      return "↑ ↓ choose  E enable  D disable  Esc back  ? help";
    case Page::kSettings:
      return "↑ ↓ choose  Enter change  W write to the configuration  Esc back  ? help";
    case Page::kDisplay:
      return "↑ ↓ choose  Enter change  Esc back  ? help";
    default:
      return "↑ ↓ scroll  Esc back  ? help";
  }
}

}  // namespace tui
