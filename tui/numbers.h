#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

// Numbers as a person reads them at a glance: three digits and a unit's prefix. What is not known
// is a dash, never 0.
namespace tui {

/// "0", "0.52", "3.38", "12.3", "147", "1.47 k", "12.3 M", "147 G", "1.47 T"; "–" for nothing.
std::string scaled(const std::optional<double>& value);
/// `scaled` with a unit behind its prefix: "1.47 TMAC/s", "3.38 nonces/s", "– MAC/s".
std::string scaled(const std::optional<double>& value, std::string_view unit);
/// As that, with prefixes for what is small: "1.20 kJ", "15.0 mJ", "787 µJ".
std::string scaled_small(const std::optional<double>& value, std::string_view unit);
/// A count in so many cells (3 or more): "99999", "100k", "1M"; "###" for one that fits in no form.
std::string count_in(std::uint64_t value, int width);
/// A count: whole up to 99999, then as `scaled`.
std::string count(std::uint64_t value);
/// Without decimals: "67"; "–" for nothing.
std::string whole(const std::optional<double>& value);
/// Gibibytes: "7.9", "24.0", "141".
std::string gibibytes(std::uint64_t bytes);

/// A time that passes: "0:01:23", "3 d 04:05:06".
std::string uptime(base::Micros time);
/// A time to come or a length: "0.0 s", "9.8 s", "59 s", "2:05" (minutes).
std::string remaining(base::Micros time);
/// "0.42 ms", "23.1 ms", "143 ms", "1.20 s", negative ones too; "–" for nothing.
std::string brief(const std::optional<base::Micros>& time);
/// In at most seven cells: "0.4 ms", "-1.0 ms", "-579 ms", "1.2 s", "300 s", "2.1 h".
std::string short_time(const std::optional<base::Micros>& time);
/// `brief` with its sign: "+0.42 ms".
std::string signed_brief(const std::optional<base::Micros>& time);

}  // namespace tui
