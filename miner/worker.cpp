#include "miner/worker.h"

#include <fmt/core.h>
#include <pthread.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "backends/api/self_test.h"
#include "base/clock.h"

namespace miner {
namespace {

using std::chrono::duration;

constexpr auto kCalibration = std::chrono::milliseconds(100);

using base::in_seconds;

}  // namespace

Worker::Worker(const WorkerContext& context, WorkerDevice device)
    : context_(context),
      device_(std::move(device)),
      name_(device_.info.label()),
      log_(context.sink, name_),
      ladder_(context.reopen_after),
      thread_([this] { run(); }) {
  pthread_setname_np(thread_.native_handle(), fmt::format("m-dev{}", device_.number).c_str());
}

Worker::~Worker() {
  request_stop();
  thread_.join();
}

void Worker::request_stop() {
  Assignment stop;
  stop.stop = true;
  publish(std::move(stop));
}

void Worker::publish(Assignment assignment) {
  const auto before = slot_.latest().assignment;
  const bool another_race = assignment.race == nullptr || before->race == nullptr ||
                            assignment.race->key != before->race->key;
  const bool ends_race = before->race != nullptr && (another_race || assignment.paused.has_value());
  const bool begins_race = assignment.race != nullptr && another_race;
  assignment.stop = assignment.stop || before->stop;
  const bool stop = assignment.stop;
  slot_.publish(std::make_shared<const Assignment>(std::move(assignment)));
  // Read after the slot is filled: a worker that begins to calibrate from here on sees it.
  if (!stop && !ends_race && !(begins_race && calibrating_)) return;
  base::MutexLock lock(cancel_mutex_);
  if (cancellable_ != nullptr && (stop || !testing_)) cancellable_->cancel();
}

void Worker::set_cancellable(backends::Device* device, bool testing) {
  base::MutexLock lock(cancel_mutex_);
  cancellable_ = device;
  testing_ = testing;
}

void Worker::post(WorkerEvent event) {
  if (!context_.mailbox.post({device_.number, std::move(event)})) {
    log_.error("the mailbox is full: an event was dropped");
  }
}

void Worker::run() {
  while (!stopping() && open_until_stop()) {
    const base::Status status = work();
    if (status.ok() || !failed(status.error(), DeviceDown::Cause::kWork)) break;
  }
  set_cancellable(nullptr);
  open_device_.reset();
  post(WorkerStopped{});
}

/// Opens the device, trying again after failures; false when it is given up or a stop came.
bool Worker::open_until_stop() {
  while (!stopping()) {
    context_.board.set_state(device_.number, DeviceState::kStarting);
    const base::Status opened = open();
    if (opened.ok()) {
      const base::Status tested = backends::self_test(*open_device_, [this] { return stopping(); });
      if (tested.ok()) {
        ladder_.up(context_.clock.now());
        was_up_ = true;
        set_cancellable(open_device_.get());
        post(DeviceUp{});
        return true;
      }
      const bool wrong = tested.error().fault == base::Fault::kWrong;
      const auto cause = wrong ? DeviceDown::Cause::kSelfTest : DeviceDown::Cause::kOpen;
      if (stopping() || !failed(tested.error(), cause)) return false;
    } else if (!failed(opened.error(), DeviceDown::Cause::kOpen)) {
      return false;
    }
  }
  return false;
}

base::Status Worker::open() {
  first_opening_ = !was_up_;
  auto opened = device_.backend->open(device_.info.index, device_.options);
  if (!stopping()) first_opening_ = false;
  ASSIGN_OR_RETURN(open_device_, std::move(opened));
  set_cancellable(open_device_.get(), /*testing=*/true);
  return base::Ok{};
}

/// Closes the device after an error, then waits before it may be opened again; false when it is
/// given up.
bool Worker::failed(const base::Error& error, DeviceDown::Cause cause) {
  set_cancellable(nullptr);
  open_device_.reset();
  prepared_.clear();
  deferred_.reset();
  loading_.reset();
  calibrating_ = false;
  const auto next = ladder_.failed(cause, error.fault, context_.clock.now());
  tell_failure(error, next);
  context_.board.set_state(device_.number, next.off ? DeviceState::kOff : DeviceState::kFailed,
                           error.message);
  post(DeviceDown{next.off, cause, error.message});
  const base::SteadyTime reopen = base::SystemClock().now() + next.pause;
  while (!next.off) {
    const JobSlot::View view = slot_.latest();
    if (view.assignment->stop || !slot_.wait_newer(view.generation, reopen)) break;
  }
  return !next.off;
}

void Worker::tell_failure(const base::Error& error, const FailureLadder::Step& next) const {
  if (next.off)
    return log_.error("given up", {{"failures", next.failures}, {"reason", error.message}});
  log_.error("failed", {{"failures", next.failures},
                        {"opened_again_in_s", in_seconds(next.pause)},
                        {"reason", error.message}});
}

/// Follows the assignments until a stop (Ok) or an error of the device.
base::Status Worker::work() {
  for (;;) {
    const JobSlot::View view = slot_.latest();
    if (view.assignment->stop) return base::Ok{};
    forget_all_but(*view.assignment);
    RETURN_IF_ERROR(step(view));
  }
}

/// One thing to do: a race, a step of weights, or waiting for news.
base::Status Worker::step(const JobSlot::View& view) {
  const Assignment& assignment = *view.assignment;
  if (assignment.paused) return pause(view);
  const auto& race = assignment.race;
  if (race != nullptr && finished_ != race->key && !impossible_.contains(race->key)) {
    const Upcoming sprint{race->key, race->spec.model};
    return prepared_.contains(race->key) ? this->race(view) : load(sprint, false);
  }
  if (const Upcoming* sprint = next_to_load(assignment)) return load(*sprint, false);
  return wait(view);
}

/// The first sprint to come whose weights fit, unless they are made: those of one after it could
/// take their place.
const Upcoming* Worker::next_to_load(const Assignment& assignment) const {
  const auto& upcoming = assignment.upcoming;
  const auto first = std::find_if(upcoming.begin(), upcoming.end(), [this](const Upcoming& sprint) {
    return !impossible_.contains(sprint.key);
  });
  return first == upcoming.end() || prepared_.contains(first->key) ? nullptr : &*first;
}

/// What is remembered of sprints that are over is of no use to anyone.
void Worker::forget_all_but(const Assignment& assignment) {
  const auto over = [&](SprintKey key) {
    const auto& upcoming = assignment.upcoming;
    return (assignment.race == nullptr || assignment.race->key != key) &&
           std::none_of(upcoming.begin(), upcoming.end(),
                        [key](const Upcoming& sprint) { return sprint.key == key; });
  };
  std::erase_if(prepared_, over);
  std::erase_if(impossible_, over);
}

/// One step of a sprint's weights. `between_ranges`: while another sprint is raced.
base::Status Worker::load(const Upcoming& sprint, bool between_ranges) {
  if (loading_ != sprint.key) {
    loading_ = sprint.key;
    load_started_ = context_.clock.now();
  }
  const auto progress = open_device_->prepare(sprint.model);
  if (!progress.ok()) return no_room(progress.error(), sprint, between_ranges);
  resting_ = false;
  if (progress->ready()) return loaded(sprint, between_ranges);
  if (!between_ranges) {
    context_.board.set_loading(device_.number, static_cast<double>(progress->done_bytes) /
                                                   static_cast<double>(progress->total_bytes));
  }
  return base::Ok{};
}

/// Weights that do not fit, or no group beside them: later, if something else is resident; else not
/// at all.
base::Status Worker::no_room(const base::Error& error, const Upcoming& sprint,
                             bool between_ranges) {
  if (error.fault != base::Fault::kNoMemory) return error;
  loading_.reset();
  if (between_ranges) {
    deferred_ = sprint.key;
    return base::Ok{};
  }
  const bool alone = resting_ || rested_for_ == sprint.key;  // it may run out at a later step
  open_device_->rest();
  prepared_.clear();
  resting_ = true;
  rested_for_ = sprint.key;
  if (alone) {
    impossible_.insert(sprint.key);
    log_.error("sits this sprint out", {{"reason", error.message}});
    context_.board.set_state(device_.number, DeviceState::kIdle, error.message);
    post(DeviceSitsOut{sprint.key, error.message});
  }
  return base::Ok{};
}

base::Status Worker::loaded(const Upcoming& sprint, bool between_ranges) {
  const double took = std::round(in_seconds(context_.clock.now() - load_started_) * 1000) / 1000;
  loading_.reset();
  prepared_.insert(sprint.key);
  const std::string profile = poc::to_string(sprint.model.profile);
  log_.info("weights made", {{"profile", profile}, {"took_s", took}});
  if (!between_ranges) {
    const base::Status measured = calibrate(sprint.model);
    if (!measured.ok()) return no_room(measured.error(), sprint, false);
  }
  const double rate = rates_[profile].nonces_per_second().value_or(0);
  post(DevicePrepared{sprint.key, static_cast<std::uint64_t>(rate * 1000),
                      context_.clock.now() - load_started_});
  return base::Ok{};
}

/// Measures a first rate on a profile, so that the pool's first lease has a fitting difficulty.
/// Ends early when a race is published.
base::Status Worker::calibrate(const poc::ModelSpec& model) {
  RateEstimate& rate = rates_[poc::to_string(model.profile)];
  if (rate.nonces_per_second()) return base::Ok{};
  context_.board.set_loading(device_.number, 1.0);
  calibrating_ = true;
  base::Status measured = measure(model, rate);
  calibrating_ = false;
  return measured;
}

base::Status Worker::measure(const poc::ModelSpec& model, RateEstimate& rate) {
  RETURN_IF_ERROR(open_device_->start({model, {}, {}}));
  const base::SteadyTime end = context_.clock.now() + kCalibration;
  while (slot_.latest().assignment->race == nullptr && !stopping() && context_.clock.now() < end) {
    RETURN_IF_ERROR(open_device_->enqueue({0, open_device_->group_size(), poc::Target::none()}));
    const auto result = open_device_->collect();
    // Not kNoMemory, which is answered by a rest, and that asks for nothing in flight.
    if (!result.ok()) return base::device_fault(result.message());
    rate.add(result->evaluated, result->busy);
  }
  return base::Ok{};
}

}  // namespace miner
