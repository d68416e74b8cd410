#pragma once

#include <cstddef>
#include <map>

#include "base/bytes.h"

namespace pool {

/// How many acknowledged shares may wait to be recomputed, over all sprints and of each account.
/// Repeats, and what a restart brings, are counted whatever they come to.
///
/// An account may have as many as there is room left (dynamic thresholds, Choudhury and Hahne
/// 1998): one alone up to half of the whole, n that flood a (n+1)th each, and as much is always
/// free for whoever has none. Nothing is to be set, and a big account is slowed where it is in the
/// way alone.
class VerifyBudget {
 public:
  /// All that may wait: what 200 devices with 24 shares in each sprint of 20 s send in a minute
  /// without a verifier; some 6 MB.
  static constexpr std::size_t kTotal = 16'384;
  /// Of an account whose shares are being proved wrong: a verifier's group is never its alone.
  static constexpr std::size_t kSlowed = 4;

  explicit VerifyBudget(std::size_t total = kTotal) : total_(total) {}

  enum class Room { kFree, kAccountFull, kFull };
  /// Whether one more may wait. `slowed`: an account that is to have `kSlowed` at most.
  Room room(const base::Bytes32& account, bool slowed) const {
    if (waiting_ >= total_) return Room::kFull;
    const std::size_t own = of(account);
    const bool full = own >= total_ - waiting_ || (slowed && own >= kSlowed);
    return full ? Room::kAccountFull : Room::kFree;
  }

  void add(const base::Bytes32& account) {
    ++waiting_;
    ++accounts_[account];
  }
  /// One that was added.
  void remove(const base::Bytes32& account) {
    --waiting_;
    const auto own = accounts_.find(account);
    if (--own->second == 0) accounts_.erase(own);
  }

  std::size_t waiting() const { return waiting_; }
  std::size_t of(const base::Bytes32& account) const {
    const auto own = accounts_.find(account);
    return own == accounts_.end() ? 0 : own->second;
  }

 private:
  const std::size_t total_;
  std::size_t waiting_ = 0;
  std::map<base::Bytes32, std::size_t> accounts_;  // those that have some
};

/// Of all races. Nothing is computed for a share that waits for a draw, and for most it never is:
/// so many may wait as 5000 devices with 24 shares find in two sprints.
struct VerifyBudgets {
  static constexpr std::size_t kUndrawn = 262'144;

  VerifyBudget waiting;
  VerifyBudget undrawn{kUndrawn};
};

}  // namespace pool
