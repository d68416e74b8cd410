#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/owner_thread.h"
#include "base/result.h"
#include "stratum/allowance.h"
#include "stratum/line_framer.h"
#include "stratum/messages.h"
#include "stratum/miner_end.h"
#include "stratum/output_buffer.h"

namespace stratum {

namespace json {
class Field;
}

/// The pool's side of one connection as a state machine: bytes in, requests and bytes out. It keeps
/// the order of the protocol page's checks up to and including "not authorized" (20, 25, 24) and
/// answers what needs no pool by itself (subscribe, time, ping, configure, unknown methods). No
/// socket, no clock, no thread; belongs to its owner's I/O thread.
///
///   connected --subscribe--> subscribed --authorize--> LoginWanted --accept--> working --bye-->
///   left
///       |  \                     |                                             ^   |
///       |   +------ subscribe with a token that the keeper knows ---------------+   |
///       +--------- line too long, NUL, not JSON, 100 errors in a row ---------------+--> feed
///       fails:
///                                                                                         close
class ServerSession final : public MinerEnd {
 public:
  explicit ServerSession(std::string pool_name) : pool_name_(std::move(pool_name)) {}

  /// Who knows sessions again; without, none is resumed. It outlives this; before the first `feed`.
  void set_keeper(SessionKeeper* keeper) override { keeper_ = keeper; }

  /// Bytes from the miner; `now` is the pool's time at which they came, and the stamp of every line
  /// that they complete. An error ends the session (send what is in the output, then close).
  base::Status feed(std::string_view bytes, base::UnixTime now);

  std::optional<ServerEvent> next_event() override;

  /// Bytes to send, in order; `consume` what was sent.
  std::string_view output() const { return output_.view(); }
  void consume(std::size_t bytes) { output_.consume(bytes); }
  /// To be called when there is output where there was none: whoever has many sessions need not ask
  /// each. It only notes that.
  void on_output(std::function<void()> call) { output_.on_first(std::move(call)); }

  using MinerEnd::refuse;
  // Answers, each to a request not answered before (else: a bug).
  void accept(RequestId request) override;  ///< `true`: a login, a submit
  void grant(RequestId request, std::span<const Lease> leases) override;
  void withdrawn(RequestId request, std::uint64_t count) override;
  /// `mining.submit_batch`: those that are not stored, with why.
  void answer_batch(RequestId request, std::uint64_t acked,
                    std::span<const VoidShare> bad) override;
  void status(RequestId request, const SprintStatus& status) override;
  void refuse(RequestId request, Code code, std::string_view text, std::uint64_t retry_ms) override;

  /// What `mining.ping` says: all of the session's submits up to this seq are finally answered.
  void set_acked(std::uint64_t seq) override { acked_ = seq; }

  bool hears_of_leases() const override { return true; }

  // Notices; nothing is sent to who is not logged in, but messages.
  void announce(const Announcement& announcement) override;
  void start(const StartNotice& notice) override;
  void set_leases(const std::string& sprint, std::span<const Lease> leases,
                  std::span<const std::uint64_t> close) override;
  void end(const std::string& sprint, std::uint64_t acked) override;
  void cancel(const std::string& sprint, std::string_view reason) override;
  void verdict(const Verdict& verdict) override;
  void result(const SprintResult& result) override;
  void message(std::string_view text) override;
  /// `client.reconnect`: here again, after so long.
  void reconnect(base::Micros wait);
  /// `mining.ping`: whoever lives answers with a line.
  void ping();

  bool logged_in() const { return state_ == State::kWorking; }
  /// It tried, whatever became of it.
  bool asked_to_log_in() const { return asked_to_log_in_; }
  /// Requests that the owner has still to answer.
  std::size_t open_requests() const { return open_.size(); }
  /// Bytes waiting to be sent: a peer that does not read is closed by the owner over a limit.
  std::size_t output_size() const { return output_.size(); }

 private:
  static constexpr std::int64_t kRequestsASecond = 50;
  static constexpr std::int64_t kRequestsAtOnce = 500;
  enum class State { kConnected, kSubscribed, kWorking, kLeft };
  struct Request;
  struct Method;
  /// An answer to a request that is refused by the session itself.
  using Refusal = std::optional<WireError>;

  base::Status handle_line(std::string_view line, base::UnixTime now);
  void hear_answer(const json::Field& root);
  Refusal dispatch(std::string_view method, const Request& request);
  base::Status count_refusal(Code code);
  base::Status end_session(Code code, const base::Error& error);

  Refusal on_configure(const Request& request);
  Refusal on_subscribe(const Request& request);
  Refusal on_authorize(const Request& request);
  Refusal on_suggest_difficulty(const Request& request);
  Refusal on_ready(const Request& request);
  Refusal on_lease(const Request& request);
  Refusal on_submit(const Request& request);
  Refusal on_submit_batch(const Request& request);
  Refusal on_status(const Request& request);
  Refusal on_withdraw(const Request& request);
  Refusal on_time(const Request& request);
  Refusal on_ping(const Request& request);
  Refusal on_bye(const Request& request);
  static const Method kMethods[];

  Refusal require_login() const;
  Refusal admit_worker(const std::string& worker);
  template <class Wanted>
  Refusal ask_owner(const Request& request, Wanted wanted);
  std::uint64_t take(RequestId request);
  void notice(std::string_view line);
  void ask_version();
  void show_difficulty(std::span<const Lease> leases);

  struct PendingLogin {
    RequestId request = 0;
    Login login;
  };

  void log_in(const std::string& account);

  const std::string pool_name_;
  SessionKeeper* keeper_ = nullptr;
  SessionKeeper::Seat seat_;
  State state_ = State::kConnected;
  LineFramer framer_{kMaxLineBytesBeforeLogin};
  OutputBuffer output_;
  std::deque<ServerEvent> events_;
  std::map<RequestId, std::uint64_t> open_;  // to the id on the wire
  RequestId last_request_ = 0;
  std::uint64_t last_own_id_ = 0;  // of the requests that we send
  std::string agent_;
  bool asked_to_log_in_ = false;
  bool speaks_v1_ = false;                                  // its display wants a difficulty
  std::uint64_t told_difficulty_ = 0;                       // to V1's display
  std::uint64_t asked_version_ = 0;                         // our request; 0: not asked
  Allowance allowance_{kRequestsASecond, kRequestsAtOnce};  // of requests other than shares
  std::optional<PendingLogin> login_;
  std::string account_;            // of the session, once working
  std::set<std::string> workers_;  // whole logins, once working
  std::uint64_t acked_ = 0;
  int refusals_in_a_row_ = 0;
  std::optional<base::Error> over_;
  base::OwnerThread owner_;
};

}  // namespace stratum
