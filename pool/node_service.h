#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "pool/node_guest.h"
#include "pool/pool.h"

namespace pool {

/// An answer to a POST whose body was read.
struct NodeReply {
  int status = 200;                 ///< of HTTP
  std::string body = {};            ///< JSON
  std::uint32_t retry_after_s = 0;  ///< with 503
};

/// A pool as a node: takes JSON-RPC calls, and hands them to the pool's rules by a guest for each
/// caller. Long polls are held here. No socket, no clock, no thread; belongs to the pool's thread.
/// Source: the protocol page, "Node: HTTP JSON-RPC".
class NodeService {
 public:
  static constexpr base::Micros kHeldAtMost = std::chrono::seconds(60);
  /// A guest that was not asked for so long is forgotten: its leases and shares stay its account's.
  static constexpr base::Micros kGuestStays = std::chrono::seconds(150);
  static constexpr std::size_t kMaxGuests = 1024;
  static constexpr std::size_t kMaxPolls = 1024;

  using Reply = std::function<void(NodeReply)>;
  struct Setup {
    Pool& pool;
    std::function<Pool::ConnectionId()> next_id;  ///< one that no other connection has
    /// `settle` is to be called soon, not at once.
    std::function<void()> to_settle;
    std::string run;  ///< 1..16 printable ASCII: no earlier run of this pool had it
  };
  explicit NodeService(Setup setup) : setup_(std::move(setup)) {}

  /// Takes a body that came at `stamp` (`now` on the steady clock) over the connection `from`, to
  /// be named to `let_go`. `reply` is called once, perhaps at once. A guest has one poll that is
  /// held: a newer one answers it.
  void handle(std::string_view body, base::UnixTime stamp, base::SteadyTime now, Reply reply,
              const void* from = nullptr);
  /// Answers the poll that is held for this connection, if any: its peer is gone, or says no more.
  void let_go(const void* from, base::UnixTime stamp, base::SteadyTime now);

  /// Answers the polls whose state changed or whose time is over, and forgets guests.
  void settle(base::UnixTime stamp, base::SteadyTime now);

  /// Answers all polls. From now on none is held, and only what is known is told: the pool handles
  /// nothing that would be written down.
  void stop(base::UnixTime stamp, base::SteadyTime now);
  std::size_t held() const { return polls_.size(); }
  std::size_t guests() const { return guests_.size(); }

 private:
  struct Guest {
    Pool::ConnectionId id = 0;
    std::unique_ptr<NodeGuest> end;
    base::SteadyTime asked;
    std::size_t polls = 0;
  };
  struct Poll {
    Guest* guest = nullptr;
    std::uint64_t id = 0;
    std::string seen;
    base::SteadyTime until;
    Reply reply;
    const void* from = nullptr;
  };

  void on_call(const stratum::node::Call& call, base::UnixTime stamp, base::SteadyTime now,
               Reply reply, const void* from);
  void on_get_sprint(Guest& guest, const stratum::node::Call& call, base::UnixTime stamp,
                     base::SteadyTime now, Reply reply, const void* from);
  template <class Which>
  void answer_polls(Which which, base::UnixTime stamp, base::SteadyTime now);
  /// Who calls, let in if this is the first time; nothing: `reply` was told why.
  Guest* guest_of(const stratum::node::Call& call, base::UnixTime stamp, const Reply& reply);
  std::string poll_id(const Guest& guest) const;
  std::string work(const Guest& guest, std::uint64_t id, base::UnixTime stamp) const;
  void ask_to_settle();
  void leave(std::map<stratum::node::Caller, Guest>::iterator guest);

  const Setup setup_;
  std::map<stratum::node::Caller, Guest> guests_;
  std::list<Poll> polls_;
  bool to_settle_ = false;
  bool stopped_ = false;
};

}  // namespace pool
