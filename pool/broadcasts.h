#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <iterator>
#include <limits>
#include <utility>

namespace pool {

/// What is said to all sessions, one after the other, some of them a turn: an answer to one miner
/// must not wait until thousands were told of a sprint. Each is said to all before the next one is
/// begun, so that every session hears them in order. One thread.
class Broadcasts {
 public:
  /// Says it to some; takes each that was told off `left`, and ends when that is 0. True once all
  /// were told.
  using Saying = std::function<bool(std::size_t& left)>;
  static constexpr std::size_t kAll = std::numeric_limits<std::size_t>::max();

  void add(Saying saying) { waiting_.push_back(std::move(saying)); }
  void run(std::size_t most) {
    while (!waiting_.empty() && most > 0) {
      if (waiting_.front()(most)) waiting_.pop_front();
    }
  }
  bool empty() const { return waiting_.empty(); }
  std::size_t size() const { return waiting_.size(); }

 private:
  std::deque<Saying> waiting_;
};

/// A walk over a map that may change between its turns, and lose the entry that is visited. Keys
/// that come in behind it are not visited.
template <class Map>
class Walk {
 public:
  /// Visits entries until there are none (true) or `left` is 0; `visit` says whether one counts.
  template <class Visit>
  bool on(Map& map, std::size_t& left, const Visit& visit) {
    auto at = map.upper_bound(after_);
    while (at != map.end() && left > 0) {
      const auto entry = at++;
      after_ = entry->first;
      if (visit(*entry)) --left;
    }
    return at == map.end();
  }

 private:
  typename Map::key_type after_{};  // the keys are above it
};

}  // namespace pool
