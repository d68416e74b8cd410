#include "stratum/line_framer.h"

#include <fmt/format.h>

#include <utility>

namespace stratum {

base::Status LineFramer::feed(std::string_view bytes) {
  if (failed_) return *failed_;
  buffer_.erase(0, head_);
  tail_ -= std::exchange(head_, 0);

  std::size_t scanned = buffer_.size();
  buffer_.append(bytes);
  for (;;) {
    const std::size_t newline = buffer_.find('\n', scanned);
    const std::size_t end = newline == std::string::npos ? buffer_.size() : newline;
    if (std::string_view(buffer_).substr(scanned, end - scanned).find('\0') !=
        std::string_view::npos) {
      return fail(base::invalid("a line with a NUL byte"));
    }
    if (end - tail_ > max_) {
      return fail(base::no_memory(fmt::format("a line of more than {} bytes", max_)));
    }
    if (newline == std::string::npos) return base::Ok{};
    tail_ = scanned = newline + 1;
  }
}

std::optional<std::string> LineFramer::next() {
  while (head_ < tail_) {
    const std::size_t newline = buffer_.find('\n', head_);
    std::string_view line = std::string_view(buffer_).substr(head_, newline - head_);
    head_ = newline + 1;
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (!line.empty()) return std::string(line);
  }
  return std::nullopt;
}

base::Status LineFramer::fail(base::Error error) {
  buffer_.resize(tail_);
  failed_ = std::move(error);
  return *failed_;
}

}  // namespace stratum
