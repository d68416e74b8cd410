#pragma once

#include "base/log.h"
#include "base/owner_thread.h"
#include "pool/race.h"

namespace pool {

/// The pool proper: sessions, sprints, credits. No socket, no clock, no thread; all times are the
/// pool's. Belongs to one thread.
class Pool {
 public:
  using SessionId = std::uint64_t;

  /// The first sprint is announced at `now`. `checker` and `sink` outlive the pool.
  Pool(const Config& config, Checker& checker, RandomSource random, base::LogSink& sink,
       base::UnixTime now);

  /// A new connection's session; it stays until `leave`.
  void join(SessionId id, stratum::ServerSession& wire);
  void leave(SessionId id);

  /// Takes what a session asks; false once it said good-bye. Stamps are in its events, `now` is not
  /// before them.
  bool handle(SessionId id, base::UnixTime now);
  /// An answer of the checker.
  void checked(const Checked& answer, base::UnixTime now);
  /// Does what is due.
  void tick(base::UnixTime now);
  /// When `tick` has something to do if nothing else happens; a time in the past means now.
  std::optional<base::UnixTime> wake() const;

  /// Ends all sprints: results where all is verified, without waiting for withdrawals; the others
  /// are cancelled.
  void stop(base::UnixTime now);
  /// Nothing more will happen.
  bool over() const { return schedule_.over() && races_.empty(); }
  const Summary& summary() const { return summary_; }

 private:
  struct Session {
    SessionId id;
    stratum::ServerSession& wire;
    std::string account = {};  // empty until the login
    base::Bytes32 hash = {};   // of the account
  };
  using Races = std::map<std::uint64_t, Race>;  // by number

  void on(Session& session, const stratum::server::LoginWanted& wanted, base::UnixTime now);
  void on(Session& session, const stratum::server::ReadyWanted& wanted, base::UnixTime now);
  void on(Session& session, const stratum::server::LeaseWanted& wanted, base::UnixTime now);
  void on(Session& session, const stratum::server::SubmitWanted& wanted, base::UnixTime now);
  void on(Session& session, const stratum::server::WithdrawWanted& wanted, base::UnixTime now);
  void on(Session&, const stratum::server::Left&, base::UnixTime) {}
  void grant(Session& session, stratum::RequestId request, const std::string& sprint,
             std::span<const stratum::ReadyDevice> devices, std::uint32_t bits, base::UnixTime now);

  void announce(const Slot& slot, base::UnixTime now);
  void start(Race& race, const Slot& slot);
  void end(Race& race);
  void credit(Race& race);
  void cancel(Race& race, std::string_view reason);
  void tell(Session& session, Race& race, base::UnixTime now);
  Participant& participant(Session& session, Race& race);
  bool ready() const;
  static Race* find(Races& races, std::string_view sprint);

  const Config config_;
  Checker& checker_;
  const RandomSource random_;
  const base::Log log_;
  Schedule schedule_;
  std::map<SessionId, Session> sessions_;
  Races races_;  // until the result is told
  Races past_;   // then a day, for shares that are sent again
  Summary summary_;
  base::OwnerThread owner_;
};

}  // namespace pool
