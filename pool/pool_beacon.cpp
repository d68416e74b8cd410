// How the pool's sprints come to the values of beacons that they start with.
#include "pool/pool.h"

namespace pool {

using base::in_seconds;

/// What is announced as the beacon of a sprint; nothing while the source has no name for it.
std::optional<std::string> Pool::beacon_name(const Slot& slot) {
  if (beacon_ == nullptr) return kNoBeacon;
  auto name = beacon_->name(slot.number, BeaconUse::kStart, slot.t0);
  if (!name && !std::exchange(nameless_, true)) {
    log_.warn("no sprint can be announced until the beacon is known", {{"number", slot.number}});
  }
  if (name) nameless_ = false;
  return name;
}

/// From now on it does not start without its value.
void Pool::await_beacon(const Race& race) {
  const stratum::Announcement& told = race.sprint().announcement;
  schedule_->hold();
  beacon_->want(race.sprint().number, BeaconUse::kStart, told.beacon, told.t0,
                told.t0 + Schedule::longest_wait(config_));
}

/// Whether a sprint that an earlier run announced can have its value from this one's source. One
/// whose source does not know its names yet is asked.
bool Pool::beacon_can_come(const Race& race) const {
  const stratum::Announcement& told = race.sprint().announcement;
  if (!race.sprint().has_beacon()) return true;
  if (beacon_ == nullptr) return false;
  const auto name = beacon_->name(race.sprint().number, BeaconUse::kStart, told.t0);
  return !name || *name == told.beacon;
}

void Pool::drawn(const BeaconValue& value, base::UnixTime now) {
  owner_.assert_here();
  value.use == BeaconUse::kStart ? on_start(value, now) : on_draw(value, now);
}

void Pool::on_start(const BeaconValue& value, base::UnixTime now) {
  tick(now);  // which cancels what it comes too late for
  const auto found = races_.find(value.sprint);
  if (found == races_.end()) return;
  Race& race = found->second;
  if (race.has_start_seed() || race.sprint().announcement.beacon != value.name) return;
  race.take_beacon(value.value);
  schedule_->open(now);
  const base::Micros late = now - race.sprint().announcement.t0;
  log_.info("beacon came", {{"sprint", race.id()},
                            {"beacon", value.name},
                            {"value", value.value},
                            {"after_s", std::max(in_seconds(late), 0.0)}});
  tick(now);
}

}  // namespace pool
