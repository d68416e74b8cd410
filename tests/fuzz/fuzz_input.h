#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

/// What a fuzz target of a session is given: a byte that chooses the session's state, one that
/// chooses how the stream is cut (0: not at all), then the stream. In it the bytes 1..5, which no
/// line of JSON holds, are not data but happen between data, so that one inserted byte cuts the
/// stream, lets time pass, or has the session's owner act:
///
///     1      a cut         2      a millisecond passes
///     3      a second      4      21 s
///     5 N    the owner does something, chosen by N
class FuzzInput {
 public:
  FuzzInput(const std::uint8_t* data, std::size_t size)
      : bytes_(reinterpret_cast<const char*>(data), size) {}

  /// 0..count-1.
  std::size_t choose(std::size_t count) { return take_byte() % count; }

  /// Calls `feed(piece)` for the stream's pieces, `wait(milliseconds)` and `act(N)` between them;
  /// until one returns false.
  template <class Feed, class Wait, class Act>
  void for_steps(Feed feed, Wait wait, Act act) {
    const std::size_t cut = take_byte();
    while (!bytes_.empty()) {
      if (!step(cut, feed, wait, act)) return;
    }
  }

  /// The same without anything between the pieces: all bytes are data.
  template <class Feed>
  void for_pieces(Feed feed) {
    const std::size_t cut = take_byte();
    while (!bytes_.empty()) {
      if (!feed(take(cut == 0 ? bytes_.size() : cut))) return;
    }
  }

 private:
  static constexpr std::string_view kActs = "\1\2\3\4\5";

  template <class Feed, class Wait, class Act>
  bool step(std::size_t cut, Feed feed, Wait wait, Act act) {
    const std::size_t data = std::min(bytes_.find_first_of(kActs), bytes_.size());
    if (data > 0) return feed(take(cut == 0 ? data : std::min(cut, data)));
    switch (take_byte()) {
      case 2:
        return wait(1);
      case 3:
        return wait(1000);
      case 4:
        return wait(21'000);
      case 5:
        return act(take_byte());
      default:
        return true;
    }
  }

  std::string_view take(std::size_t count) {
    const std::string_view piece = bytes_.substr(0, count);
    bytes_.remove_prefix(piece.size());
    return piece;
  }

  std::uint8_t take_byte() {
    const std::string_view byte = take(1);
    return byte.empty() ? std::uint8_t{0} : static_cast<std::uint8_t>(byte.front());
  }

  std::string_view bytes_;
};
