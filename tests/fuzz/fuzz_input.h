#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

/// What a fuzz target of a session is given: a byte that chooses the session's state, one that
/// chooses how the stream is cut (0: not at all), the stream.
class FuzzInput {
 public:
  FuzzInput(const std::uint8_t* data, std::size_t size)
      : bytes_(reinterpret_cast<const char*>(data), size) {}

  /// 0..count-1.
  std::size_t choose(std::size_t count) { return take_byte() % count; }

  /// Calls `feed(piece)` for the stream's pieces until one returns false.
  template <class Feed>
  void for_pieces(Feed feed) {
    const std::size_t cut = take_byte();
    while (!bytes_.empty()) {
      const std::size_t count = cut == 0 ? bytes_.size() : std::min(cut, bytes_.size());
      if (!feed(bytes_.substr(0, count))) return;
      bytes_.remove_prefix(count);
    }
  }

 private:
  std::size_t take_byte() {
    if (bytes_.empty()) return 0;
    const auto byte = static_cast<std::uint8_t>(bytes_.front());
    bytes_.remove_prefix(1);
    return byte;
  }

  std::string_view bytes_;
};
