#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "stratum/messages.h"

namespace stratum {

/// Names a request that the owner has still to answer, exactly once.
using RequestId = std::uint64_t;

// What a server session asks of its owner. Each carries its request; the pool answers through
// `accept`, `grant`, `refuse`.
namespace server {
struct LoginWanted {
  RequestId request = 0;
  Login login;
  std::string password;
  std::string agent;  ///< printable
};
/// The session goes on that the keeper knew by its token: it is logged in.
struct Resumed {};
struct ReadyWanted {
  RequestId request = 0;
  std::string sprint;
  std::vector<ReadyDevice> devices;  ///< 1..64
};
struct LeaseWanted {
  RequestId request = 0;
  std::string sprint;
  std::optional<std::uint32_t> device;  ///< or
  std::optional<std::uint32_t> bits;    ///< a proxy's: 16..48
};
struct SubmitWanted {
  RequestId request = 0;
  std::string worker;  ///< the whole login as submitted
  std::string sprint;
  ShareClaim share;
  std::uint64_t seq = 0;
  base::UnixTime stamp;  ///< when the newline came
};
/// Up to 64 shares of one sprint, with seqs that follow each other.
struct BatchWanted {
  RequestId request = 0;
  std::string sprint;
  std::uint64_t first_seq = 0;
  std::vector<ShareClaim> shares;
  base::UnixTime stamp;
};
struct StatusWanted {
  RequestId request = 0;
  std::string sprint;
  std::vector<std::uint64_t> nonces;  ///< at most 8
};
struct WithdrawWanted {
  RequestId request = 0;
  std::string sprint;
  std::vector<std::uint64_t> seqs;
  base::UnixTime stamp;
};
/// It said what program it is, after it was asked.
struct Named {
  std::string agent;  ///< printable
};
struct Left {};  ///< bye was answered; close when the output is sent
}  // namespace server

using ServerEvent =
    std::variant<server::LoginWanted, server::Resumed, server::ReadyWanted, server::LeaseWanted,
                 server::SubmitWanted, server::BatchWanted, server::StatusWanted,
                 server::WithdrawWanted, server::Named, server::Left>;

/// Who gives out resume tokens and knows them again. Source: the protocol page, "Resume".
class SessionKeeper {
 public:
  virtual ~SessionKeeper() = default;
  struct Seat {
    std::string token;                                  ///< the next one; empty: none
    std::optional<std::string> account = std::nullopt;  ///< resumed: who is logged in
    std::uint64_t acked = 0;
  };
  /// A connection subscribes for the first time, with a token or without. Its thread.
  virtual Seat subscribe(const std::optional<std::string>& token) = 0;
};

/// A miner as the pool's rules meet it, whichever way it comes: what it asks is taken event by
/// event, each with a request answered exactly once, and notices are handed over as values. Belongs
/// to one thread, the pool's.
class MinerEnd {
 public:
  virtual ~MinerEnd() = default;
  /// Who knows sessions again; without, none is resumed. It outlives this; before the first event.
  virtual void set_keeper(SessionKeeper* keeper) = 0;
  /// What is asked next; nothing: nothing more now.
  virtual std::optional<ServerEvent> next_event() = 0;

  // Answers, each to a request not answered before (else: a bug).
  virtual void accept(RequestId request) = 0;  ///< a login, a submit
  virtual void grant(RequestId request, std::span<const Lease> leases) = 0;
  virtual void withdrawn(RequestId request, std::uint64_t count) = 0;
  /// Of a batch: those that are not stored, with why.
  virtual void answer_batch(RequestId request, std::uint64_t acked,
                            std::span<const VoidShare> bad) = 0;
  virtual void status(RequestId request, const SprintStatus& status) = 0;
  /// `retry_ms`: not before so many milliseconds; 0: not said.
  virtual void refuse(RequestId request, Code code, std::string_view text,
                      std::uint64_t retry_ms) = 0;
  void refuse(RequestId request, Code code, std::string_view text) {
    refuse(request, code, text, 0);
  }
  /// All of the session's submits up to this seq are finally answered.
  virtual void set_acked(std::uint64_t seq) = 0;

  /// A line for a person, where it can be told one.
  virtual void message(std::string_view) {}
  /// Whether it can be told of leases that it did not ask for.
  virtual bool hears_of_leases() const { return false; }

  // Notices.
  virtual void announce(const Announcement& announcement) = 0;
  virtual void start(const StartNotice& notice) = 0;
  /// Leases that nobody asked for, and those that no more nonces are to be drawn from.
  virtual void set_leases(const std::string& sprint, std::span<const Lease> leases,
                          std::span<const std::uint64_t> close) = 0;
  virtual void end(const std::string& sprint, std::uint64_t acked) = 0;
  virtual void cancel(const std::string& sprint, std::string_view reason) = 0;
  virtual void verdict(const Verdict& verdict) = 0;
  virtual void result(const SprintResult& result) = 0;
};

}  // namespace stratum
