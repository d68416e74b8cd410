#pragma once

#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/log.h"
#include "base/owner_thread.h"
#include "pool/audit_record.h"
#include "pool/bans.h"
#include "pool/beacon.h"
#include "pool/broadcasts.h"
#include "pool/conduct.h"
#include "pool/outbox.h"
#include "pool/race.h"
#include "pool/resume_token.h"
#include "pool/schedule.h"
#include "pool/trust.h"

namespace pool {

class Statistics;
struct AccountView;
struct PoolView;

/// The pool proper: sessions, sprints, credits. No socket, no clock, no thread; all times are the
/// pool's. Belongs to one thread.
///
/// A session is a miner's, whatever connection it comes over: it lives on, with its leases and the
/// numbers of its shares, while something of it may still matter, and a token takes it up again.
/// Sprints, secrets, sessions with leases, grants and shares are written to the journal before
/// anybody hears of them.
class Pool {
 public:
  using ConnectionId = std::uint64_t;

  /// What the pool works with; all but `random` outlives it.
  struct Ports {
    Checker& checker;
    Journal& journal;
    RandomSource random;
    base::LogSink& sink;
    AuditKeeper* audits = nullptr;     ///< null: audits are not kept
    Statistics* statistics = nullptr;  ///< null: submits are not counted
    Beacon* beacon = nullptr;          ///< null: starts and draws go by the pool's own secrets
  };
  /// Goes on with what is `saved`; where no sprint is, the first is announced at `now`.
  Pool(const Config& config, Ports ports, const Saved& saved, base::UnixTime now);

  /// A new connection; `wire` stays until `leave`. `from`: the peer's network, by which a rig that
  /// only sends what is no share is kept out for a while; empty: it never is.
  void join(ConnectionId id, stratum::MinerEnd& wire, std::string from = {});
  void leave(ConnectionId id);
  /// Connections to be closed, since this was asked last: a newer one took their session up, or
  /// their rig is banned.
  std::vector<ConnectionId> take_superseded() { return std::exchange(superseded_, {}); }

  /// All of the journal's records up to this one are durable.
  void written(std::uint64_t up_to, base::UnixTime now);
  /// So much is still to be said: it waits for the journal, or for its turn.
  std::size_t waiting() const {
    return outbox_.waiting() + (news_.empty() && results_.empty() ? 0U : 1U);
  }

  /// Takes what a session asks; false once it said good-bye. Stamps are in its events, `now` is not
  /// before them.
  bool handle(ConnectionId id, base::UnixTime now);
  /// An answer of the checker.
  void checked(const Checked& answer, base::UnixTime now);
  /// A value that the beacon was asked for; another one changes nothing.
  void drawn(const BeaconValue& value, base::UnixTime now);
  /// Does what is due.
  void tick(base::UnixTime now);
  /// When `tick` has something to do if nothing else happens; a time in the past means now.
  std::optional<base::UnixTime> wake() const;

  /// Ends all sprints: results where all is verified, without waiting for withdrawals; the others
  /// are cancelled, or, with a database, go on in the next run. Nothing is to be handled after it.
  void stop(base::UnixTime now);
  /// Nothing more will happen.
  bool over() const { return schedule_->over() && races_.empty() && waiting() == 0; }
  const Summary& summary() const { return summary_; }

  /// What may be shown of it; `started` and `counters` are left to the caller. Costs a look at each
  /// session and at each that takes part in an open sprint.
  PoolView view(base::UnixTime now) const;
  /// The same of an account, by the SHA-256 of its name.
  AccountView view(const base::Bytes32& account) const;

 private:
  struct Session {
    SessionId id = 0;
    std::string account = {};      // empty until the login
    base::Bytes32 hash = {};       // of the account
    std::uint32_t generation = 0;  // of the token that was used last
    std::uint64_t acked = 0;       // as it was told: of the sprint last submitted to
    bool written = false;          // the journal knows it
    bool telling = false;          // what goes on is about to be told
    std::size_t races = 0;         // that it takes part in
    // What its devices earned last, in nonces per 1000 s, where that is known.
    std::map<std::uint32_t, std::uint64_t> rates = {};
    std::string login = {};  // as it logged in, with its worker
    Conduct conduct = {};
    stratum::MinerEnd* wire = nullptr;  // while it is connected
    ConnectionId connection = 0;        // that one
  };
  /// One connection, and what its wire asks about sessions.
  struct Connection final : stratum::SessionKeeper {
    Connection(Pool& of, ConnectionId number, stratum::MinerEnd& to, std::string peer)
        : pool(of), id(number), wire(to), network(std::move(peer)) {}
    Seat subscribe(const std::optional<std::string>& token) override {
      return pool.subscribe(*this, token);
    }
    Pool& pool;
    const ConnectionId id;
    stratum::MinerEnd& wire;
    const std::string network;   // the peer's; empty: exempt from bans
    Session* session = nullptr;  // once subscribed
  };
  using Races = std::map<std::uint64_t, Race>;  // by number
  using Words = std::function<void(stratum::MinerEnd&)>;

  // pool_requests.cpp
  void on(Connection& from, const stratum::server::LoginWanted& wanted, base::UnixTime now);
  void on(Connection& from, const stratum::server::Resumed& resumed, base::UnixTime now);
  void on(Connection& from, const stratum::server::ReadyWanted& wanted, base::UnixTime now);
  void on(Connection& from, const stratum::server::LeaseWanted& wanted, base::UnixTime now);
  void on(Connection& from, const stratum::server::SubmitWanted& wanted, base::UnixTime now);
  void on(Connection& from, const stratum::server::BatchWanted& wanted, base::UnixTime now);
  void on(Connection& from, const stratum::server::StatusWanted& wanted, base::UnixTime now);
  void on(Connection& from, const stratum::server::WithdrawWanted& wanted, base::UnixTime now);
  void on(Connection& from, const stratum::server::Named& named, base::UnixTime now);
  void on(Connection&, const stratum::server::Left&, base::UnixTime) {}
  void grant(Connection& from, stratum::RequestId request, const std::string& sprint,
             std::span<const stratum::ReadyDevice> devices, std::uint32_t bits, base::UnixTime now);
  /// What became of a submit: an answer, and the record that it rests on.
  struct Taken {
    GateAnswer said;
    std::uint64_t record = 0;
    std::optional<std::uint64_t> acked = std::nullopt;  // nothing: of no sprint that is known
  };
  Taken take(Connection& from, const stratum::server::SubmitWanted& wanted, base::UnixTime now);
  Taken take_past(Connection& from, const stratum::server::SubmitWanted& wanted, Race& past);
  void adjust(Race& race, base::UnixTime now);
  void tell_adjusted(const Race& race, std::vector<Race::Adjusted> changes);
  void refuse(Connection& from, stratum::RequestId request, const GateAnswer& answer);
  void answer_submit(Connection& from, const Taken& taken, Words words);
  void answer(ConnectionId to, std::uint64_t after, Words words);
  void count_submits(stratum::Code code, std::size_t shares);
  void count_acknowledged(base::UnixTime stamp);
  void count_decided(const ShareBook& book);
  bool behind() const { return outbox_.waiting() >= config_.most_waiting; }

  // pool_conduct.cpp
  bool refuse_banned(Connection& from, const stratum::server::LoginWanted& wanted,
                     base::UnixTime now);
  void judge(Connection& from, const GateAnswer& answer, base::UnixTime now);
  void look_at_conduct(Connection& from, base::UnixTime now);
  void judge(const stratum::Verdict& verdict, const Participant& who, base::UnixTime now);

  // pool_sessions.cpp
  stratum::SessionKeeper::Seat subscribe(Connection& from, const std::optional<std::string>& token);
  Session* resumed_by(const std::optional<std::string>& token);
  Session& new_session();
  void write_down(Session& session);
  std::uint64_t write(Record record);
  void detach(Session& session);
  void forget(SessionId session);
  Participant& participant(Session& session, Race& race);
  void drop_participant(Race& race, SessionId session);
  void drop_if_idle(SessionId session);
  void restore(const Saved& saved, base::UnixTime now);

  // pool_telling.cpp
  void tell(Session& session, std::uint64_t number, base::UnixTime now);
  void tell_past(Session& session, base::UnixTime now);
  void tell_result(Race& race, Participant& who, std::string_view void_because, base::UnixTime now);
  void say_start(Race& race, Participant& who);
  static bool say_end_if_due(Race& race, Participant& who);
  static void say_end(Race& race, Participant& who);
  void tell_late_comer(Connection& from, const std::string& sprint, base::UnixTime now);
  void tell_all_of(std::uint64_t number, base::UnixTime now);
  void tell_start(std::uint64_t number);
  void tell_end(std::uint64_t number);
  void tell_result(std::uint64_t number, const std::string& void_because, base::UnixTime now);
  void note_rates(const Race& race, const Participant& who);
  Race* find(std::uint64_t number);
  void say_some(base::UnixTime now);

  // pool_draw.cpp
  bool promise_draw(Sprint& sprint);
  void want_draw(const Race& race);
  void on_draw(const BeaconValue& value, base::UnixTime now);
  void draw_if_due(Race& race, base::UnixTime now);
  void draw(Race& race, const std::string& value);
  Race::RateOf rates() const;
  void draw_all(Race& race, std::string_view because);
  std::optional<std::string> draw_value(const Race& race) const;
  std::optional<base::UnixTime> draw_due(const Race& race) const;
  Race::Check check_of(const Race& race, const Session& session) const;
  bool is_first(const Race& race) const { return &race == &races_.begin()->second; }
  bool may_settle(const Race& race) const { return !trust_ || is_first(race); }
  record::Settled settle(Race& race, base::UnixTime now);

  void announce(const Slot& slot, base::UnixTime now);
  void start(Race& race, const Slot& slot);
  void end(Race& race);

  // pool_beacon.cpp
  std::optional<std::string> beacon_name(const Slot& slot);
  void await_beacon(const Race& race);
  bool beacon_can_come(const Race& race) const;
  void on_start(const BeaconValue& value, base::UnixTime now);

  Race& into_past(Races::iterator race);
  void credit(Race& race, base::UnixTime now);
  void cancel(Race& race, std::string_view reason, base::UnixTime now);
  void forget_past(base::UnixTime now);
  bool ready() const;
  static Race* find(Races& races, std::string_view sprint);
  void view_miners(PoolView& view) const;  // pool_view.cpp

  // Telling a session of a sprint takes some 20 us with its write, so a turn takes 1 to 2 ms.
  static constexpr std::size_t kToldAtOnce = 64;
  // Nobody waits for a result as for an answer: they leave most of the time to those. 4000 a second
  // for each end or result that is being said.
  static constexpr std::size_t kResultsAtOnce = 16;
  static constexpr base::Micros kBetweenResults = std::chrono::milliseconds(4);
  static constexpr std::size_t kCountedAtOnce = 2048;  // shares, under 3 ms
  static constexpr std::size_t kMaxGone = 20'000;      // sessions without a connection
  // So long after T_end a session that comes back is told a result again: the connection on which
  // it was told may have been dead. After a restart, which forgets who was told, so long once.
  static constexpr base::Micros kToldAgainWithin = std::chrono::minutes(10);
  static constexpr base::Micros kToldAfterRestart = std::chrono::hours(1);

  const Config config_;
  Checker& checker_;
  Journal& journal_;
  const RandomSource random_;
  AuditKeeper* const audits_;
  Statistics* const statistics_;
  Beacon* const beacon_;
  const base::Log log_;
  const TokenMint mint_;
  VerifyBudgets budgets_;             // of all races; those point to it
  bool verifies_ = true;              // so it was when it answered last
  std::optional<Schedule> schedule_;  // after what was saved is known
  Outbox outbox_;
  Broadcasts news_;     // that sprints are announced, begin, are cancelled
  Broadcasts results_;  // that they have ended, and what came of them; after all news
  base::UnixTime say_results_at_;
  std::set<std::uint64_t> ending_;  // sprints whose end is being said, by number
  bool nameless_ = false;           // no name for a sprint's beacon: it was said
  bool stopping_ = false;           // all that is to be said is said at once
  std::uint64_t last_record_ = 0;   // of the journal, that is awaited
  std::map<ConnectionId, Connection> connections_;
  std::map<SessionId, Session> sessions_;
  std::deque<SessionId> gone_;  // lost their connection, oldest first; some came back
  std::vector<ConnectionId> superseded_;
  Bans bans_;                   // of rigs
  std::optional<Trust> trust_;  // where a sample is recomputed
  // Values for draws that came before their sprint's turn, by its number.
  std::map<std::uint64_t, std::string> draw_values_;
  Races races_;                      // until the result is known
  Races past_;                       // then a day, for shares that are sent again
  std::uint64_t told_long_ago_ = 0;  // of the past: up to this number
  SessionId last_nameless_ = 0;      // sessions without a token
  Summary summary_;
  base::OwnerThread owner_;
};

}  // namespace pool
