#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace stratum {

/// Cuts a byte stream into lines. One thread.
///
///     buffer_:  taken lines | complete lines | bytes without a newline yet
///               0           head_            tail_                      size
class LineFramer {
 public:
  explicit LineFramer(std::size_t max_line_bytes) : max_(max_line_bytes) {}

  /// Lines longer than this end the connection; takes effect on the next `feed`.
  void set_limit(std::size_t max_line_bytes) { max_ = max_line_bytes; }

  /// Takes bytes as they came. Fails when a line (its newline not counted) is longer than the limit
  /// (Fault::kNoMemory) or holds a NUL (Fault::kInvalid); complete lines before it can still be
  /// taken, and every later call fails as well. Holds at most limit + what one call brought.
  base::Status feed(std::string_view bytes);

  /// The next complete line without its newline (and without a carriage return before it). Empty
  /// lines are skipped.
  std::optional<std::string> next();

  /// Bytes that wait for their newline.
  std::size_t pending() const { return buffer_.size() - tail_; }

 private:
  base::Status fail(base::Error error);

  std::size_t max_;
  std::string buffer_;
  std::size_t head_ = 0;
  std::size_t tail_ = 0;
  std::optional<base::Error> failed_;
};

}  // namespace stratum
