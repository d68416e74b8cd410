#include "logging/screen_lines.h"

#include <algorithm>
#include <utility>

namespace logging {

void ScreenLines::open(std::size_t lines) {
  base::MutexLock lock(mutex_);
  most_ = lines;
  shrink();
}

void ScreenLines::add(base::LogLevel level, std::string text) {
  base::MutexLock lock(mutex_);
  lines_.push_back({++last_, level, std::move(text)});
  shrink();
}

std::vector<ScreenLine> ScreenLines::after(std::uint64_t seq) const {
  base::MutexLock lock(mutex_);
  const auto later = std::upper_bound(
      lines_.begin(), lines_.end(), seq,
      [](std::uint64_t bound, const ScreenLine& line) { return bound < line.seq; });
  return {later, lines_.end()};
}

void ScreenLines::shrink() {
  while (lines_.size() > most_) lines_.pop_front();
}

}  // namespace logging
