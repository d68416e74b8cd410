#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"

// Texts for pages: what is said to people, safe inside HTML.
namespace pool::web {

/// `text` with what means something in HTML written as references: safe as an element's text and in
/// a quoted attribute. What is not UTF-8, and control characters, are shown as \xNN.
std::string escaped(std::string_view text);

/// "1.23 kMAC/s": four significant digits at most, with the SI prefix from 1 to E. A value below
/// 1000 has none.
std::string with_prefix(double value, std::string_view unit);

/// "2026-11-28 01:59:13 UTC".
std::string utc(base::UnixTime time);

/// Replaces each {{name}} of `text` by its value, which must be safe where it comes to stand. A
/// name without a value is a bug.
std::string filled(std::string_view text,
                   const std::vector<std::pair<std::string_view, std::string>>& values);

/// Reads %41 and + of a query's value, or %41 alone of a path's part; nothing where a % has no two
/// hexadecimal digits.
std::optional<std::string> percent_decoded(std::string_view text, bool plus_is_blank);

}  // namespace pool::web
