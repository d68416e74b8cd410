#include "backends/telemetry/hwmon/load.h"

#include <algorithm>
#include <utility>

#include "base/bytes.h"

namespace backends::hwmon {
namespace {

constexpr std::string_view kBegin = "cpu ";
// user nice system idle iowait irq softirq steal; the time of guests behind them is in user's.
constexpr int kColumns = 8;
constexpr int kIdle = 3;
constexpr int kWaiting = 4;
constexpr std::uint64_t kMostTicks = std::uint64_t{1} << 56;

/// The word that a line begins with, after blanks; taken off the line.
std::string_view next_word(std::string_view& line) {
  line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
  const std::string_view word = line.substr(0, line.find(' '));
  line.remove_prefix(word.size());
  return word;
}

}  // namespace

std::optional<LoadMeter::Times> LoadMeter::times(std::string_view stat) {
  std::string_view line = stat.substr(0, stat.find('\n'));
  if (line.substr(0, kBegin.size()) != kBegin) return std::nullopt;
  line.remove_prefix(kBegin.size());
  Times out{0, 0};
  for (int column = 0; column < kColumns; ++column) {
    const auto ticks = base::u64_from_decimal(next_word(line), kMostTicks);
    if (!ticks) return std::nullopt;
    if (column == kIdle || column == kWaiting) out.idle += *ticks;
    out.all += *ticks;
  }
  return out;
}

std::optional<double> LoadMeter::percent(std::string_view stat) {
  const auto now = times(stat);
  const auto before = std::exchange(last_, now);
  if (!now || !before || now->all <= before->all || now->idle < before->idle) return std::nullopt;
  const auto all = static_cast<double>(now->all - before->all);
  const auto idle = static_cast<double>(now->idle - before->idle);
  if (idle > all) return std::nullopt;
  return 100 * (all - idle) / all;
}

}  // namespace backends::hwmon
