#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/log.h"

namespace tui {

/// A line of the log as text, clean and without colours.
struct LogLine {
  std::uint64_t seq = 0;  ///< rises by one from line to line
  base::LogLevel level = base::LogLevel::kInfo;
  std::string text;
};

/// Hands out the lines behind one, oldest first; those that nobody took in time may be missing. Any
/// thread.
using LogFeed = std::function<std::vector<LogLine>(std::uint64_t seq)>;

/// The newest lines of the log, and the place that is looked at. One thread.
class LogTail {
 public:
  static constexpr std::size_t kKept = 2000;

  void append(std::vector<LogLine> lines);
  const std::deque<LogLine>& lines() const { return lines_; }
  std::uint64_t newest() const { return lines_.empty() ? 0 : lines_.back().seq; }

  /// Moves the view up (below 0) or down, in lines, of which `rows` are seen at once. At the newest
  /// line it follows what comes.
  void scroll(std::int64_t by, int rows);
  void follow() { bottom_.reset(); }
  /// How many of the newest lines are below the view.
  std::size_t below() const { return lines_.size() - end(); }
  /// Behind the last line that is seen, as an index into `lines`.
  std::size_t end() const;

  /// From now on lines that hold it are found, whatever the case of ASCII letters; empty: none.
  /// Goes to the newest of them.
  void search(const std::string& text, int rows);
  const std::string& searched() const { return searched_; }
  bool matches(const LogLine& line) const;
  std::size_t matches() const;
  /// Goes to the next match above (or below) the one that is looked at; false: there is none.
  bool go_to_match(bool up, int rows);

 private:
  void look_at(std::size_t index, int rows);

  std::deque<LogLine> lines_;
  std::optional<std::uint64_t> bottom_;  // seq of the last line seen; nothing: the newest
  std::string searched_;                 // in lower case
  std::optional<std::uint64_t> match_;   // the one that was gone to last
};

}  // namespace tui
