#include "tui/setup_pages.h"

#include <fmt/core.h>

#include <algorithm>
#include <string>

#include "tui/derived.h"
#include "tui/device_table.h"
#include "tui/line.h"
#include "tui/numbers.h"

namespace tui {
namespace {

using miner::DeviceSnapshot;
using miner::PoolStanding;
using miner::Snapshot;

constexpr int kDetailRows = 6;
constexpr int kLongestUrl = 45;
constexpr int kLeastTable = 4;  // its title and a few rows

Style style_of(PoolStanding standing) {
  switch (standing) {
    case PoolStanding::kInUse:
      return Style::kGood;
    case PoolStanding::kConnecting:
    case PoolStanding::kFailed:
      return Style::kWarn;
    case PoolStanding::kRefused:
      return Style::kBad;
    case PoolStanding::kStandby:
    case PoolStanding::kWaiting:
    case PoolStanding::kDisabled:
      break;
  }
  return Style::kPlain;
}

void draw_detail(Canvas& canvas, const Area& area, const DeviceSnapshot& device) {
  const miner::ShareCounts& shares = device.shares;
  const std::vector<std::vector<Piece>> lines = {
      {{"device", device.info.label(), Style::kStrong},
       {"", device.info.name, Style::kPlain, 0, true},
       {"backend", device.info.id()},
       {"path", device.info.path}},
      {{"state", state_word(device), state_style(device)},
       {"", device.reason, Style::kWarn, 0, true}},
      {{"found", count(device.found)},
       {"accepted", count(shares.accepted)},
       {"rejected", count(shares.rejected)},
       {"stale", count(shares.stale)},
       {"lost", count(shares.lost), Style::kPlain, 1},
       {"pending", count(shares.pending), Style::kPlain, 1},
       {"hw errors", count(device.hardware_errors)}},
      {{"nonces", count(device.nonces)},
       {"margin", brief(device.margin)},
       {"energy", watt_hours(device)}},
      {{device.info.note.empty() ? "" : "note", device.info.note, Style::kPlain, 0, true}}};
  draw_rule(canvas, {area.x, area.y, area.width, 1}, "selected");
  for (std::size_t i = 0; i < lines.size() && static_cast<int>(i) + 1 < area.height; ++i) {
    draw_line(canvas, {area.x, area.y + 1 + static_cast<int>(i), area.width, 1}, lines[i]);
  }
}

TableCell switch_cell(bool on) {
  return {on ? "on" : "off", on ? Style::kGood : Style::kPlain};
}

}  // namespace

std::string_view standing_word(PoolStanding standing) {
  switch (standing) {
    case PoolStanding::kStandby:
      return "standby";
    case PoolStanding::kWaiting:
      return "waiting";
    case PoolStanding::kConnecting:
      return "connecting";
    case PoolStanding::kInUse:
      return "in use";
    case PoolStanding::kFailed:
      return "failed";
    case PoolStanding::kRefused:
      return "refused";
    case PoolStanding::kDisabled:
      return "disabled";
  }
  return "?";
}

TextTable pools_table(const Snapshot& s) {
  TextTable table;
  table.columns = {{"#", true},
                   {"state"},
                   {"pool"},
                   {"why"},
                   {"user", false, 1},
                   {"sprints", true, 3},
                   {"accepted", true, 4},
                   {"credit", true, 2}};
  for (std::size_t i = 0; i < s.pools.size(); ++i) {
    const miner::PoolListing& pool = s.pools[i];
    table.rows.push_back({{std::to_string(i)},
                          {std::string(standing_word(pool.standing)), style_of(pool.standing)},
                          {shortened(pool.url, kLongestUrl)},
                          {pool.reason, Style::kWarn},
                          {pool.user},
                          {count(pool.sprints)},
                          {count(pool.accepted)},
                          {count(pool.credit)}});
  }
  return table;
}

void draw_devices_page(Canvas& canvas, const Area& area, const Snapshot& s, int selected) {
  const bool detail = area.height >= kLeastTable + kDetailRows && selected >= 0 &&
                      selected < static_cast<int>(s.devices.size());
  const int rows = area.height - (detail ? kDetailRows : 0);
  const int all = static_cast<int>(s.devices.size());
  const Area table{area.x, area.y, area.width, rows};
  const int shown = devices_shown(table, s.devices.size());
  draw_devices(canvas, table, s, {first_shown(selected, all, shown), selected});
  if (detail) {
    draw_detail(canvas, {area.x, area.y + rows, area.width, kDetailRows},
                s.devices[static_cast<std::size_t>(selected)]);
  }
}

void draw_settings_page(Canvas& canvas, const Area& area,
                        std::span<const miner::SettingRow> settings, int selected) {
  constexpr int kMeaningRows = 3;
  TextTable table;
  table.columns = {{"setting"}, {"value"}, {"from"}, {"can be changed"}};
  for (const miner::SettingRow& row : settings) {
    table.rows.push_back(
        {{row.key},
         {shortened(row.value, area.width / 2), Style::kStrong},
         {row.source, Style::kDim},
         {row.live ? "now" : "at the next start", row.live ? Style::kGood : Style::kDim}});
  }
  draw_table(canvas, {area.x, area.y, area.width, area.height - kMeaningRows}, table, selected);
  if (selected < 0 || selected >= static_cast<int>(settings.size())) return;
  const miner::SettingRow& row = settings[static_cast<std::size_t>(selected)];
  const int y = area.y + area.height - kMeaningRows;
  draw_rule(canvas, {area.x, y, area.width, 1}, row.key);
  canvas.text(area.x, y + 1, area.width, shortened(row.meaning, area.width));
  draw_line(canvas, {area.x, y + 2, area.width, 1},
            {{"allowed", row.range, Style::kPlain, 0, true}});
}

TextTable display_table(const ViewState& view) {
  TextTable table;
  table.columns = {{"on the first page"}, {""}};
  table.rows = {{{"throughput graph, when there is room"}, switch_cell(view.boxes.graph)},
                {{"log"}, switch_cell(view.boxes.log)},
                {{"the graph shows"},
                 {view.graph == GraphUnit::kMacs ? "MAC/s" : "nonces/s", Style::kStrong}}};
  return table;
}

}  // namespace tui
