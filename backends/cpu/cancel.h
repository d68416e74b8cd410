#pragma once

#include <atomic>
#include <cstdint>

namespace backends::cpu {

class CancelToken;

/// Counts requests to stop. A count, not a flag: whoever begins a piece of work remembers where it
/// stood, so that nobody ever clears a request that another piece of work has yet to see.
class CancelSource {
 public:
  /// Stops the work of every token handed out so far. Any thread.
  void request() noexcept { requests_.fetch_add(1, std::memory_order_relaxed); }

  /// For work that begins now: deaf to what came before.
  CancelToken token() const;

 private:
  friend class CancelToken;
  std::atomic<std::uint64_t> requests_{0};
};

/// Whether a piece of work is to stop. A value; its source outlives it. Any thread.
class CancelToken {
 public:
  bool requested() const noexcept {
    return source_->requests_.load(std::memory_order_relaxed) != seen_;
  }

 private:
  friend class CancelSource;
  CancelToken(const CancelSource* source, std::uint64_t seen) : source_(source), seen_(seen) {}

  const CancelSource* source_;
  std::uint64_t seen_;
};

inline CancelToken CancelSource::token() const {
  return {this, requests_.load(std::memory_order_relaxed)};
}

}  // namespace backends::cpu
