#include "tui/log_tail.h"

#include <algorithm>
#include <utility>

namespace tui {
namespace {

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

std::string lower(std::string text) {
  for (char& c : text) c = lower(c);
  return text;
}

}  // namespace

void LogTail::append(std::vector<LogLine> lines) {
  for (LogLine& line : lines) lines_.push_back(std::move(line));
  while (lines_.size() > kKept) lines_.pop_front();
}

std::size_t LogTail::end() const {
  if (!bottom_) return lines_.size();
  const auto behind =
      std::upper_bound(lines_.begin(), lines_.end(), *bottom_,
                       [](std::uint64_t seq, const LogLine& line) { return seq < line.seq; });
  return static_cast<std::size_t>(behind - lines_.begin());
}

void LogTail::scroll(std::int64_t by, int rows) {
  const auto all = static_cast<std::int64_t>(lines_.size());
  const std::int64_t full = std::min<std::int64_t>(all, rows);  // the oldest lines fill the view
  const std::int64_t to = std::clamp(static_cast<std::int64_t>(end()) + by, full, all);
  if (to == all) return follow();
  bottom_ = lines_[static_cast<std::size_t>(to - 1)].seq;
}

/// Brings a line to the middle of the view.
void LogTail::look_at(std::size_t index, int rows) {
  match_ = lines_[index].seq;
  follow();
  const std::int64_t below = static_cast<std::int64_t>(lines_.size() - index) - 1 - rows / 2;
  if (below > 0) scroll(-below, rows);
}

void LogTail::search(const std::string& text, int rows) {
  searched_ = lower(text);
  match_.reset();
  if (!searched_.empty()) go_to_match(true, rows);
}

bool LogTail::matches(const LogLine& line) const {
  if (searched_.empty()) return false;
  const auto same = [](char in_line, char wanted) { return lower(in_line) == wanted; };
  return std::search(line.text.begin(), line.text.end(), searched_.begin(), searched_.end(),
                     same) != line.text.end();
}

std::size_t LogTail::matches() const {
  return static_cast<std::size_t>(std::count_if(
      lines_.begin(), lines_.end(), [this](const LogLine& line) { return matches(line); }));
}

bool LogTail::go_to_match(bool up, int rows) {
  const std::uint64_t from = match_.value_or(newest() + 1);
  if (up) {
    for (std::size_t i = lines_.size(); i-- > 0;) {
      if (lines_[i].seq < from && matches(lines_[i])) return look_at(i, rows), true;
    }
  } else {
    for (std::size_t i = 0; i < lines_.size(); ++i) {
      if (lines_[i].seq > from && matches(lines_[i])) return look_at(i, rows), true;
    }
  }
  return false;
}

}  // namespace tui
