#include "base/nearest.h"

#include <algorithm>
#include <cstddef>
#include <vector>

namespace base {
namespace {

/// Optimal string alignment distance: Levenshtein's with swaps of neighbours.
std::size_t edits(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1);
  std::vector<std::size_t> above(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    before.swap(above);
    above.swap(row);
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, replaced});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        row[j] = std::min(row[j], before[j - 2] + 1);
      }
    }
  }
  return row[b.size()];
}

/// Words are typed by hand: what is longer than any candidate could be near to is not compared.
constexpr std::size_t kLongestWord = 64;

std::size_t distance(std::string_view word, std::string_view candidate) {
  if (word.size() >= 2 && candidate.substr(0, word.size()) == word) {
    return candidate.size() == word.size() ? 0 : 1;
  }
  return edits(word, candidate);
}

}  // namespace

std::optional<std::string> nearest(std::string_view word, std::span<const std::string> candidates) {
  if (word.empty() || word.size() > kLongestWord) return std::nullopt;
  std::size_t best = 1 + word.size() / 3 + 1;  // one more than is near
  std::optional<std::string> found;
  for (const std::string& candidate : candidates) {
    const std::size_t edits_away = distance(word, candidate);
    if (edits_away >= best) continue;
    best = edits_away;
    found = candidate;
  }
  return found;
}

}  // namespace base
