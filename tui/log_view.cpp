#include "tui/log_view.h"

#include <fmt/core.h>

#include <algorithm>

#include "tui/line.h"

namespace tui {
namespace {

Style style_of(base::LogLevel level) {
  switch (level) {
    case base::LogLevel::kDebug:
      return Style::kDim;
    case base::LogLevel::kInfo:
      return Style::kPlain;
    case base::LogLevel::kWarn:
      return Style::kWarn;
    case base::LogLevel::kError:
      return Style::kBad;
  }
  return Style::kPlain;
}

std::string note_of(const LogTail& log) {
  std::string note;
  if (!log.searched().empty()) {
    note = fmt::format("\"{}\" in {} lines, n N go, Esc ends", log.searched(), log.matches());
  }
  if (log.below() != 0) {
    note += fmt::format("{}{} newer, End follows", note.empty() ? "" : "; ", log.below());
  }
  return note;
}

}  // namespace

void draw_log(Canvas& canvas, const Area& area, const LogTail& log) {
  if (area.height < 1) return;
  draw_rule(canvas, {area.x, area.y, area.width, 1}, "log",
            shortened(note_of(log), area.width - 6));
  const auto rows = static_cast<std::size_t>(area.height - 1);
  // What was looked at may have been dropped: the oldest lines then fill the view.
  const std::size_t end = std::max(log.end(), std::min(rows, log.lines().size()));
  const std::size_t begin = end - std::min(end, rows);
  for (std::size_t i = begin; i < end; ++i) {
    const LogLine& line = log.lines()[i];
    const int y = area.y + 1 + static_cast<int>(i - begin);
    const Style style = log.matches(line) ? Style::kMatch : style_of(line.level);
    canvas.text(area.x, y, area.width, shortened(line.text, area.width), style);
  }
}

}  // namespace tui
