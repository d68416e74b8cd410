#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "base/check.h"

namespace stratum {

/// Bytes that wait to be sent. Taking from the front is cheap however long the rest is. One thread.
class OutputBuffer {
 public:
  void append(std::string_view bytes) {
    const bool first = size() == 0 && !bytes.empty();
    bytes_.append(bytes);
    if (first && on_first_) on_first_();
  }
  /// To be called when bytes wait where none did. It must not change this.
  void on_first(std::function<void()> call) { on_first_ = std::move(call); }
  std::string_view view() const { return std::string_view(bytes_).substr(sent_); }
  std::size_t size() const { return bytes_.size() - sent_; }

  /// Drops the first `count` bytes, which must be there.
  void consume(std::size_t count) {
    CHECK(count <= size());
    sent_ += count;
    if (sent_ < size()) return;  // each byte is moved at most once
    bytes_.erase(0, sent_);
    sent_ = 0;
  }

 private:
  std::string bytes_;
  std::size_t sent_ = 0;
  std::function<void()> on_first_;
};

}  // namespace stratum
