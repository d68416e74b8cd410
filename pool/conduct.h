#pragma once

#include <bit>
#include <cstdint>

namespace pool {

/// The last 50 shares of a session: how many of them were none (of no lease of its, above its
/// target, or of a wrong digest). More than a tenth is worth a word to the miner; with more than
/// half, its rig is broken or its program lies. Value; one thread.
class Conduct {
 public:
  static constexpr int kWindow = 50;

  void good() { add(0); }
  void bad() { add(1); }
  /// One that counted as good was recomputed, and is wrong.
  void turned_out_bad() {
    const std::uint64_t good = ~bad_ & seen();
    bad_ |= good & (~good + 1);  // the newest good one
  }

  /// Once a session: it should be told.
  bool warns() {
    if (warned_ || !full() || 10 * bad_ones() <= kWindow) return false;
    return warned_ = true;
  }
  bool is_hopeless() const { return full() && 2 * bad_ones() > kWindow; }
  int bad_ones() const { return std::popcount(bad_); }

 private:
  static constexpr std::uint64_t kAll = (std::uint64_t{1} << kWindow) - 1;
  bool full() const { return count_ == kWindow; }
  std::uint64_t seen() const { return (std::uint64_t{1} << count_) - 1; }
  void add(std::uint64_t bit) {
    bad_ = (bad_ << 1 | bit) & kAll;
    if (count_ < kWindow) ++count_;
  }

  std::uint64_t bad_ = 0;  // the newest one in the lowest bit
  int count_ = 0;
  bool warned_ = false;
};

}  // namespace pool
