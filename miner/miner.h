#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "backends/api/backend.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mutex.h"
#include "miner/board.h"
#include "miner/cli/exit_code.h"
#include "miner/control.h"
#include "miner/coordinator.h"
#include "miner/mailbox.h"
#include "miner/pool_list.h"
#include "miner/pool_turns.h"
#include "miner/rechecker.h"
#include "miner/sensor_board.h"
#include "miner/sensor_threads.h"
#include "miner/spool.h"
#include "miner/worker.h"
#include "poc/verifier.h"
#include "stratum/transport_options.h"

namespace miner {

struct MinerConfig {
  std::vector<PoolEndpoint> pools;  ///< in the order of preference; at least one
  std::uint64_t sprints = 0;        ///< stop after so many; 0: until told
  bool exit_on_loss = false;        ///< end when no pool can be reached
  /// One in so many shares is recomputed; nothing: every share of a GPU, one in 16 of a CPU.
  std::optional<std::uint32_t> recheck_every;
  base::Micros reopen_after = std::chrono::seconds(5);  ///< a device that failed
  bool solo = false;          ///< the pool is our own, and all its sprints are alike
  PoolLimits limits;          ///< when a pool is given up for another
  std::string spool_folder;   ///< where found shares survive a crash; empty: nowhere
  bool check_credit = false;  ///< as Coordinator::set_check_credit
  /// How pools are connected to.
  stratum::TransportOptions transport = {};
};

/// What may change while the miner runs.
struct LiveSettings {
  std::vector<PoolEndpoint> pools;             ///< as MinerConfig has them; empty: as they are
  std::optional<std::uint32_t> recheck_every;  ///< as MinerConfig has it
  stratum::TransportOptions transport = {};    ///< from the next connection on
  bool check_credit = false;                   ///< as MinerConfig has it
};

/// The whole miner without its face: one worker thread per device, one re-check thread, one thread
/// for each module with sensors, and the network thread that runs the coordinator. Backends,
/// sensors, sink and clock outlive it.
class Miner final : public Control, private TurnPorts {
 public:
  Miner(MinerConfig config, std::vector<WorkerDevice> devices,
        std::unique_ptr<poc::Verifier> recheck, base::LogSink& sink, const base::Clock& clock,
        std::vector<SensorSource> sensors = {});
  ~Miner() override;

  /// Takes new settings, which apply within a moment. The connection stays while its pool is still
  /// listed; else it is left when what was sent is answered, and the next is that of the first
  /// pool. A new list of pools comes in its own order, whatever was preferred; what is disabled
  /// stays so. Any thread.
  void apply(LiveSettings settings) EXCLUDES(mutex_);

  /// Waits until the run is over (then true) or `timeout` passed. Main thread.
  bool wait(base::Micros timeout) EXCLUDES(mutex_);

  /// How it ended; after `wait` was true.
  Outcome outcome() const EXCLUDES(mutex_);

  /// Devices whose thread did not end when asked: their driver hangs, or has not opened them yet,
  /// and our destructor would wait for it.
  std::vector<std::string> hung_devices() const EXCLUDES(mutex_);

  /// Modules whose sensors do not answer: as for hung devices, our destructor would wait for them.
  std::vector<std::string> hung_sensors() const EXCLUDES(mutex_);

  /// The disk of the spool does not answer: our destructor would wait for it.
  bool spool_hangs() const EXCLUDES(mutex_);

  // Control
  std::shared_ptr<const Snapshot> snapshot() const override EXCLUDES(mutex_);
  void pause(std::uint32_t device) override;
  void resume(std::uint32_t device) override;
  void prefer_pool(std::size_t pool) override;
  void enable_pool(std::size_t pool, bool enabled) override;
  void request_stop() override;

 private:
  struct Order {
    enum class What { kPause, kResume, kPrefer, kEnable, kDisable } what;
    std::size_t target;  // a device or a pool
  };

  // TurnPorts
  void work_through() override;
  bool over() const override { return stop_ || ending().has_value(); }

  // The network thread's.
  void run();
  Outcome mine();
  void wind_down();
  bool devices_end(base::Micros asked_before) const;
  std::vector<std::string> devices_left(Outcome& outcome) const;
  std::optional<Outcome> ending() const;
  void publish_snapshot();
  void take_orders() EXCLUDES(mutex_);
  void carry_out(const Order& order);
  void open_spools();
  void order(Order order) EXCLUDES(mutex_);
  void take_settings();

  const MinerConfig config_;  // its pools are those of the start
  const base::Clock& clock_;
  base::LogSink& sink_;
  const base::Log log_;
  const base::SteadyTime start_;

  Mailbox mailbox_;
  std::unique_ptr<Spool> spool_;  // may be missing
  Board board_;
  SensorBoard sensor_board_;
  Rechecker recheck_;
  std::vector<std::unique_ptr<Worker>> workers_;
  Coordinator coordinator_;
  PoolTurns turns_;
  base::SteadyTime next_tick_;
  SensorThreads sensors_;

  std::atomic<bool> stop_{false};

  mutable base::Mutex mutex_;
  base::CondVar changed_;
  std::shared_ptr<const Snapshot> snapshot_ GUARDED_BY(mutex_) = std::make_shared<Snapshot>();
  std::optional<Outcome> outcome_ GUARDED_BY(mutex_);
  std::vector<std::string> hung_ GUARDED_BY(mutex_);
  std::vector<std::string> hung_sensors_ GUARDED_BY(mutex_);
  bool spool_hangs_ GUARDED_BY(mutex_) = false;
  std::vector<Order> orders_ GUARDED_BY(mutex_);
  std::optional<LiveSettings> new_settings_ GUARDED_BY(mutex_);

  std::thread thread_;  // last: starts when all else is there
};

}  // namespace miner
