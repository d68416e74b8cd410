#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace base {

/// The candidate that `word` was probably meant to be: the one fewest edits away (a letter put in,
/// left out, replaced, or two neighbours swapped), the first of equals. Nothing when all are
/// further than a third of the word and one edit more: too far to guess. A candidate that `word`
/// begins counts as one edit away.
std::optional<std::string> nearest(std::string_view word, std::span<const std::string> candidates);

}  // namespace base
