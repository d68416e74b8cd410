#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "stratum/line_framer.h"
#include "stratum/node_answers.h"
#include "stratum/node_calls.h"
#include "stratum/output_buffer.h"
#include "stratum/pool_clock.h"
#include "stratum/server_session.h"

namespace stratum {

/// Where a call is made: the two have a connection each, so that a poll that hangs delays no share.
enum class Lane : std::size_t { kPoll, kWork };

/// A POST that is to be made.
struct HttpCall {
  std::string body;
  base::Micros timeout{};  ///< for the whole of it
};
/// What came of it: HTTP's status, and the body where there is one.
struct HttpAnswer {
  int status = 0;
  std::optional<base::Micros> retry_after = std::nullopt;
  std::string body = {};
};

/// A node, spoken to by JSON-RPC, as the pool of a session: takes the session's lines, makes calls
/// of them, and makes lines of the answers. What the node says is checked for its form here, and
/// for its sense by the session, as it is with every pool. No socket, no clock, no thread; belongs
/// to its owner's I/O thread. Source: the protocol page, "Node: HTTP JSON-RPC".
///
///   opening --first getsprint--> open --bye--> left
///      |  \                        |
///      |   +--- 401, 403: the login is refused
///      +----- no answer that makes sense --------> over: `feed` or `answer` returns an Error
class NodeBridge {
 public:
  /// `client` tells several miners of one login apart: 1..64 printable ASCII.
  explicit NodeBridge(std::string client);

  /// Bytes of the session.
  base::Status feed(std::string_view bytes, base::SteadyTime now);
  /// Lines for the session; `consume` what it took.
  std::string_view output() const { return output_.view(); }
  void consume(std::size_t bytes) { output_.consume(bytes); }
  /// The session said good-bye: when the output is taken, all is said.
  bool left() const { return left_; }

  /// The login's password, once a call is to be made: the token.
  const std::string& password() const { return password_; }

  /// The call to be made on this lane; nothing: none now. The next one after its `answer`.
  std::optional<HttpCall> next_call(Lane lane, base::SteadyTime now);
  /// When `next_call` may have one though nothing else happens; nothing: never.
  std::optional<base::SteadyTime> wake() const;
  /// Of the call made last on this lane. An error ends the session; it is one line for a person.
  base::Status answer(Lane lane, const HttpAnswer& answer, base::SteadyTime now);

  /// Not before then is the node to be called by another session: it said so.
  base::SteadyTime not_before() const {
    return std::max(pauses_[0].not_before, pauses_[1].not_before);
  }

 private:
  /// A sprint that the node showed, until its result.
  struct Sprint {
    bool started = false;
    bool ended = false;
    std::map<std::uint64_t, std::uint64_t> seqs = {};      // of stored shares, by nonce
    base::SteadyTime ask_at = {};                          // for its result
    base::Micros wait{};                                   // before it is asked again
    std::optional<std::uint64_t> asked_to = std::nullopt;  // nonces of this one and below
    Verdict verdict = {};
  };
  /// `sprint.ready` or `mining.lease`: a call for each device.
  struct LeaseGroup {
    RequestId request = 0;
    std::size_t left = 0;
    std::vector<Lease> got = {};
    WireError why = {};
  };
  struct LeaseCall {
    std::shared_ptr<LeaseGroup> group;
    node::LeaseNonces wish;
  };
  struct SubmitCall {
    std::string sprint;
    std::vector<server::SubmitWanted> shares;
  };
  struct TimeCall {
    std::uint64_t line_id = 0;
    std::uint64_t c0 = 0;
  };
  struct WithdrawCall {
    RequestId request = 0;
    node::WithdrawShares wish;
  };
  struct ResultCall {
    std::string sprint;
    std::vector<std::uint64_t> nonces;
  };
  using Purpose =
      std::variant<node::GetSprint, LeaseCall, SubmitCall, TimeCall, WithdrawCall, ResultCall>;
  struct Flight {
    Purpose purpose;
    std::uint64_t id = 0;
    HttpCall call;
    base::SteadyTime sent;
    bool again = false;  // the node was too busy for it
  };

  // node_bridge.cpp: the session's lines, and calls of them.
  base::Status take_line(const std::string& line, base::SteadyTime now);
  void take_login(const json::Field& params);
  base::Status pass_on(const std::string& line, base::UnixTime now);
  void gather();
  void on(const server::LoginWanted& wanted);
  void on(const server::Resumed&) {}
  void on(const server::ReadyWanted& wanted);
  void on(const server::LeaseWanted& wanted);
  void on(const server::SubmitWanted& wanted);
  void on(const server::BatchWanted& wanted);
  void on(const server::StatusWanted& wanted);
  void on(const server::WithdrawWanted& wanted);
  void on(const server::Named&) {}
  void on(const server::Left&) { left_ = true; }
  std::set<std::uint64_t> take_nonces(const server::WithdrawWanted& wanted);
  void ask_for_lease(const std::shared_ptr<LeaseGroup>& group, const std::string& sprint,
                     std::uint32_t device);
  std::optional<Purpose> next_purpose(Lane lane, base::SteadyTime now);
  SubmitCall next_submit();
  std::optional<ResultCall> next_result(base::SteadyTime now);
  Flight flight_of(Purpose purpose, base::SteadyTime now);

  // node_bridge_answers.cpp: answers, and lines of them.
  base::Status hold(Lane lane, const HttpAnswer& answer, base::SteadyTime now);
  base::Status react(Flight& done, const HttpAnswer& answer, base::SteadyTime now);
  base::Status deny(std::string why);
  base::Status open(const node::Answer& answer, const Flight& flight, base::SteadyTime now);
  base::Status take(const node::GetSprint&, const node::Answer& answer, const Flight& flight,
                    base::SteadyTime now);
  base::Status take(LeaseCall& call, const node::Answer& answer, const Flight& flight,
                    base::SteadyTime now);
  base::Status take(SubmitCall& call, const node::Answer& answer, const Flight& flight,
                    base::SteadyTime now);
  base::Status take(TimeCall& call, const node::Answer& answer, const Flight& flight,
                    base::SteadyTime now);
  base::Status take(WithdrawCall& call, const node::Answer& answer, const Flight& flight,
                    base::SteadyTime now);
  base::Status take(ResultCall& call, const node::Answer& answer, const Flight& flight,
                    base::SteadyTime now);
  void note_stored(const server::SubmitWanted& share, base::SteadyTime now);
  void show(const node::Work& work, base::SteadyTime now);
  void settle(const std::string& sprint, const SprintStatus& status, base::SteadyTime now);
  base::Error nonsense(const std::string& why) const;

  const std::string client_;
  ServerSession server_{"node"};  // what the session takes for its pool
  LineFramer framer_{kMaxLineBytes};
  OutputBuffer output_;
  std::vector<std::string> held_;  // lines of before the first answer
  bool knows_login_ = false;
  bool open_ = false;
  std::optional<std::string> refused_;  // the login, and why
  bool left_ = false;
  std::string payout_;
  std::string password_;
  std::string poll_id_;
  PoolClock clock_;  // the node's
  /// A node that is too busy for polls may have room for shares.
  struct Pause {
    base::SteadyTime not_before = {};
    int too_busy = 0;  // answers in a row
  };
  std::array<Pause, 2> pauses_;  // by lane
  base::SteadyTime poll_at_;
  std::uint64_t last_id_ = 0;
  std::uint64_t last_key_ = 0;
  std::array<std::optional<Flight>, 2> flights_;  // by lane
  std::deque<server::SubmitWanted> submits_;
  std::deque<LeaseCall> leases_;
  std::deque<TimeCall> times_;
  std::deque<WithdrawCall> withdrawals_;
  std::map<std::uint32_t, std::uint64_t> rates_;  // nonces per 1000 s, by device
  std::map<std::string, Sprint> sprints_;
  std::optional<base::Error> over_;
};

}  // namespace stratum
