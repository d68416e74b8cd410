#pragma once

#include <deque>
#include <functional>
#include <optional>
#include <set>
#include <string_view>

#include "poc/input_keys.h"
#include "pool/adjustments.h"
#include "pool/audit_record.h"
#include "pool/draw.h"
#include "pool/journal.h"
#include "pool/leases.h"
#include "pool/outcome.h"
#include "pool/shares.h"
#include "pool/sprint.h"
#include "pool/trust.h"
#include "pool/verification.h"
#include "stratum/miner_end.h"

namespace pool {

/// What one session has to do with one sprint. Bounded, whatever the miner sends.
struct Participant {
  struct Device {
    int leases = 0;
    std::uint64_t rate = 0;                   ///< nonces per 1000 s; 0: not known
    std::uint64_t difficulty = 0;             ///< of its leases from now on; 0: not adjusted
    std::uint32_t bits = kLeaseBits;          ///< as it asked for last
    base::UnixTime since = {};                ///< it is adjusted
    std::vector<std::uint64_t> open = {};     ///< leases of that difficulty
    std::vector<std::uint64_t> earlier = {};  ///< those before, which it is to leave
    // Of what was stored of this session's leases.
    std::uint64_t shares = 0;
    std::uint64_t credit = 0;
  };
  SessionId session = 0;
  base::Bytes32 account{};            ///< SHA-256 of its name
  stratum::MinerEnd* wire = nullptr;  ///< while it is connected
  bool ready = false;                 ///< a device of it has its weights
  enum class Heard { kNothing, kAnnouncement, kStart, kEnd };
  Heard heard = Heard::kNothing;  ///< over this connection
  bool told = false;              ///< the result
  bool told_here = false;         ///< over this connection
  std::map<std::uint32_t, Device> devices = {};
  std::uint64_t acked = 0;                ///< all submits up to this seq are finally answered
  std::set<std::uint64_t> answered = {};  ///< seqs above it that are, too
  /// By seq: nonce and digest of the shares that it sent, stored then or before.
  std::map<std::uint64_t, std::pair<std::uint64_t, poc::Digest>> shares = {};
  std::map<std::uint64_t, std::uint64_t> numbers = {};  ///< seqs of the same, by nonce
  std::size_t withdrawn = 0;                            ///< shares
  std::optional<poc::InputKeys> keys = std::nullopt;    ///< of its account, once it sent a share

  /// Another connection, or none, which has heard nothing yet.
  void connect(stratum::MinerEnd* to) {
    if (wire == to) return;
    wire = to;
    heard = Heard::kNothing;
    told_here = false;
  }
  /// It came for nothing that would have to be remembered.
  bool idle() const { return devices.empty() && shares.empty(); }
  void finally_answered(std::uint64_t seq);
  /// The share goes by this seq from now on, by no other; and by none.
  void number(std::uint64_t seq, std::uint64_t nonce, const poc::Digest& digest);
  void forget(std::uint64_t seq);
};

/// What is said to a submit.
struct GateAnswer {
  stratum::Code code = stratum::Code::kOk;
  std::string_view text = {};  ///< a literal
  std::uint64_t retry_ms = 0;
  bool repeat = false;           ///< it was stored before
  bool new_session = false;      ///< then: the first time from this session
  std::uint64_t difficulty = 1;  ///< of a share that is stored now
};

/// What came of the draw of a race's sample.
struct DrawnSample {
  std::map<base::Bytes32, SampleRate> rates;  ///< by account
  /// Stored shares that are not to be recomputed: by account, those that would be credited unseen,
  /// and those of accounts with a wrong one.
  std::map<base::Bytes32, std::set<std::uint64_t>> left_out;
  std::map<base::Bytes32, std::vector<std::uint64_t>> spared;
  bool whole = false;  ///< no more will be drawn
};

/// One sprint from its announcement to its result: leases, shares, their verification. After its
/// result it only knows which shares were stored.
class Race {
 public:
  enum class Phase { kAnnounced, kRunning, kEnded, kOver };
  static constexpr std::string_view kForfeitedText = "forfeited: a share of the account is wrong";
  static constexpr int kMaxLeasesOfDevice = 16;

  /// `budgets`: of all sprints' shares. Both outlive it.
  Race(const Config& config, VerifyBudgets& budgets, Sprint sprint)
      : config_(config),
        budget_(budgets.waiting),
        undrawn_(budgets.undrawn),
        sprint_(std::move(sprint)) {}

  const Sprint& sprint() const { return sprint_; }
  const std::string& id() const { return sprint_.start.sprint; }
  Phase phase() const { return phase_; }
  const ShareBook& book() const { return book_; }
  /// The sessions that were told of it, or sent shares.
  std::map<SessionId, Participant> participants;

  /// Takes back what an earlier run of the pool wrote down of it; `accounts` of the sessions in it.
  void restore(const Saved::Race& saved, const std::map<SessionId, base::Bytes32>& accounts);

  /// Its beacon has this value; once, before `start`.
  void take_beacon(const std::string& value) { draw_start(sprint_, value); }
  bool has_start_seed() const { return !sprint_.start.beacon.empty(); }
  /// Once it has a start seed.
  void start(const Slot& slot);
  void end();
  /// Counts what its result will tell, some shares a turn (OutcomeCount); true once that is known.
  /// Not before `settled_at`.
  bool settle_some(std::size_t shares);
  /// It is being counted: no answer and no withdrawal changes it any more.
  bool is_settling() const { return count_.has_value(); }
  /// What its audit says; the leases are in it. Once it is settled and before `close`, which
  /// forgets them.
  AuditRecord audit();
  /// The result is known, or it is void.
  void close(bool cancelled);
  bool cancelled() const { return cancelled_; }
  /// How many accounts earned something; after `close`.
  std::size_t credited_accounts() const { return outcome_.credits.size(); }

  // What its miners may know: set once what was written down of it is durable.
  bool start_said = false;
  bool result_said = false;  ///< to all, or it is being said
  bool saying_result = false;

  /// Leases for devices that are ready, as far as limits allow: 16 a device, 64 devices. A rate of
  /// 0 leaves the one known before.
  std::vector<stratum::Lease> grant(Participant& who, std::span<const stratum::ReadyDevice> devices,
                                    std::uint32_t bits, base::UnixTime now);
  /// A device's difficulty has changed: its new lease, and those that it is to leave.
  struct Adjusted {
    SessionId session = 0;
    stratum::Lease lease;
    std::vector<std::uint64_t> close;
  };
  /// The devices that change now, by the shares that were stored and the time that has passed.
  std::vector<Adjusted> adjust(base::UnixTime now);
  /// Leases anew for the devices of one that is back and may not have heard of its last changes.
  std::vector<Adjusted> adjust_again(Participant& who);
  /// What the participant's devices earned in nonces per 1000 s, where it says something: of
  /// devices with a few shares, if none of the participant's is void. After the result.
  std::map<std::uint32_t, std::uint64_t> rates(const Participant& who) const;
  /// When a share is recomputed: now, or once the sample is drawn, if it is in it.
  enum class Check { kNow, kWhenDrawn };
  /// The checks of a submit that cost no more than a hash, in the order of the protocol page from
  /// the stored repeat on. A share that passes is in the book, and waits for `feed` or `draw`.
  GateAnswer submit(Participant& who, const stratum::server::SubmitWanted& wanted,
                    Check check = Check::kNow);
  /// Whose account it is: said of each that has a share, before the end. A session may be forgotten
  /// before its sprint is credited; who is paid is not.
  void name_account(const base::Bytes32& hash, const std::string& account);
  /// Whether this is stored already.
  bool is_repeat(const Participant& who, const stratum::ShareClaim& share) const {
    return book_.find(who.account, share.nonce, share.digest) != nullptr;
  }
  /// The shares that are withdrawn now.
  std::vector<record::Decided> withdraw(Participant& who,
                                        const stratum::server::WithdrawWanted& wanted);
  /// What a participant is told of its shares.
  stratum::Verdict verdict(const Participant& who) const;
  /// What an account earned, and all; after `close`.
  stratum::SprintResult result(const base::Bytes32& account) const;
  /// What was found out about each account with a share; by name, before `settlement`.
  FindingsByAccount findings() const;
  /// What it means for the ledger; once, after `close`, of a race that was not cancelled.
  record::Settled settlement(const RewardConfig& rewards, base::UnixTime now);
  /// What is known of it to an account, and of its shares with these nonces.
  stratum::SprintStatus status(const base::Bytes32& account,
                               std::span<const std::uint64_t> nonces) const;
  /// Proofs are not given any more.
  void drop_proofs() { outcome_.tree.reset(); }

  /// A sample of its shares is to be recomputed, and it is not drawn yet.
  bool awaits_draw() const { return sprint_.draw && !drawn_; }
  /// No share can be sent or withdrawn any more from then on.
  base::UnixTime last_word() const {
    return sprint_.start.t_end + config_.withdraw_grace + base::Micros(1);
  }
  /// What an account has at stake: its name, the highest D among its shares, and the sum of D that
  /// all accounts claim.
  using RateOf = std::function<SampleRate(const std::string& account, std::uint64_t largest,
                                          std::uint64_t claimed)>;
  /// After `last_word`: which shares are to be recomputed, by the value of the draw's beacon. Once
  /// a share of an account is found wrong, its others that were not drawn are forfeited; and those
  /// that were as well, where so many are wrong that it is no fault of a card.
  void draw(const std::string& value, const RateOf& rate_of);
  /// What was drawn is recomputed: perhaps more is to be, by what is known now.
  bool awaits_more_draws() const { return drawn_ && !drawn_->whole && unverified_.empty(); }
  void draw_more(const RateOf& rate_of);
  /// All are to be recomputed: no sample can be drawn.
  void draw_all();
  /// The shares that are forfeited; after the last is decided.
  std::vector<record::Decided> forfeited() const;

  /// Has waiting shares recomputed, as far as the checker takes them.
  void feed(Checker& checker, base::UnixTime now);
  /// Takes an answer, and adds what it decides to `decided`; also that a share which was found
  /// wrong is stored again, since that is in doubt. Where there was none its shares stay
  /// provisional and are tried again in a second; then false.
  bool take(const Checked& answer, base::UnixTime now, std::vector<record::Decided>& decided);
  /// Verification failed again and again since the end.
  bool hopeless() const { return phase_ == Phase::kEnded && failures_ >= kMaxFailures; }

  /// No share is still to be recomputed or drawn.
  bool decided() const;
  /// When every share is decided (right, withdrawn, not in the sample, or wrong and too late to
  /// withdraw), T_end is over, and the result can be told. Nothing while some are undecided.
  std::optional<base::UnixTime> settled_at() const;
  /// What can be done now, if it is due.
  struct Able {
    bool adjust = true;  ///< difficulties
    bool settle = true;  ///< tell the result
  };
  /// When `feed`, a look at the checker, or what is able to be done is due if nothing else happens.
  std::optional<base::UnixTime> wake(Able able) const;

 private:
  static constexpr int kMaxFailures = 8;  // a second each
  static constexpr std::size_t kMaxShares = 1'000'000;
  void restore(const Saved::StoredShare& saved, const base::Bytes32& account);
  void settle();
  void await(std::uint64_t nonce);
  void hold_back(std::uint64_t nonce);
  void let_go();
  void spare(const base::Bytes32& account);
  void spare_no_more(const base::Bytes32& account);
  void decide_unseen();
  std::uint64_t claimed() const;
  VerifyBudget::Room room(const base::Bytes32& account, Check check) const;
  void tally(const base::Bytes32& account, Share::State state);
  bool is_slowed(const base::Bytes32& account) const;
  void decide(std::uint64_t nonce, const poc::Digest& truth, std::vector<record::Decided>& decided);
  void ask_again(std::uint64_t nonce, std::vector<record::Decided>& decided);
  stratum::ShareStatus status_of(const base::Bytes32& account, std::uint64_t nonce) const;
  GateAnswer examine(Participant& who, const stratum::server::SubmitWanted& wanted, Check check,
                     Share& share) const;
  void count(Participant& who, const stratum::server::SubmitWanted& wanted,
             std::uint64_t difficulty);
  bool adjusts(const Participant& who) const;
  void adjust_from(const Participant& who, std::uint32_t number, Participant::Device& device,
                   base::UnixTime begin);
  std::optional<Adjusted> move(Participant& who, std::uint32_t number, std::uint64_t difficulty);

  const Config& config_;
  VerifyBudget& budget_;   // of shares that wait for verification
  VerifyBudget& undrawn_;  // of those that wait for a draw
  Sprint sprint_;
  Phase phase_ = Phase::kAnnounced;
  bool cancelled_ = false;
  Outcome outcome_;  // what the result told, once it is known
  std::optional<OutcomeCount> count_;
  Leases leases_;
  Adjustments adjustments_;
  ShareBook book_;
  std::map<base::Bytes32, std::string> names_;  // of the accounts with shares, until it is settled
  /// Of an account's shares.
  struct Tally {
    std::size_t right = 0;
    std::size_t wrong = 0;
  };
  std::map<base::Bytes32, Tally> tallies_;
  std::optional<DrawnSample> drawn_;
  std::set<std::uint64_t> held_back_;      // nonces that wait for the draw
  std::set<std::uint64_t> unverified_;     // nonces to be recomputed
  std::deque<std::uint64_t> to_ask_;       // those the checker was not asked for
  base::UnixTime ask_at_;                  // not before then
  std::optional<base::UnixTime> look_at_;  // at the checker, while answers are awaited
  int failures_ = 0;                       // of verification, one after another
};

}  // namespace pool
