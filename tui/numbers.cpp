#include "tui/numbers.h"

#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <cmath>

#include "base/clock.h"

namespace tui {
namespace {

constexpr std::string_view kNothing = "–";

using base::in_seconds;

/// Three digits: 1.23, 12.3, 123.
std::string three_digits(double value) {
  if (value == 0) return "0";
  const double size = std::abs(value);
  if (size < 9.995) return fmt::format("{:.2f}", value);
  return size < 99.95 ? fmt::format("{:.1f}", value) : fmt::format("{:.0f}", value);
}

struct Scaled {
  std::string digits;
  std::string_view prefix;
};

Scaled scale(double value) {
  constexpr std::string_view kPrefixes[] = {"", "k", "M", "G", "T", "P", "E"};
  std::size_t step = 0;
  while (std::abs(value) >= 999.5 && step + 1 < std::size(kPrefixes)) {
    value /= 1000;
    ++step;
  }
  return {three_digits(value), kPrefixes[step]};
}

}  // namespace

std::string scaled(const std::optional<double>& value) {
  if (!value || !std::isfinite(*value)) return std::string(kNothing);
  const Scaled text = scale(*value);
  return text.prefix.empty() ? text.digits : fmt::format("{} {}", text.digits, text.prefix);
}

std::string scaled(const std::optional<double>& value, std::string_view unit) {
  if (!value || !std::isfinite(*value)) return fmt::format("{} {}", kNothing, unit);
  const Scaled text = scale(*value);
  return fmt::format("{} {}{}", text.digits, text.prefix, unit);
}

std::string scaled_small(const std::optional<double>& value, std::string_view unit) {
  if (!value || !std::isfinite(*value) || *value == 0 || std::abs(*value) >= 0.9995) {
    return scaled(value, unit);
  }
  const bool milli = std::abs(*value) >= 0.9995e-3;
  return fmt::format("{} {}{}", three_digits(*value * (milli ? 1e3 : 1e6)), milli ? "m" : "µ",
                     unit);
}

std::string count_in(std::uint64_t value, int width) {
  std::string text = std::to_string(value);
  for (const char* prefix : {"k", "M", "G", "T", "P", "E"}) {
    if (static_cast<int>(text.size()) <= width) break;
    value = value / 1000 + (value % 1000 >= 500 ? 1 : 0);
    if (value == 0) return std::string(static_cast<std::size_t>(width), '#');
    text = std::to_string(value) + prefix;
  }
  return text;
}

std::string count(std::uint64_t value) {
  constexpr std::uint64_t kWholeUpTo = 99'999;
  return value <= kWholeUpTo ? std::to_string(value) : scaled(static_cast<double>(value));
}

std::string whole(const std::optional<double>& value) {
  return value ? fmt::format("{:.0f}", *value) : std::string(kNothing);
}

std::string gibibytes(std::uint64_t bytes) {
  const double value = static_cast<double>(bytes) / (1U << 30);
  return value < 99.95 ? fmt::format("{:.1f}", value) : fmt::format("{:.0f}", value);
}

std::string uptime(base::Micros time) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(time).count();
  const auto days = seconds / 86'400;
  const auto hours = seconds / 3600 % 24;
  const auto clock = fmt::format("{:02}:{:02}", seconds / 60 % 60, seconds % 60);
  return days == 0 ? fmt::format("{}:{}", hours, clock)
                   : fmt::format("{} d {:02}:{}", days, hours, clock);
}

std::string remaining(base::Micros time) {
  const double seconds = std::max(in_seconds(time), 0.0);
  if (seconds < 9.95) return fmt::format("{:.1f} s", seconds);
  if (seconds < 59.5) return fmt::format("{:.0f} s", seconds);
  const auto all = static_cast<std::int64_t>(std::lround(seconds));
  return fmt::format("{}:{:02}", all / 60, all % 60);
}

std::string brief(const std::optional<base::Micros>& time) {
  if (!time) return std::string(kNothing);
  const double millis = std::round(in_seconds(*time) * 1e5) / 100;  // no "-0.00"
  return std::abs(millis) < 999.5 ? three_digits(millis) + " ms"
                                  : three_digits(millis / 1000) + " s";
}

std::string short_time(const std::optional<base::Micros>& time) {
  if (!time) return std::string(kNothing);
  const double seconds = in_seconds(*time);
  const auto text = [](double value, const char* unit) {
    return fmt::format("{:.{}f} {}", value, std::abs(value) < 9.95 ? 1 : 0, unit);
  };
  if (std::abs(seconds) < 0.9995) return text(seconds * 1000, "ms");
  return std::abs(seconds) < 999.5 ? text(seconds, "s") : text(seconds / 3600, "h");
}

std::string signed_brief(const std::optional<base::Micros>& time) {
  return (time && *time > base::Micros(0) ? "+" : "") + brief(time);
}

}  // namespace tui
