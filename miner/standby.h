#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>

#include "base/clock.h"
#include "base/result.h"
#include "miner/connection.h"
#include "miner/connector.h"
#include "miner/latency_watch.h"

namespace miner {

/// A second connection, to a pool that is better than the one in use, until it takes over. What the
/// pool says meanwhile waits in its session. Belongs to the network thread, which it never blocks.
///
///   idle --connect--> connecting --talk--> talking --release--> idle
class Standby {
 public:
  struct Setup {
    std::function<void()> wake;  ///< of the network thread; called on another one
    const base::Clock& clock;
    base::Micros max_latency{0};  ///< 0: whatever it is
    base::Micros hold{0};         ///< so long without a sprint it is kept
  };
  explicit Standby(Setup setup);

  bool idle() const { return !number_; }
  /// Of the pool, by PoolList.
  std::optional<std::size_t> number() const { return number_; }

  void connect(std::size_t number, Connector::Connect connect);
  /// What came of `connect`, once.
  std::optional<MadeStream> connected() { return connector_.take(); }
  void talk(std::unique_ptr<Connection> connection);
  /// Nothing until `talk`.
  Connection* connection() { return connection_.get(); }
  /// Feeds the session with what came. An error: this connection will never take over.
  base::Status serve();

  bool logged_in() const { return connection_ != nullptr && connection_->session().logged_in(); }
  /// It is logged in, near enough, and announced a sprint; and `free` (the pool in use has nothing
  /// under way), or that sprint starts within `lead`.
  bool takes_over(bool free, base::Micros lead) const;
  /// Its connection, if there is one; from then on it is idle. What was under way is cancelled.
  std::unique_ptr<Connection> release();

 private:
  const Setup setup_;
  std::optional<std::size_t> number_;
  std::unique_ptr<Connection> connection_;
  base::SteadyTime since_;  // it talks
  LatencyWatch latency_;
  Connector connector_;
};

}  // namespace miner
