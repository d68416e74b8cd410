#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "base/mutex.h"
#include "miner/sensor_board.h"
#include "miner/sensor_reader.h"

namespace miner {

/// Reads one module's sensors about every second on a thread of its own.
class SensorThread {
 public:
  /// From the end of one reading to the next; real time.
  static constexpr base::Micros kEvery = std::chrono::seconds(1);

  explicit SensorThread(std::unique_ptr<SensorReader> reader);
  /// Asks for the end and waits for the thread: for ever, while the module hangs in a driver.
  ~SensorThread();
  SensorThread(const SensorThread&) = delete;
  SensorThread& operator=(const SensorThread&) = delete;

  const std::string& module() const { return reader_->module(); }

  /// Ends the thread once the call into the module that is under way returns. Any thread.
  void request_stop() EXCLUDES(mutex_);

  /// Waits until everything was read once; false when that did not happen by then (real time).
  bool wait_read(base::SteadyTime deadline) EXCLUDES(mutex_);
  /// The same for the end of the thread.
  bool wait_ended(base::SteadyTime deadline) EXCLUDES(mutex_);

 private:
  void run();
  bool wait_for(const bool& condition, base::SteadyTime deadline) REQUIRES(mutex_);

  const std::unique_ptr<SensorReader> reader_;  // the thread's
  std::atomic<bool> stop_{false};
  base::Mutex mutex_;
  base::CondVar changed_;
  bool read_ GUARDED_BY(mutex_) = false;
  bool ended_ GUARDED_BY(mutex_) = false;
  std::thread thread_;  // last: starts when all else is there
};

/// One SensorThread for each module that has sensors, so that a driver that hangs costs its own
/// sensors and nothing else. One thread uses it; modules, board, sink and clock outlive it.
class SensorThreads {
 public:
  SensorThreads(std::vector<SensorSource> sources, SensorBoard& board, base::LogSink& sink,
                const base::Clock& clock);

  /// Waits until each module was read once, for `timeout` at most; real time.
  void wait_read(base::Micros timeout);

  /// Asks all for their end.
  void request_stop();

  /// The modules whose thread has not ended `patience` after it was asked to: they hang in a
  /// driver, and so would our destructor. Waits as long as it takes to know.
  std::vector<std::string> hung(base::Micros patience);

 private:
  std::vector<std::unique_ptr<SensorThread>> threads_;
  base::SteadyTime asked_;  // real time
};

}  // namespace miner
