#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "miner/connection.h"
#include "miner/coordinator.h"
#include "miner/latency_watch.h"
#include "miner/mailbox.h"
#include "miner/pool_list.h"
#include "miner/pool_rotation.h"
#include "miner/retry_times.h"
#include "miner/snapshot.h"
#include "miner/standby.h"
#include "stratum/client_session.h"
#include "stratum/redirect.h"
#include "stratum/transport_options.h"

namespace miner {

/// When a pool is given up for another.
struct PoolLimits {
  base::Micros connect = std::chrono::seconds(10);
  stratum::ClientTimeouts session = {};
  base::Micros max_latency{0};  ///< best round trip of the last exchanges; 0: whatever it is
  /// Before a pool that is better than the one in use is tried again for the first time.
  base::Micros better_after = std::chrono::seconds(10);
};

/// What the turns need of the miner around them.
class TurnPorts {
 public:
  virtual ~TurnPorts() = default;
  /// Mail, orders, and what time brings; may call `prefer`, `enable` and `replace` of the turns.
  virtual void work_through() = 0;
  /// The run is over, or asked to be.
  virtual bool over() const = 0;
};

/// From pool to pool: which is connected, served, left and tried next, and what each leaves to its
/// next connection. While a pool that is not the first is served, better ones are tried beside it,
/// and one that has announced a sprint takes over. Belongs to the network thread, which it keeps
/// while a turn lasts; the coordinator is told of sessions from here alone.
class PoolTurns {
 public:
  struct Setup {
    std::vector<PoolEndpoint> pools;  ///< in the order of preference; at least one
    PoolLimits limits;
    Coordinator& coordinator;
    Mailbox& mailbox;
    TurnPorts& ports;
    base::LogSink& sink;
    const base::Clock& clock;
    stratum::TransportOptions transport = {};  ///< how pools are connected to
  };
  explicit PoolTurns(Setup setup);

  /// One pool's turn: waits for it, connects, serves until the connection is lost, the login
  /// refused, or the pool to be left. When the run is over it returns with the connection as it is,
  /// for what follows.
  void take_turn();
  /// Every pool refused the login. After a turn.
  bool all_refused() const { return rotation_.all_refused(); }
  /// No pool could be reached since the last one that worked. After a turn.
  bool all_failed() const { return rotation_.all_failed(); }

  // The end of the run. `talk` serves the connection, if it stands, and waits for mail a moment.
  void talk();
  /// Something was found for the pool that it has not stored or answered, and the connection
  /// stands. A login that is still on its way is waited for, if there is something to send.
  bool has_unsaid() const;
  /// Says goodbye, if there is somebody to say it to, and is done with the connection.
  void finish();

  // Orders; as Control and PoolList have them.
  void prefer(std::size_t number);
  void enable(std::size_t number, bool enabled);
  /// False when nothing changed.
  bool replace(const std::vector<PoolEndpoint>& pools);
  /// From the next connection on.
  void set_transport(stratum::TransportOptions transport) { transport_ = std::move(transport); }

  const PoolList& pools() const { return pools_; }
  /// The pool that is used or tried, or was last.
  const PoolSnapshot& used() const { return pool_; }
  /// Fills in the pool and the list of pools.
  void write_to(Snapshot& snapshot) const;

 private:
  /// How a pool's turn went, as PoolRotation tells turns apart.
  enum class Turn { kFailed, kRefused, kDropped, kWorked };

  // A turn.
  bool wait_for_turn(base::Micros time);
  void use_pool(std::size_t number, const stratum::PoolUrl& to);
  bool is_held(std::size_t number) const;
  void begin_turn(std::size_t number, const stratum::PoolUrl& to);
  void serve_turn();
  base::Status serve();
  void note_events();
  void look_at_clock(const stratum::PoolClock& clock);
  Turn turn_so_far() const;
  void end_turn(Turn turn, const std::string& why);
  void tell_rotation(Turn turn);
  void begin_rotation();
  std::optional<std::size_t> position_of(std::size_t number) const;
  void close_connection();
  std::optional<stratum::Resumption> resumption_of(std::size_t number);
  void keep_resumption(std::size_t number, stratum::ClientSession& session);
  std::unique_ptr<Connection> connection_to(std::size_t number,
                                            std::unique_ptr<stratum::Stream> stream);

  // Its end.
  /// The pool of the connection is not to be used any more, or another one is to be.
  bool leaving() const {
    return go_elsewhere_ || better_waits_ || too_far_ || redirect_ || !pools_.is_enabled(number_);
  }
  std::string_view why_leaving() const;
  void leave();
  bool leave_step(int mail_fd);
  bool still_found();
  void look_at_latency();
  std::string too_far_reason() const;

  // Where a pool sends us.
  std::optional<stratum::RedirectRule> redirect_rule(std::size_t number, bool encrypted) const;
  void look_at_redirect();
  bool use_redirect();

  // Better pools.
  bool use_standby();
  std::vector<std::size_t> better_pools() const;
  void look_for_better();
  void try_better(std::size_t number);
  void serve_standby();
  void standby_failed(const std::string& why);
  void drop_standby();

  Coordinator& coordinator_;
  Mailbox& mailbox_;
  TurnPorts& ports_;
  const base::Clock& clock_;
  const base::Log log_;
  const PoolLimits limits_;
  stratum::TransportOptions transport_;

  PoolList pools_;
  std::vector<std::size_t> enabled_;  // pools, as the rotation knows them
  PoolRotation rotation_;             // over the positions of enabled_
  bool pools_changed_ = false;        // since the rotation was asked last
  std::size_t number_ = 0;            // of the pool that is connected, or was last
  bool in_turn_ = false;              // it is connected, or tried
  bool go_elsewhere_ = false;         // another pool was preferred since its turn began
  bool better_waits_ = false;         // to take over
  bool too_far_ = false;              // its round trip is too long, and there is another
  std::map<std::size_t, stratum::Resumption> resumptions_;  // sessions that can go on, by pool
  std::map<std::size_t, base::SteadyTime> held_until_;      // as pools asked for, by pool
  std::unique_ptr<Connection> connection_;                  // of the turn
  bool alive_ = false;                                      // the connection, and its login
  PoolSnapshot pool_;
  std::optional<stratum::Redirect> redirect_;  // where the pool of this turn wants us, or the last
  bool redirected_ = false;                    // the turn is at such an address
  std::map<std::size_t, std::deque<base::SteadyTime>> redirect_times_;  // followed, by pool
  LatencyWatch latency_;
  std::map<std::size_t, base::SteadyTime> left_too_far_;  // when, by pool
  RetryTimes retry_;
  Standby standby_;
};

}  // namespace miner
