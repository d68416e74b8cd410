#pragma once

#include <array>
#include <map>
#include <optional>

#include "poc/keys.h"

namespace pool {

/// A share that was acknowledged: not recomputed yet, recomputed (right or wrong), or taken back by
/// its miner. Where a sample is recomputed, of the others: credited unseen, or forfeited, since a
/// share of its account is wrong.
struct Share {
  enum class State { kStored, kVerified, kWrong, kWithdrawn, kUnseen, kForfeited };
  base::Bytes32 account{};  ///< SHA-256 of its name
  poc::Digest digest{};
  std::uint64_t difficulty = 1;  ///< of its lease
  poc::InputKey key{};
  State state = State::kStored;

  static bool is_credited(State state) {
    return state == State::kVerified || state == State::kUnseen;
  }
  bool is_credited() const { return is_credited(state); }
};

/// The shares of one sprint, one a nonce: leases are disjoint, so a nonce is of one account. Once a
/// share was found wrong or was withdrawn, another digest may take its place.
class ShareBook {
 public:
  /// The share of this account, nonce and digest, unless it was withdrawn.
  const Share* find(const base::Bytes32& account, std::uint64_t nonce,
                    const poc::Digest& digest) const;
  /// The account's share of this nonce, whatever became of it.
  const Share* find(const base::Bytes32& account, std::uint64_t nonce) const;
  /// The nonce's share, which must be there.
  const Share& at(std::uint64_t nonce) const { return shares_.at(nonce); }
  /// A digest of this nonce is stored or credited.
  bool taken(std::uint64_t nonce) const;

  /// Stores a share for a nonce that is not taken.
  void add(std::uint64_t nonce, const Share& share);
  /// The nonce's digest by recomputation: decides its share if that is still stored. (It may have
  /// been withdrawn or replaced since this was asked: the truth is the same.)
  /// Whether the share was decided by it.
  bool checked(std::uint64_t nonce, const poc::Digest& digest);
  /// The nonce's share will not be recomputed: if it is stored still, this is what becomes of it.
  void decide_unseen(std::uint64_t nonce, Share::State state);
  /// That the nonce's share is wrong is in doubt: if it was found so it is stored again.
  /// Whether it was.
  bool doubt(std::uint64_t nonce);
  /// What was decided before a restart, of the nonce's share.
  void restore(std::uint64_t nonce, Share::State state);
  /// False when there is no such share, or it was withdrawn before.
  bool withdraw(const base::Bytes32& account, std::uint64_t nonce, const poc::Digest& digest);

  /// How many shares came to this state last, those that were replaced included.
  std::size_t count(Share::State state) const { return counts_[static_cast<std::size_t>(state)]; }
  std::size_t size() const { return shares_.size(); }
  /// How often anything in it has changed.
  std::uint64_t changes() const { return changes_; }
  /// All, by nonce.
  const std::map<std::uint64_t, Share>& shares() const { return shares_; }

  /// The account of the rarest credited ticket: of highest difficulty (poc::difficulty_of), and of
  /// several the one with the smallest nonce. Nothing where none is credited.
  std::optional<base::Bytes32> best() const;

 private:
  void move_to(Share& share, Share::State state);

  std::map<std::uint64_t, Share> shares_;  // by nonce
  std::array<std::size_t, 6> counts_{};    // by state
  std::uint64_t changes_ = 0;
};

}  // namespace pool
