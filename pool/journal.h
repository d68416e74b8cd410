#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "pool/forfeit.h"
#include "pool/reward_split.h"
#include "pool/shares.h"
#include "pool/sprint.h"
#include "stratum/messages.h"

namespace pool {

/// Names a miner's session: it lives on over lost connections and restarts of the pool. Random, so
/// that one that a restart forgot is not given to somebody else.
using SessionId = std::uint64_t;

// What a pool writes down before it says it. Sprints are named by their number.
namespace record {
/// A sprint that is to be announced. Its times are the planned ones.
struct Announced {
  Sprint sprint;
};
/// The sample of its shares that is to be recomputed is drawn with this value of its beacon; empty:
/// after all with none, all are recomputed.
struct Drawn {
  std::uint64_t sprint = 0;
  std::string value;
};
/// Its race begins, at these times.
struct Started {
  /// What a beacon brought.
  struct Drawn {
    std::string value;
    poc::Seed start_seed{};
  };
  std::uint64_t sprint = 0;
  base::UnixTime t0;
  base::UnixTime t_end;
  std::optional<Drawn> drawn = std::nullopt;  ///< nothing: it has no beacon
};
/// What a sprint of which a sample was recomputed means for one account. Source: the sampling page.
struct Judged {
  std::string account;
  ReputationRow reputation;        ///< after it
  Moved moved;                     ///< in units of the ledger
  std::vector<Escrow::Held> held;  ///< all that is held after it
};
/// What a sprint's result means for the ledger: who earned what in it, as it is told, and how its
/// reward is to be divided.
struct Settled {
  base::UnixTime time;
  Weights credits;   ///< sums of D over verified shares, by account; none is 0
  std::string best;  ///< the account with the rarest ticket, where the scheme asks; else empty
  RewardConfig rewards;
  /// By account, of those that it moves or teaches something about; what each earned is in it, and
  /// is held. Nothing where every share was recomputed: what they earn is due, and what is still
  /// held of earlier sprints as well.
  std::optional<std::vector<Judged>> judged = std::nullopt;
};
/// Its result is to be told, or that it is void. The settlement is a part of this record, so that
/// neither is ever there without the other: a pool that is killed before it is durable finds the
/// race open, and closes and settles it anew from the same shares. One that is settled stays so.
struct Closed {
  std::uint64_t sprint = 0;
  bool cancelled = false;
  std::optional<Settled> settled = std::nullopt;  ///< unless it is cancelled
  bool unseen = false;                            ///< shares that are stored still are credited so
};
/// A session that is to be given leases, or sent a share; once a session, before either.
struct Joined {
  SessionId session = 0;
  std::string account;
  std::uint32_t generation = 0;  ///< of the resume token that was used last
};
/// The session was resumed by a newer token.
struct Resumed {
  SessionId session = 0;
  std::uint32_t generation = 0;
};
struct Granted {
  std::uint64_t sprint = 0;
  SessionId session = 0;
  stratum::Lease lease;
};
/// A share that is to be acknowledged: of a nonce that had none, or whose share was wrong or
/// withdrawn.
struct Stored {
  std::uint64_t sprint = 0;
  SessionId session = 0;
  std::uint64_t seq = 0;
  std::uint64_t nonce = 0;
  poc::Digest digest{};
  std::uint64_t difficulty = 1;
};
/// A stored share came again, from another session or with another seq.
struct Repeated {
  std::uint64_t sprint = 0;
  SessionId session = 0;
  std::uint64_t seq = 0;
  std::uint64_t nonce = 0;
  poc::Digest digest{};
};
/// The share stored last of this nonce and digest is right, wrong or withdrawn.
struct Decided {
  std::uint64_t sprint = 0;
  std::uint64_t nonce = 0;
  poc::Digest digest{};
  Share::State state = Share::State::kVerified;
};
}  // namespace record

using Record = std::variant<record::Announced, record::Started, record::Drawn, record::Closed,
                            record::Joined, record::Resumed, record::Granted, record::Stored,
                            record::Repeated, record::Decided>;

/// Whether somebody may wait for it to be durable. Not for what was found out about a share: it
/// can be computed again.
inline bool is_awaited(const Record& record) {
  const auto* decided = std::get_if<record::Decided>(&record);
  return decided == nullptr || decided->state == Share::State::kWithdrawn;
}

/// Where a pool writes down what must outlive it.
class Journal {
 public:
  virtual ~Journal() = default;
  /// Takes a record; never blocks, never fails. Returns its number: 1, 2, 3.. Records become
  /// durable in this order, and Pool::written is told up to which.
  virtual std::uint64_t write(Record record) = 0;
};

/// For a pool that lives no longer than its process: everything is as durable as it gets at once.
class NoJournal final : public Journal {
 public:
  std::uint64_t write(Record) override { return 0; }
};

/// What the journal of earlier runs holds: of the last 24 hours, but for `known`.
struct Saved {
  /// An account of which something is known, or held. Its rows are what Reputation::from_row and
  /// Escrow::from_rows take.
  struct Known {
    std::string account;
    ReputationRow reputation;
    std::vector<Escrow::Held> held;

    bool operator==(const Known&) const = default;
  };
  struct Lease {
    SessionId session = 0;
    stratum::Lease lease;
  };
  struct StoredShare {
    record::Stored share;
    Share::State state = Share::State::kStored;
  };
  struct Race {
    Sprint sprint;  ///< with the actual times, and its beacon's value, once it has started
    bool started = false;
    bool closed = false;
    bool cancelled = false;
    std::vector<Lease> leases;              ///< in the order of their ids
    std::vector<StoredShare> shares;        ///< in the order in which they were stored
    std::vector<record::Repeated> repeats;  ///< in order
  };
  base::Bytes32 key{};                   ///< of this pool alone, for its resume tokens
  std::uint64_t last_sprint = 0;         ///< the number of the newest, ever
  std::vector<record::Joined> sessions;  ///< those that the races name; no others
  std::vector<Race> races;               ///< in the order of their numbers
  std::vector<Known> known;              ///< by name, as bytes; each once
};

}  // namespace pool
