#include "miner/cli/text_output.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/check.h"

namespace miner {
namespace {

/// Three digits that count, never fewer than the whole part has.
std::string short_number(double value) {
  if (value >= 100) return fmt::format("{:.0f}", value);
  return fmt::format("{:#.3g}", value);
}

}  // namespace

std::string show_bytes(std::uint64_t bytes) {
  constexpr std::array<const char*, 5> kUnits = {"B", "KiB", "MiB", "GiB", "TiB"};
  std::size_t unit = 0;
  auto value = static_cast<double>(bytes);
  while (value >= 1024 && unit + 1 < kUnits.size()) {
    value /= 1024;
    ++unit;
  }
  const std::string number = unit == 0 ? std::to_string(bytes) : short_number(value);
  return number + " " + kUnits[unit];
}

std::string show_rate(double nonces_per_second) {
  return short_number(nonces_per_second) + " nonces/s";
}

std::string show_mac_rate(double mac_per_second) {
  return short_number(mac_per_second / 1e9) + " GMAC/s";
}

std::string show_seconds(double seconds) {
  return fmt::format("{:.2f} s", seconds);
}

std::string TextTable::str() const {
  std::vector<std::size_t> widths(rows_.front().size());
  for (const auto& row : rows_) {
    CHECK(row.size() == widths.size());
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string text;
  for (const auto& row : rows_) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) line += fmt::format("{:<{}}  ", row[i], widths[i]);
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

}  // namespace miner
