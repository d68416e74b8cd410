// A worker between its weights and the end of a race: racing, pausing, waiting.
#include <utility>

#include "miner/race_runner.h"
#include "miner/worker.h"

namespace miner {

base::Status Worker::race(const JobSlot::View& view) {
  const std::shared_ptr<const Race> race = view.assignment->race;
  ASSIGN_OR_RETURN(const backends::PrepareProgress weights,
                   open_device_->prepare(race->spec.model));
  if (!weights.ready()) {  // given up for those of another sprint meanwhile
    prepared_.erase(race->key);
    return base::Ok{};
  }
  if (plan_race_ != race->key) {
    plan_ = NoncePlan();
    plan_race_ = race->key;
    deferred_.reset();
  }
  context_.board.set_state(device_.number, DeviceState::kRacing);
  RaceRunner::Hooks hooks;
  hooks.ranged = [&](const backends::RangeResult& result) { ranged(*race, result); };
  hooks.found = [&](const stratum::Lease& lease, const backends::Candidate& candidate) {
    context_.board.add_found(device_.number);
    post(CandidateFound{race, lease, candidate, context_.clock.now()});
  };
  hooks.low = [&] { post(LeaseLow{race->key}); };
  hooks.between = [&](const Assignment& assignment) -> base::Status {
    const Upcoming* next = next_to_load(assignment);
    return next == nullptr || deferred_ == next->key ? base::Status(base::Ok{}) : load(*next, true);
  };
  RaceRunner runner(*open_device_, slot_, context_.clock, plan_,
                    rates_[poc::to_string(race->spec.model.profile)], std::move(hooks));
  const auto end = runner.run(view);
  if (!end.ok()) return no_room(end.error(), {race->key, race->spec.model}, false);
  if (*end == RaceRunner::End::kOver) finished_ = race->key;
  if (*end == RaceRunner::End::kStarved) {
    if (const auto newest = plan_.newest()) post(LeasesUsedUp{race->key, *newest});
    slot_.wait_newer(view.generation, race->t_end);
  }
  return base::Ok{};
}

/// Logs how the device is set up, when that has changed.
void Worker::tell_plan() {
  std::string plan = open_device_->plan();
  if (plan.empty() || plan == told_plan_) return;
  told_plan_ = std::move(plan);
  log_.info("set up", {{"plan", told_plan_}});
}

void Worker::ranged(const Race& race, const backends::RangeResult& result) {
  tell_plan();
  const auto macs = static_cast<double>(result.evaluated) *
                    static_cast<double>(race.spec.model.profile.mac_per_nonce());
  context_.board.add_work(device_.number, race.key, result.evaluated, macs, context_.clock.now());
}

base::Status Worker::pause(const JobSlot::View& view) {
  open_device_->rest();
  resting_ = true;
  prepared_.clear();
  context_.board.set_paused(device_.number, *view.assignment->paused);
  slot_.wait_newer(view.generation);
  return base::Ok{};
}

/// Nothing to do until news come; the memory is given back when they do not come soon.
base::Status Worker::wait(const JobSlot::View& view) {
  const bool expecting = !view.assignment->upcoming.empty();
  context_.board.set_state(device_.number,
                           expecting && !resting_ ? DeviceState::kReady : DeviceState::kIdle);
  if (expecting || resting_) {
    slot_.wait_newer(view.generation);
  } else if (!slot_.wait_newer(view.generation, base::SystemClock().now() + context_.rest_after)) {
    open_device_->rest();
    resting_ = true;
    prepared_.clear();
  }
  return base::Ok{};
}

}  // namespace miner
