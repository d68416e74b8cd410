#pragma once

#include <array>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "pool/node_service.h"
#include "stratum/client_session.h"
#include "stratum/node_bridge.h"
#include "tests/pool/rig.h"

// A pool as a node, and miners that come to it by calls: everything but HTTP and sockets.
namespace tests {

/// The steady clock goes with the rig's time.
base::SteadyTime steady_of(base::UnixTime time);

/// A PoolRig with a node's service in front.
class NodeRig {
 public:
  explicit NodeRig(const pool::Config& config, HandJournal* journal = nullptr,
                   const pool::Saved& saved = {}, base::UnixTime at = kNoon);

  /// Calls, and returns the answer's body; empty if none came at once.
  std::string call(const std::string& body);
  std::string call(const std::string& method, const std::string& params);
  /// Turns the clock; what is due is done, and polls are answered.
  void at(base::UnixTime time);
  void verify();
  void settle();
  /// The journal's records are durable.
  void written();

  PoolRig rig;
  pool::NodeService service;
  bool to_settle = false;

 private:
  std::uint64_t last_id_ = 1000;
};

/// A miner's session, its bridge, and its calls to a rig's service.
class NodeMiner {
 public:
  NodeMiner(NodeRig& rig, const std::string& login, const std::string& client = "c1");

  /// Lets session, bridge and service talk until nobody has anything to say.
  void talk();
  /// The same when the rig is another run of the pool.
  void move_to(NodeRig& rig) { rig_ = &rig; }

  /// The first event of this kind that was not taken yet; it and those before it are taken.
  template <class Event>
  std::optional<Event> next() {
    while (auto event = session.next_event()) {
      if (auto* wanted = std::get_if<Event>(&*event)) return std::move(*wanted);
    }
    return std::nullopt;
  }

  stratum::NodeBridge bridge;
  stratum::ClientSession session;
  base::Status over = base::Ok{};  ///< what ended the session

 private:
  bool serve(stratum::Lane lane);

  NodeRig* rig_;
  struct Line {
    bool busy = false;
    std::optional<pool::NodeReply> reply;
  };
  std::array<std::shared_ptr<Line>, 2> lines_;
};

}  // namespace tests
