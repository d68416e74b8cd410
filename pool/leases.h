#pragma once

#include <algorithm>
#include <optional>
#include <vector>

#include "poc/target.h"
#include "pool/server.h"
#include "stratum/messages.h"

namespace pool {

constexpr std::uint32_t kLeaseBits = 32;     ///< unless a proxy asks for others
constexpr std::uint32_t kMaxLeaseBits = 40;  ///< what a proxy gets, however much it asks for

/// D of a new lease: the fixed one, or that by which a device of this rate finds
/// Config::shares_wanted shares in `left`, what remains of the sprint. A rate that is not known (0)
/// is taken to be 5 * 10^10 MAC/s, a small CPU's: too easy for a GPU, too hard for hardly anybody.
inline std::uint64_t lease_difficulty(const Config& config, std::uint64_t rate_per_1000s,
                                      base::Micros left) {
  constexpr std::uint64_t kUnknown = 50'000'000'000'000;  // MAC per 1000 s
  constexpr std::uint64_t kHighest = 1'000'000'000'000;   // products fit 64 bits
  if (config.difficulty) return *config.difficulty;
  if (rate_per_1000s == 0) rate_per_1000s = kUnknown / config.profile.mac_per_nonce();
  const auto millis = static_cast<std::uint64_t>(std::max<std::int64_t>(left.count() / 1000, 0));
  const std::uint64_t nonces = std::min(rate_per_1000s, kHighest) * millis / 1'000'000;
  return std::clamp<std::uint64_t>(nonces / config.shares_wanted, 1, poc::kMaxDifficulty);
}

/// The leases of one sprint, over all accounts: disjoint, never granted twice.
class Leases {
 public:
  /// Nothing after a million leases, which cannot use up 2^64 nonces.
  std::optional<stratum::Lease> grant(const base::Bytes32& account, std::uint32_t device,
                                      std::uint32_t bits, std::uint64_t difficulty) {
    if (granted_.size() >= kMaxGranted) return std::nullopt;
    bits = std::min(bits, kMaxLeaseBits);
    const std::uint64_t size = std::uint64_t{1} << bits;
    const std::uint64_t base = (next_ + size - 1) & ~(size - 1);
    next_ = base + size;
    add({granted_.size() + 1, device, base, bits, difficulty}, account);
    return granted_.back().lease;
  }

  /// Takes a lease of an earlier run back; in the order in which they were granted. What is missing
  /// between two is nobody's.
  void restore(const base::Bytes32& account, const stratum::Lease& lease) {
    if (lease.id <= granted_.size() || lease.id > kMaxGranted) return;
    // They begin where this one does, and come before it: bases stay in order.
    granted_.resize(lease.id - 1,
                    {{0, 0, lease.base, lease.bits, 1}, poc::Target::none(), base::Bytes32{}});
    add(lease, account);
    next_ = std::max(next_, lease.base + lease.size());
  }

  struct Granted {
    stratum::Lease lease;
    poc::Target target = poc::Target::none();  ///< of the lease's difficulty
    base::Bytes32 account{};
  };

  /// The lease of this number (kAnyLease: whichever), if it is the account's and holds the nonce;
  /// until the next `grant`.
  const Granted* holding(std::uint64_t id, const base::Bytes32& account,
                         std::uint64_t nonce) const {
    if (id == stratum::kAnyLease) id = number_at(nonce);
    if (id == 0 || id > granted_.size()) return nullptr;
    const Granted& granted = granted_[id - 1];
    return granted.account == account && granted.lease.contains(nonce) ? &granted : nullptr;
  }

  /// All, by number, until the next `grant`; the number of one that a restart lost is 0.
  const std::vector<Granted>& granted() const { return granted_; }

 private:
  static constexpr std::size_t kMaxGranted = 1'000'000;
  void add(const stratum::Lease& lease, const base::Bytes32& account) {
    granted_.push_back({lease, poc::Target::from_difficulty(lease.difficulty), account});
  }

  /// Of the last lease that begins at the nonce or below; 0: there is none.
  std::uint64_t number_at(std::uint64_t nonce) const {
    const auto after = std::upper_bound(
        granted_.begin(), granted_.end(), nonce,
        [](std::uint64_t wanted, const Granted& granted) { return wanted < granted.lease.base; });
    return static_cast<std::uint64_t>(after - granted_.begin());
  }

  std::vector<Granted> granted_;  // lease i + 1; bases go up
  std::uint64_t next_ = 0;        // nonce
};

}  // namespace pool
