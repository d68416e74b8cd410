#include "tui/device_table.h"

#include <fmt/core.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tui/derived.h"
#include "tui/numbers.h"

namespace tui {
namespace {

using miner::DeviceSnapshot;
using miner::DeviceState;

struct Value {
  std::string text;
  Style style = Style::kPlain;
};

struct Column {
  std::string_view title;
  int width = 0;
  int rank = 0;  // 0: always there; the highest goes first
  bool right = true;
  Value (*value)(int number, const DeviceSnapshot& device) = nullptr;
};

template <class T>
std::optional<T> sensor(const DeviceSnapshot& device,
                        std::optional<T> backends::TelemetrySample::*which) {
  return device.sensors ? (*device.sensors).*which : std::nullopt;
}

Value number_of(int number, const DeviceSnapshot&) {
  return {std::to_string(number), Style::kStrong};
}

Value label_of(int, const DeviceSnapshot& device) {
  return {device.info.label()};
}

Value name_of(int, const DeviceSnapshot& device) {
  return {device.info.name, Style::kDim};
}

Value path_of(int, const DeviceSnapshot& device) {
  return {device.info.path, Style::kDim};
}

/// A sick card is seen from across the room.
Value rate_of(int, const DeviceSnapshot& device) {
  if (device.state == DeviceState::kRacing && !device.paused_by_user &&
      device.nonces_per_second.last_10s) {
    return {scaled(device.nonces_per_second.last_10s), Style::kStrong};
  }
  return {state_word(device), state_style(device)};
}

Value macs_of(int, const DeviceSnapshot& device) {
  return {scaled(device.mac_per_second.last_10s)};
}

/// With "!" where it is too hot, or held down by heat: colours are not for everybody.
Value core_of(int, const DeviceSnapshot& device) {
  const auto celsius = sensor(device, &backends::TelemetrySample::core_celsius);
  const auto held = sensor(device, &backends::TelemetrySample::throttle_reason);
  const bool thermal = held && held->find("thermal") != std::string::npos;
  const Style style = thermal ? Style::kBad : core_temperature_style(celsius);
  return {whole(celsius) + (style == Style::kBad ? "!" : ""), style};
}

Value memory_temperature_of(int, const DeviceSnapshot& device) {
  const auto celsius = sensor(device, &backends::TelemetrySample::memory_celsius);
  const Style style = memory_temperature_style(celsius);
  return {whole(celsius) + (style == Style::kBad ? "!" : ""), style};
}

Value fan_of(int, const DeviceSnapshot& device) {
  return {whole(sensor(device, &backends::TelemetrySample::fan_percent))};
}

Value power_of(int, const DeviceSnapshot& device) {
  return {whole(sensor(device, &backends::TelemetrySample::power_watts))};
}

Value core_clock_of(int, const DeviceSnapshot& device) {
  return {whole(sensor(device, &backends::TelemetrySample::core_mhz))};
}

Value memory_clock_of(int, const DeviceSnapshot& device) {
  return {whole(sensor(device, &backends::TelemetrySample::memory_mhz))};
}

Value memory_of(int, const DeviceSnapshot& device) {
  const auto used = sensor(device, &backends::TelemetrySample::memory_used_bytes);
  const auto total = sensor(device, &backends::TelemetrySample::memory_total_bytes);
  const std::uint64_t all = total.value_or(device.info.memory_bytes);
  return {(used ? gibibytes(*used) : "–") + "/" + (all != 0 ? gibibytes(all) : "–")};
}

constexpr int kAcceptedWidth = 5;
constexpr int kFaultsWidth = 3;

Value accepted_of(int, const DeviceSnapshot& device) {
  return {count_in(device.shares.accepted, kAcceptedWidth)};
}

Value rejected_of(int, const DeviceSnapshot& device) {
  const std::uint64_t n = device.shares.rejected + device.shares.stale;
  return {count_in(n, kFaultsWidth), n == 0 ? Style::kDim : Style::kWarn};
}

Value errors_of(int, const DeviceSnapshot& device) {
  return {count_in(device.hardware_errors, kFaultsWidth),
          device.hardware_errors == 0 ? Style::kDim : Style::kBad};
}

Value margin_of(int, const DeviceSnapshot& device) {
  const bool late = device.margin && *device.margin < base::Micros(0);
  return {short_time(device.margin), late ? Style::kBad : Style::kPlain};
}

constexpr int kNameLeast = 15;
constexpr int kNameMost = 30;

/// In the order of the screen.
std::vector<Column> all_columns() {
  return {{"#", 2, 0, true, number_of},
          {"device", 12, 0, false, label_of},
          {"name", kNameLeast, 5, false, name_of},
          {"path", 9, 9, false, path_of},
          {"nonces/s", 12, 0, true, rate_of},
          {"MAC/s", 6, 3, true, macs_of},
          {"core°C", 6, 0, true, core_of},
          {"mem°C", 5, 4, true, memory_temperature_of},
          {"fan%", 4, 2, true, fan_of},
          {"W", 4, 0, true, power_of},
          {"core MHz", 8, 7, true, core_clock_of},
          {"mem MHz", 7, 8, true, memory_clock_of},
          {"mem GiB", 10, 6, true, memory_of},
          {"A", kAcceptedWidth, 0, true, accepted_of},
          {"R", kFaultsWidth, 0, true, rejected_of},
          {"HW", kFaultsWidth, 0, true, errors_of},
          {"margin", 7, 1, true, margin_of}};
}

int table_width(const std::vector<Column>& columns) {
  int width = -1;
  for (const Column& column : columns) width += column.width + 1;
  return width;
}

/// Those that fit; what is left over goes to the name.
std::vector<Column> columns_for(int width) {
  std::vector<Column> columns = all_columns();
  while (table_width(columns) > width) {
    const auto last =
        std::max_element(columns.begin(), columns.end(),
                         [](const Column& a, const Column& b) { return a.rank < b.rank; });
    if (last->rank == 0) break;
    columns.erase(last);
  }
  for (Column& column : columns) {
    if (column.title != "name") continue;
    column.width = std::clamp(column.width + width - table_width(columns), kNameLeast, kNameMost);
  }
  return columns;
}

void draw_cell(Canvas& canvas, const Area& cell, const Column& column, const Value& value) {
  const std::string text = shortened(value.text, cell.width);
  const int x = column.right ? cell.x + cell.width - width_of(text) : cell.x;
  canvas.text(x, cell.y, cell.width, text, value.style);
}

}  // namespace

int devices_shown(const Area& area, std::size_t devices) {
  const int rows = std::max(area.height - 1, 0);
  const bool all = devices <= static_cast<std::size_t>(rows);
  return all ? static_cast<int>(devices) : std::max(rows - 1, 0);
}

void draw_devices(Canvas& canvas, const Area& area, const miner::Snapshot& snapshot,
                  const TableChoice& choice) {
  if (area.height < 1) return;
  const std::vector<Column> columns = columns_for(area.width);
  const auto across = [&](int y, const auto& cell) {
    int x = area.x;
    for (const Column& column : columns) {
      cell(column, Area{x, y, std::min(column.width, area.x + area.width - x), 1});
      x += column.width + 1;
    }
  };
  across(area.y, [&](const Column& column, const Area& cell) {
    draw_cell(canvas, cell, column, {std::string(column.title), Style::kTitle});
  });
  const int shown = devices_shown(area, snapshot.devices.size());
  const int last = static_cast<int>(snapshot.devices.size());
  for (int i = 0; i < shown && choice.first + i < last; ++i) {
    const int number = choice.first + i;
    const int y = area.y + 1 + i;
    across(y, [&](const Column& column, const Area& cell) {
      draw_cell(canvas, cell, column,
                column.value(number, snapshot.devices[static_cast<std::size_t>(number)]));
    });
    if (choice.selected == number) canvas.restyle(area.x, y, area.width, Style::kSelected);
  }
  if (shown < last && area.height > 1) {
    const std::string more =
        fmt::format("… {} of {} shown{}", shown, last, choice.selected ? "" : ", G has all");
    canvas.text(area.x, area.y + area.height - 1, area.width, more, Style::kDim);
  }
}

}  // namespace tui
