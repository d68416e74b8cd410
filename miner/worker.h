#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <thread>

#include "backends/api/backend.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mutex.h"
#include "miner/board.h"
#include "miner/failure_ladder.h"
#include "miner/job_slot.h"
#include "miner/mailbox.h"
#include "miner/nonce_plan.h"
#include "miner/range_sizer.h"

namespace miner {

/// What all workers share. Everything outlives them.
struct WorkerContext {
  Mailbox& mailbox;
  Board& board;
  const base::Clock& clock;
  base::LogSink& sink;
  base::Micros reopen_after = std::chrono::seconds(5);  ///< a first fault; real time
  /// Without a sprint in sight, the memory is given back; real time.
  base::Micros rest_after = std::chrono::seconds(30);
};

/// How a worker's device is opened.
struct WorkerDevice {
  std::uint32_t number = 0;  ///< position in the miner's list: names it in mail and on the board
  backends::DeviceInfo info;
  backends::Backend* backend = nullptr;
  backends::OptionValues options;
};

/// One device and the one thread that owns it: opens and tests it, makes weights, races, closes it
/// after a fault and opens it again, until it is given up (FailureLadder).
///
///            open, self-test                race over                  stop
///   starting -----------------> working <---------------> racing  ----------> stopped
///       ^                          |                        |
///       +---- wait, reopen <-- failed <------ error --------+     given up: off
///
class Worker {
 public:
  Worker(const WorkerContext& context, WorkerDevice device);
  /// Asks for a stop and waits for the thread.
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  /// Gives the worker a new assignment; cuts the current race short when the new one is another.
  /// Any thread.
  void publish(Assignment assignment);

  /// Ends the thread soon, whatever is published afterwards; WorkerStopped is its last word. Any
  /// thread.
  void request_stop();

  const WorkerDevice& device() const { return device_; }

  /// Whether the device is being opened and never worked before, or was when the stop came: it has
  /// nothing to lose, and what a driver does there, compiling for minutes, nobody can end. Any
  /// thread.
  bool first_opening() const { return first_opening_; }

 private:
  void run();
  bool open_until_stop();
  base::Status open();
  bool failed(const base::Error& error, DeviceDown::Cause cause);
  void tell_failure(const base::Error& error, const FailureLadder::Step& next) const;
  base::Status work();
  base::Status step(const JobSlot::View& view);
  base::Status load(const Upcoming& sprint, bool between_ranges);
  base::Status no_room(const base::Error& error, const Upcoming& sprint, bool between_ranges);
  base::Status loaded(const Upcoming& sprint, bool between_ranges);
  base::Status calibrate(const poc::ModelSpec& model);
  base::Status measure(const poc::ModelSpec& model, RateEstimate& rate);
  base::Status race(const JobSlot::View& view);
  void ranged(const Race& race, const backends::RangeResult& result);
  base::Status pause(const JobSlot::View& view);
  base::Status wait(const JobSlot::View& view);
  void tell_plan();
  const Upcoming* next_to_load(const Assignment& assignment) const;
  void forget_all_but(const Assignment& assignment);
  bool stopping() const { return slot_.latest().assignment->stop; }
  void post(WorkerEvent event);
  void set_cancellable(backends::Device* device, bool testing = false) EXCLUDES(cancel_mutex_);

  const WorkerContext context_;
  const WorkerDevice device_;
  const std::string name_;  // label, for the log
  const base::Log log_;
  JobSlot slot_;

  // The worker thread's own.
  std::unique_ptr<backends::Device> open_device_;
  std::map<std::string, RateEstimate> rates_;  // by profile
  std::set<SprintKey> prepared_;               // sprints whose weights were told to be made
  std::set<SprintKey> impossible_;             // sprints whose weights do not fit at all
  std::optional<SprintKey> deferred_;          // does not fit beside the one being raced
  std::optional<SprintKey> rested_for_;        // all else gave way to it
  std::optional<SprintKey> loading_;           // since load_started_
  base::SteadyTime load_started_;
  NoncePlan plan_;  // of plan_race_
  SprintKey plan_race_ = 0;
  std::optional<SprintKey> finished_;  // raced to its end; what follows the pool tells
  bool resting_ = true;                // no weights resident
  std::string told_plan_;              // the device's plan, as last logged
  FailureLadder ladder_;
  bool was_up_ = false;

  // The one thing that another thread may reach of the open device.
  base::Mutex cancel_mutex_;
  backends::Device* cancellable_ GUARDED_BY(cancel_mutex_) = nullptr;
  bool testing_ GUARDED_BY(cancel_mutex_) = false;  // its self-test, which only a stop may end

  std::atomic<bool> calibrating_{false};  // a race that is published ends it
  std::atomic<bool> first_opening_{false};

  std::thread thread_;  // last: starts when all else is there
};

}  // namespace miner
