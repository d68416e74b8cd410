#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "base/log.h"
#include "base/mutex.h"

namespace logging {

/// A line of the log for a screen.
struct ScreenLine {
  std::uint64_t seq = 0;  ///< from 1 on, one more from line to line
  base::LogLevel level = base::LogLevel::kInfo;
  std::string text;  ///< as `screen_line` writes it: printable ASCII
};

/// The newest lines, for one who looks now and then. Adding and looking wait for each other only
/// while lines are copied, never for a disk or a terminal. Any thread.
class ScreenLines {
 public:
  /// From now on it keeps the newest `lines`.
  void open(std::size_t lines) EXCLUDES(mutex_);
  /// Keeps no line any more, and forgets those it has; the count goes on.
  void close() EXCLUDES(mutex_) { open(0); }
  void add(base::LogLevel level, std::string text) EXCLUDES(mutex_);
  /// Those kept that came later than `seq`, in order. 0: all of them. What came in between and was
  /// pushed out is missing: the first one's seq tells.
  std::vector<ScreenLine> after(std::uint64_t seq) const EXCLUDES(mutex_);

 private:
  void shrink() REQUIRES(mutex_);

  mutable base::Mutex mutex_;
  std::size_t most_ GUARDED_BY(mutex_) = 0;
  std::uint64_t last_ GUARDED_BY(mutex_) = 0;  // seq of the newest line
  std::deque<ScreenLine> lines_ GUARDED_BY(mutex_);
};

}  // namespace logging
