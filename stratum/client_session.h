#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/owner_thread.h"
#include "base/result.h"
#include "stratum/client_events.h"
#include "stratum/line_framer.h"
#include "stratum/messages.h"
#include "stratum/output_buffer.h"
#include "stratum/pool_clock.h"
#include "stratum/redirect.h"
#include "stratum/sprint_book.h"

namespace stratum {

namespace json {
class Field;
}
namespace codec {
struct LeaseList;
}

/// How long a session waits before it gives its pool up. Each is met when so much time has passed,
/// not before.
struct ClientTimeouts {
  base::Micros login = std::chrono::seconds(10);    ///< for the answer to a step of the login
  base::Micros answer = std::chrono::seconds(30);   ///< for that to a share, or to ask for a lease
  base::Micros silence = std::chrono::seconds(90);  ///< for any byte
  base::Micros announce = std::chrono::seconds(600);  ///< with no sprint to race; 0: for ever
};

struct ClientConfig {
  std::string agent;     ///< "sprintminer/0.1.0"
  std::string login;     ///< account[.worker]
  std::string password;  ///< may be empty
  ClientTimeouts timeouts = {};
  /// Whom the pool may send us to; nothing: nobody.
  std::optional<RedirectRule> redirects = std::nullopt;
};

/// What a session leaves to the next connection to the same pool, so that it goes on there.
struct Resumption {
  std::string token;
  SprintBook sprints;
};

/// The miner's side of one connection as a state machine: bytes in, events and bytes out. No
/// socket, no clock, no thread; belongs to its owner's I/O thread. Never reused for a second
/// connection.
///
///   subscribing --result--> authorizing --true--> working --bye--> leaving
///        |   \                   |                 ^ |
///        |    +-----------------resumed-----------+  |
///        +------ error, time-out, nonsense ----------+--> over: feed or tick returns an Error
///
/// Every function that takes `now` is given our steady clock's time.
class ClientSession {
 public:
  /// Queues subscribe and authorize. `from`: the session that is to go on.
  ClientSession(const ClientConfig& config, base::SteadyTime now,
                std::optional<Resumption> from = std::nullopt);

  /// What the next connection needs to go on with this session; nothing when the pool gave no
  /// token. When the connection is over: the session is of no use afterwards.
  std::optional<Resumption> leave_behind();

  /// Bytes from the pool. An error ends the session: its message is for a person, events and output
  /// from before it are still there. A single bad notice (unknown method, nonsense in a field) does
  /// not: it is answered, told as an event, or ignored, as the protocol page says.
  base::Status feed(std::string_view bytes, base::SteadyTime now);

  /// To be called at least every second: pings, clock exchanges, and the time-outs of the
  /// configuration, each an error that names the flag it is set by.
  base::Status tick(base::SteadyTime now);

  std::optional<ClientEvent> next_event();
  /// Events that nobody took yet.
  std::size_t waiting_events() const { return events_.size(); }
  /// T0, on our clock, of the first sprint that the pool announced and that is not over; the actual
  /// one, which lies in the past, once it has started. Nothing: there is none. As of the last
  /// `feed` or `tick`.
  std::optional<base::SteadyTime> first_start() const;
  /// The session is over because no sprint was announced in time.
  bool without_sprints() const { return without_sprints_; }

  /// Bytes to send, in order; `consume` what was sent.
  std::string_view output() const { return output_.view(); }
  /// `now`: when that was; without it, when the last call was.
  void consume(std::size_t bytes) { consume(bytes, now_); }
  void consume(std::size_t bytes, base::SteadyTime now);
  /// A submit whose newline was sent.
  struct Departure {
    std::string sprint;
    std::uint64_t seq = 0;
    base::SteadyTime at;
  };
  /// In the order in which they were sent; an answer comes after its departure.
  std::optional<Departure> next_departure();

  /// `sprint.ready`: at most 64 devices. Answered by Leased, LeaseRefused, or one after the other.
  void ready(const std::string& sprint, std::span<const ReadyDevice> devices);
  /// `mining.lease`: one more for this device. Answered by Leased or LeaseRefused.
  void request_lease(const std::string& sprint, std::uint32_t device);
  /// `mining.submit`: returns its seq. 0: the next one, which counts from 1 per sprint; else that
  /// which this share had before, in this session or the one that it goes on with. Answered by
  /// Answered.
  std::uint64_t submit(const std::string& sprint, const ShareClaim& share, std::uint64_t seq = 0);
  /// `mining.withdraw`: our own re-check failed. Answered by Withdrawn.
  void withdraw(const std::string& sprint, std::span<const std::uint64_t> seqs);
  /// `sprint.status`, 1..8 nonces: what became of these shares of the account's. Answered by
  /// StatusTold or StatusRefused, after which another may be asked; by nothing when the pool does
  /// not answer, which ends no session.
  void request_status(const std::string& sprint, std::span<const std::uint64_t> nonces);
  /// `mining.bye`.
  void bye();

  /// Whose shares these are, by the login.
  const std::string& account() const { return account_; }
  bool logged_in() const { return state_ == State::kWorking; }
  /// Our estimate of the pool's clock; known once the subscription was answered.
  const PoolClock& pool_clock() const { return clock_; }
  /// Submits that no answer has come to yet.
  std::size_t unanswered() const { return unanswered_; }

 private:
  enum class State { kSubscribing, kAuthorizing, kWorking, kLeaving };
  struct Answer;
  struct Notice;
  struct Question;
  struct Pending;
  using AnswerHandler = void (ClientSession::*)(const Pending&, const Answer&);

  /// A request of ours that has no answer yet, and what the answer will need.
  struct Pending {
    AnswerHandler handler = nullptr;
    std::string sprint = {};
    std::vector<std::uint32_t> devices = {};
    std::uint64_t seq = 0;
    std::vector<std::uint64_t> nonces = {};
    base::SteadyTime sent = {};
  };
  /// A submit in the output.
  struct Leaving {
    std::uint64_t end = 0;  // of its line, counted over all bytes of the connection
    std::string sprint;
    std::uint64_t seq = 0;
  };

  void fail(std::string message);
  void check_time_outs();
  std::optional<base::SteadyTime> oldest_awaited() const;
  base::SteadyTime idle_since() const;
  void handle_line(std::string_view line);
  void handle_notice(std::string_view method, const json::Field& params);
  void handle_question(std::string_view method, std::uint64_t id);
  void handle_answer(std::uint64_t id, const Answer& answer);
  std::uint64_t expect(Pending pending);
  void ask_time();

  void on_subscribed(const Pending& pending, const Answer& answer);
  void on_authorized(const Pending& pending, const Answer& answer);
  void on_leases(const Pending& pending, const Answer& answer);
  void on_submitted(const Pending& pending, const Answer& answer);
  void on_withdrawn(const Pending& pending, const Answer& answer);
  void on_status(const Pending& pending, const Answer& answer);
  void on_time(const Pending& pending, const Answer& answer);
  void on_pong(const Pending& pending, const Answer& answer);
  void on_bye(const Pending& pending, const Answer& answer);

  void on_announce(const json::Field& params);
  void on_start(const json::Field& params);
  void on_set_lease(const json::Field& params);
  void on_set_difficulty(const json::Field& params);
  void on_end(const json::Field& params);
  void on_cancel(const json::Field& params);
  void on_verdict(const json::Field& params);
  void on_result(const json::Field& params);
  void on_message(const json::Field& params);
  void on_reconnect(const json::Field& params);
  static const Notice kNotices[];

  void on_ping(std::uint64_t id);
  void on_get_version(std::uint64_t id);
  static const Question kQuestions[];

  std::vector<Lease> take_leases(const std::string& sprint, std::span<const std::uint32_t> devices,
                                 const codec::LeaseList& list);
  void refuse_sprint(const std::string& sprint, const std::string& reason,
                     bool taken_before = false);
  void tell(std::string text);

  void log_in(bool resumed);

  const ClientConfig config_;
  const std::string account_;
  std::optional<Resumption> from_;  // until the subscription is answered
  std::string token_;               // the newest
  bool was_logged_in_ = false;
  State state_ = State::kSubscribing;
  LineFramer framer_{kMaxLineBytes};
  OutputBuffer output_;
  std::deque<ClientEvent> events_;
  std::map<std::uint64_t, Pending> pending_;  // by the request's id
  std::uint64_t last_id_ = 0;
  std::size_t unanswered_ = 0;  // of the pending, how many are submits
  std::deque<Leaving> leaving_;
  std::deque<Departure> departures_;
  std::uint64_t sent_bytes_ = 0;
  SprintBook sprints_;
  PoolClock clock_;
  base::SteadyTime now_;          // of the call in progress
  base::SteadyTime asked_login_;  // when the login's last step was asked
  base::SteadyTime last_heard_;
  base::SteadyTime sprint_news_;  // when a sprint was announced, started or ended last
  base::SteadyTime next_exchange_;
  int exchanges_at_login_ = 0;  // still to be made one after another
  bool exchanging_ = false;
  bool pinging_ = false;
  bool without_sprints_ = false;
  std::optional<base::Error> over_;
  base::OwnerThread owner_;
};

}  // namespace stratum
