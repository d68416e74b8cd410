#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "base/owner_thread.h"
#include "miner/assignment.h"
#include "miner/events.h"
#include "miner/rechecker.h"
#include "miner/share_times.h"
#include "miner/snapshot.h"
#include "miner/spool.h"
#include "stratum/messages.h"

namespace miner {

/// What the desk can make happen.
class DeskPorts {
 public:
  virtual ~DeskPorts() = default;
  /// Sends a share and returns its seq: the next one for 0, else the one given. Only called between
  /// `session_opened` and `session_lost`.
  virtual std::uint64_t submit(const std::string& sprint, const stratum::ShareClaim& share,
                               std::uint64_t seq) = 0;
  virtual void withdraw(const std::string& sprint, std::uint64_t seq) = 0;
  /// False when the share cannot be checked now.
  virtual bool recheck(RecheckJob job) = 0;
  /// A device gave a wrong digest.
  virtual void wrong_digest(std::uint32_t device, const std::string& what) = 0;
  /// Has a share kept on disk; it is to be sent once that is done, see `kept`. 0: nothing keeps it.
  virtual SpoolId keep(std::size_t pool, SprintKey sprint, const stratum::ShareClaim& share,
                       std::uint64_t difficulty) = 0;
  /// The sprint's result credits this share, as far as its pool said until now.
  virtual void accepted(std::size_t pool, const std::string& sprint,
                        const stratum::ShareClaim& share, std::uint64_t difficulty) = 0;
  /// It need not be kept any more.
  virtual void settled(std::size_t pool, SpoolId share) = 0;
};

/// Every candidate from its finding to its one fate: sends it, has it re-checked, withdraws it when
/// that fails, sends it again after a lost connection, and counts. Belongs to the network thread.
///
///                        no session / busy (26, 29, 31, 40)
///                      +-------------+
///                      v             |
///   found --spooled--> queued --> sent --true--> stored --result--> accepted
///     |                  |          |              |  \--verdict--> rejected
///     |                  |          +--error-------+--> stale, duplicate, rejected
///     |                  |          +--re-check wrong--> withdrawn
///     |                  +--re-check wrong--> hardware error
///     +--ticket above target--> hardware error       result without it --> lost
///
/// A share keeps its seq when it is sent again, also in a session that goes on with the one before.
/// In one that does not, whatever has no fate is sent again under a new seq, stored or not: repeats
/// are harmless, and the pool's word on a share can then be understood. A share of a lost session
/// may be stored: found wrong, it is withdrawn, in the next session. When a result is given up, or
/// came before an answer did, what may be stored counts as lost until it turns out to be credited.
/// A pool's word that a digest is wrong is checked, and counts against the device only if we agree.
class ShareDesk {
 public:
  /// `recheck_every[i]`: one in so many shares of device i is recomputed; 0: none.
  ShareDesk(DeskPorts& ports, std::vector<std::uint32_t> recheck_every, base::LogSink& sink);

  /// From now on, as the constructor takes it.
  void set_recheck_every(std::vector<std::uint32_t> every);

  /// `pool`: which of the user's pools the sprint is of.
  void found(std::uint32_t device, const CandidateFound& candidate, std::size_t pool,
             base::SteadyTime now);
  /// A candidate of a sprint that is decided already: stale.
  void found_too_late(std::uint32_t device);
  void rechecked(const RecheckDone& done);

  /// Every share up to this one is on disk, or nothing can be done to have it there.
  void kept(SpoolId up_to);
  /// Shares of a sprint that an earlier run of ours found, and whose fate is not known. `t_end` of
  /// their sprint.
  void left(std::size_t pool, SpoolId id, const SpooledShare& share, base::SteadyTime t_end);

  /// Sends what of this pool has no answer yet; see above. `resumed`: it goes on with the last one.
  void session_opened(std::size_t pool, bool resumed, base::SteadyTime now);
  void session_lost();
  /// The newline of a submit left, at `at`, which is `pool_time` on the pool's clock.
  void departed(const std::string& sprint, std::uint64_t seq, base::SteadyTime at,
                base::UnixTime pool_time);
  void answered(const std::string& sprint, std::uint64_t seq,
                const std::optional<stratum::WireError>& error, base::SteadyTime now);
  void judged(const stratum::Verdict& verdict);
  /// Whether shares of this sprint of the session's pool wait for a result that nobody else does:
  /// it was given up although shares were stored, or an earlier run raced it.
  bool awaits(const std::string& sprint) const;
  /// The sprint's result came: decides all of its shares.
  void credited(const stratum::SprintResult& result);
  /// The pool voids the sprint.
  void cancelled(const std::string& sprint);
  /// No result is waited for any more: what is undecided is lost.
  void give_up(SprintKey sprint);
  /// Sends shares whose time to wait is over.
  void tick(base::SteadyTime now);

  /// What became of a device's candidates, of those that earlier runs left, and of all.
  const ShareCounts& counts_of(std::uint32_t device) const { return counts_.at(device); }
  const ShareCounts& counts_of_left() const { return left_counts_; }
  ShareCounts counts() const;
  /// What a pool's results brought.
  struct Yield {
    std::uint64_t accepted = 0;  ///< shares
    std::uint64_t credit = 0;    ///< nonces
  };
  Yield yield_of(std::size_t pool) const;
  std::uint64_t credit() const { return credit_; }
  std::uint64_t best_difficulty() const { return best_; }
  /// What shares of this run took on their way, in all and of one sprint.
  SubmitTimes times() const { return times_.shown(); }
  SubmitTimes times_in(SprintKey sprint) const;
  /// Candidates of a sprint so far.
  std::uint64_t found_in(SprintKey sprint) const;
  /// Shares of a pool's sprints that are not stored there and could still be.
  std::size_t unsent(std::size_t pool) const;

 private:
  enum class State { kKeeping, kQueued, kSent, kStored };
  struct Share {
    std::uint64_t id = 0;
    std::optional<std::uint32_t> device;  // nothing: of an earlier run
    stratum::ShareClaim claim;
    std::uint64_t difficulty = 1;
    SpoolId spool = 0;
    State state = State::kQueued;
    std::uint64_t seq = 0;    // 0: none yet, or one of a session that does not go on
    bool at_pool = false;     // sent, and not sent back: it may be stored
    bool unsure = false;      // an answer to it was lost: it may be, whatever is said for now
    bool was_stored = false;  // told by a session that this one does not go on with
    std::optional<base::SteadyTime> retry_at;
    bool checked_right = false;
    base::SteadyTime found_at;                    // when the device gave it
    std::optional<base::SteadyTime> departed_at;  // its last submit
  };
  /// The shares of one sprint; those decided are only counted.
  struct Book {
    std::string sprint;
    std::shared_ptr<const Race> race;  // none: an earlier run's
    std::size_t pool = 0;
    base::SteadyTime t_end = {};          // of an earlier run's
    bool given_up = false;                // open are then those that may be stored, counted as lost
    bool credited = false;                // the result came
    std::map<std::uint64_t, Share> open;  // by id
    std::map<std::uint64_t, std::uint64_t> ids;  // of open shares by their seq
    std::set<std::uint64_t> nonces;              // all ever found
    std::uint64_t found = 0;                     // candidates
    std::vector<Share> to_withdraw;              // at the pool, and no session to say so
    ShareTimes times;
  };
  /// A share that is on its way to the disk.
  struct Keeping {
    SpoolId spool = 0;
    SprintKey key = 0;
    std::uint64_t id = 0;
    base::SteadyTime since;
  };
  /// A share that is being recomputed, whatever becomes of it meanwhile.
  struct Checking {
    SprintKey key = 0;
    std::string sprint;
    std::uint32_t device = 0;
    std::uint64_t nonce = 0;
    bool voided = false;  // by the pool, as wrong
  };

  /// A share and where it is.
  struct Place {
    Book* book = nullptr;
    Share* share = nullptr;
  };
  std::vector<Book*> books_of(const std::string& sprint);
  Place by_seq(const std::string& sprint, std::uint64_t seq);
  ShareCounts& counts_for(const Share& share);
  void keep(Book& book, Share& share, base::SteadyTime now);
  void release(const Keeping& keeping);
  void store(Book& book, Share& share);
  void note_answer(Book& book, const Share& share, base::SteadyTime now);
  void retry(base::SteadyTime now);
  void expire_left(base::SteadyTime now);
  bool plausible(const CandidateFound& candidate);
  void send(Book& book, Share& share);
  void sample(const Share& share, const Race& race);
  void check_voided(const Share& share, const Race& race);
  void start_recheck(const Share& share, const Race& race, bool voided);
  Share* open_share(SprintKey key, std::uint64_t id);
  void decide(Book& book, std::uint64_t id, std::uint64_t ShareCounts::*fate);
  template <class Which>
  void decide_where(Book& book, std::uint64_t ShareCounts::*fate, Which which);
  void give_up(Book& book);
  void drop_decided();
  void wrong(Book& book, Share& share);
  void withdraw(const Book& book, const Share& share);

  DeskPorts& ports_;
  std::vector<std::uint32_t> recheck_every_;
  std::vector<std::uint32_t> since_recheck_;  // shares of each device
  const base::Log log_;
  std::map<SprintKey, Book> books_;
  std::map<std::uint64_t, Checking> checking_;             // by share id
  std::deque<Keeping> keeping_;                            // in the order of spool numbers
  base::SteadyTime next_retry_ = base::SteadyTime::max();  // no share's time is before it
  std::optional<std::size_t> session_pool_;                // of the open session
  base::SteadyTime session_since_;
  std::vector<ShareCounts> counts_;      // by device
  ShareCounts left_counts_;              // of shares of earlier runs
  SprintKey last_left_ = 0;              // counts the books of earlier runs
  std::map<std::size_t, Yield> yields_;  // by pool
  ShareTimes times_;
  std::uint64_t last_id_ = 0;
  std::uint64_t credit_ = 0;
  std::uint64_t best_ = 0;
  base::OwnerThread owner_;
};

}  // namespace miner
