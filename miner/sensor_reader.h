#pragma once

#include <atomic>
#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "backends/api/loader.h"
#include "backends/api/telemetry.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/owner_thread.h"
#include "miner/sensor_board.h"

namespace miner {

/// A module that has sensors.
struct SensorSource {
  std::string module;
  backends::Telemetry* telemetry = nullptr;
};

/// Those of the modules that have sensors, in the order of their rank, whichever backends compute.
std::vector<SensorSource> sensor_sources(std::span<backends::LoadedModule> modules);

/// Reads the sensors that one module has of the devices. One thread, which may be another than the
/// one that makes it; module, board, sink and clock outlive it.
class SensorReader {
 public:
  /// `number`: the module's place among all sources.
  SensorReader(SensorSource source, std::uint32_t number, SensorBoard& board, base::LogSink& sink,
               const base::Clock& clock);

  const std::string& module() const { return source_.module; }

  /// Reads each device that the module has a card for, joined by label; looks for its cards at
  /// first, every minute, and soon after a fault. Ends early when `stop` is set, but waits for a
  /// call into the module that is under way, however long that takes.
  void read(const std::atomic<bool>& stop);

 private:
  void look(base::SteadyTime now);
  void sample(std::uint32_t device);
  void failed(const std::string& label, const std::string& reason);

  const SensorSource source_;
  const std::uint32_t number_;
  SensorBoard& board_;
  const base::Log log_;
  const base::Clock& clock_;
  std::vector<std::uint32_t> devices_;  // that the module has cards for
  base::SteadyTime look_at_;            // when to look for cards again
  std::string no_cards_;                // why there are none, as last told
  std::set<std::string> failing_;       // labels of cards whose fault was told
  bool told_slow_ = false;
  base::OwnerThread owner_;
};

}  // namespace miner
