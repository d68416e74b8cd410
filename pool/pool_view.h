#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "poc/profile.h"
#include "pool/server.h"
#include "pool/sprint.h"
#include "pool/statistics.h"
#include "pool/verification.h"

// What a pool shows of itself: immutable values, made on its thread for another one. Nothing in it
// is a secret: no start seed before its time, no token, and of accounts only how many there are.
namespace pool {

/// One sprint, as it may be shown.
struct SprintView {
  enum class State {
    kAnnounced,
    kRunning,
    kVerifying,  ///< over, its result not known yet, or not durable
    kCredited,
    kCancelled,
  };
  std::string id;
  State state = State::kAnnounced;
  poc::Profile profile;
  std::string beacon = kNoBeacon;  ///< as it was announced
  base::UnixTime t0;               ///< planned, then actual
  base::UnixTime t_end;            ///< the same
  std::size_t ready = 0;           ///< miners with a device that has its weights; until its result
  // Shares that were acknowledged, by what became of them.
  std::uint64_t waiting = 0;  ///< to be recomputed
  std::uint64_t verified = 0;
  std::uint64_t wrong = 0;
  std::uint64_t withdrawn = 0;
  std::uint64_t unseen = 0;     ///< credited without being recomputed
  std::uint64_t forfeited = 0;  ///< a share of their account is wrong
  // Once it is credited.
  std::uint64_t credit = 0;  ///< nonces: the sum of D over verified shares
  std::size_t accounts = 0;  ///< that earned some
  base::Bytes32 root{};      ///< of the Merkle tree

  /// It would have started, if its beacon's value were there.
  bool waits_for_beacon(base::UnixTime now) const {
    return state == State::kAnnounced && beacon != kNoBeacon && now >= t0;
  }
  std::uint64_t shares() const {
    return waiting + verified + wrong + withdrawn + unseen + forfeited;
  }
};

/// The word for it on pages: "announced", "running", "verifying", "credited", "cancelled".
std::string_view word_of(SprintView::State state);

/// A pool as a whole.
struct PoolView {
  base::UnixTime now;
  base::UnixTime started;  ///< the process
  std::string name;
  poc::Profile profile;
  base::Micros sprint_length{0};
  base::Micros gap{0};
  RewardConfig rewards;
  // Who is connected.
  std::size_t accounts = 0;
  std::size_t sessions = 0;  ///< logged in
  std::size_t devices = 0;  ///< of those, ready for an open sprint: the one that most are ready for
  std::size_t strangers = 0;      ///< connections that did not log in yet
  std::size_t away = 0;           ///< sessions without a connection, that may come back
  std::size_t waiting = 0;        ///< things to be said once the journal wrote what they rest on
  base::Micros lag{0};            ///< so long this view waited for the pool's thread
  std::vector<SprintView> open;   ///< without a result, oldest first
  std::vector<SprintView> ended;  ///< with one, newest first, at most kMostEnded
  Counters counters;
  VerificationState verification;

  static constexpr std::size_t kMostEnded = 20;
};

/// What one account did, as far as the pool remembers.
struct AccountView {
  struct Earned {
    std::string sprint;
    base::UnixTime t_end;
    std::uint64_t credit = 0;  ///< nonces
    std::uint64_t total = 0;   ///< of all accounts
  };
  std::size_t sessions = 0;    ///< connected
  std::size_t devices = 0;     ///< of those, ready for an open sprint
  std::uint64_t shares = 0;    ///< stored, of sprints without a result
  std::vector<Earned> earned;  ///< in the last kSprints sprints with a result, newest first

  static constexpr std::size_t kSprints = 100;
};

/// What somebody wants to see.
struct ViewWanted {
  bool pool = false;
  std::vector<base::Bytes32> accounts;  ///< by the SHA-256 of their name
};

/// In the order in which it was asked for.
struct View {
  std::optional<PoolView> pool;
  std::vector<AccountView> accounts;
};

}  // namespace pool
