#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <utility>

#include "pool/journal.h"

namespace pool {

/// What the pool has to say, in order, each word once the records it rests on are durable: an
/// acknowledgement must not outlive what it acknowledges. One thread.
class Outbox {
 public:
  /// `words` is called when record `after` is written, and everything before it was said: perhaps
  /// at once. 0: it rests on none.
  void say(std::uint64_t after, std::function<void()> words) {
    if (waiting_.empty() && after <= written_) return words();
    waiting_.emplace_back(after, std::move(words));
  }

  /// All records up to this one are durable.
  void written(std::uint64_t up_to) {
    written_ = up_to;
    while (!waiting_.empty() && waiting_.front().first <= written_) {
      const auto words = std::move(waiting_.front().second);
      waiting_.pop_front();
      words();
    }
  }

  std::size_t waiting() const { return waiting_.size(); }

 private:
  std::deque<std::pair<std::uint64_t, std::function<void()>>> waiting_;
  std::uint64_t written_ = 0;
};

}  // namespace pool
