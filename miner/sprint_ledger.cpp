#include "miner/sprint_ledger.h"

#include <algorithm>
#include <utility>

namespace miner {
namespace {

using std::chrono::seconds;

// The protocol's least time from an announcement to T0; what is on its way is not late yet.
constexpr base::Micros kLead = seconds(10);
constexpr base::Micros kLeadSlack = seconds(1);
constexpr std::size_t kStretchesKept = 256;  // of a device before a start

}  // namespace

SprintLedger::SprintLedger(std::size_t devices) : devices_(devices) {}

void SprintLedger::logged_in(base::SteadyTime now) {
  advance(now);
  logged_in_ = true;
  ++logins_;
  logged_in_at_ = now;
}

void SprintLedger::session_lost(base::SteadyTime now) {
  advance(now);
  logged_in_ = false;
}

void SprintLedger::device_up(std::uint32_t device, base::SteadyTime now) {
  advance(now);
  meet(devices_.at(device), true, now);
}

void SprintLedger::meet(Device& device, bool up, base::SteadyTime now) {
  if (!std::exchange(device.known, true)) device.known_since = now;
  device.up = up;
}

void SprintLedger::device_down(std::uint32_t device, base::SteadyTime now) {
  advance(now);
  for (auto& [key, sprint] : sprints_) {
    Seat& seat = sprint.seats.at(device);
    // Between two results, and after the last one of a race, all are silent for a while: that this
    // was no work is known now, and only of the race in which it failed.
    if (now < sprint.t_end && doing_of(key, sprint, device) == Doing::kRaces) {
      at(seat.lost, LossCause::kDevice) += std::exchange(seat.silent, base::Micros(0));
    }
    seat.prepared = false;
    seat.after_fault = true;
  }
  meet(devices_.at(device), false, now);
}

void SprintLedger::paused(std::uint32_t device, std::optional<PauseCause> cause,
                          base::SteadyTime now) {
  advance(now);
  devices_.at(device).paused = cause;
}

void SprintLedger::rate(std::uint32_t device, const std::string& profile,
                        double nonces_per_second) {
  owner_.assert_here();
  if (nonces_per_second > 0) devices_.at(device).rates[profile] = nonces_per_second;
}

void SprintLedger::announced(SprintKey key, const std::string& id, const std::string& profile,
                             base::SteadyTime t0, base::SteadyTime t_end, base::SteadyTime now) {
  advance(now);
  if (sprints_.contains(key)) return;
  Sprint& sprint = sprints_[key];
  sprint.id = id;
  sprint.profile = profile;
  sprint.t0 = t0;
  sprint.t_end = t_end;
  sprint.announced_at = now;
  sprint.logged_in_at = logged_in_at_;
  sprint.first_session = logins_ <= 1;
  sprint.seats.resize(devices_.size());
  for (std::uint32_t i = 0; i < devices_.size(); ++i) {
    const Device& device = devices_[i];
    sprint.seats[i].after_fault = device.known && !device.up;
    // What of the race is over it could not take part in, unless it had other work.
    const base::SteadyTime from = std::max({t0, device.known_since, device.raced_until});
    if (from < now) remember(sprint.seats[i], {from, now, doing_of(key, sprint, i)});
  }
}

void SprintLedger::started(SprintKey key, base::SteadyTime t0, base::SteadyTime t_end,
                           base::SteadyTime now) {
  advance(now);
  const auto found = sprints_.find(key);
  if (found == sprints_.end() || found->second.started) return;
  Sprint& sprint = found->second;
  sprint.t0 = t0;
  sprint.t_end = t_end;
  sprint.started = true;
  replay(sprint);
}

void SprintLedger::prepared(SprintKey key, std::uint32_t device, base::SteadyTime now) {
  advance(now);
  Seat* seat = seat_of(key, device);
  if (seat == nullptr) return;
  seat->prepared = true;
  seat->after_fault = seat->no_room = false;
}

void SprintLedger::sits_out(SprintKey key, std::uint32_t device, base::SteadyTime now) {
  advance(now);
  if (Seat* seat = seat_of(key, device)) seat->no_room = true;
}

void SprintLedger::leased(SprintKey key, std::uint32_t device, std::optional<std::uint64_t> newest,
                          base::SteadyTime now) {
  advance(now);
  Seat* seat = seat_of(key, device);
  if (seat == nullptr) return;
  if (seat->lease != newest) seat->used_up = false;
  seat->lease = newest;
}

void SprintLedger::used_up(SprintKey key, std::uint32_t device, std::uint64_t newest,
                           base::SteadyTime now) {
  advance(now);
  Seat* seat = seat_of(key, device);
  if (seat != nullptr && seat->lease == newest) seat->used_up = true;  // else another has come
}

void SprintLedger::worked(SprintKey key, std::uint32_t device, base::SteadyTime at) {
  owner_.assert_here();
  Seat* seat = seat_of(key, device);
  if (seat == nullptr || !accounted_) return;
  const base::Micros since =
      std::clamp<base::Micros>(*accounted_ - at, base::Micros(0), seat->silent);
  seat->raced += seat->silent - since;
  seat->silent = since;
}

void SprintLedger::ended(SprintKey key, base::SteadyTime now) {
  advance(now);
  const auto found = sprints_.find(key);
  if (found != sprints_.end()) found->second.t_end = std::min(found->second.t_end, now);
}

void SprintLedger::forgotten(SprintKey key, base::SteadyTime now) {
  advance(now);
  const auto found = sprints_.find(key);
  if (found != sprints_.end()) found->second.forgotten = true;
}

void SprintLedger::tick(base::SteadyTime now) {
  advance(now);
}

std::vector<SprintKey> SprintLedger::open() const {
  std::vector<SprintKey> keys;
  for (const auto& [key, sprint] : sprints_) keys.push_back(key);
  return keys;
}

SprintLedger::Seat* SprintLedger::seat_of(SprintKey key, std::uint32_t device) {
  const auto found = sprints_.find(key);
  return found == sprints_.end() ? nullptr : &found->second.seats.at(device);
}

/// A device that races in a sprint is not missing in the next, should the two overlap; nor in one
/// that was forgotten, in place of which the pool has perhaps another.
bool SprintLedger::busy_elsewhere(SprintKey key, const Sprint& sprint, std::uint32_t device) const {
  const auto end = sprint.forgotten ? sprints_.end() : sprints_.lower_bound(key);
  return std::any_of(sprints_.begin(), end, [&](const auto& entry) {
    const Sprint& other = entry.second;
    const bool runs = other.started && !other.forgotten && *accounted_ < other.t_end;
    return runs && other.seats[device].lease;
  });
}

SprintLedger::Doing SprintLedger::doing_of(SprintKey key, const Sprint& sprint,
                                           std::uint32_t number) const {
  const Device& device = devices_[number];
  const Seat& seat = sprint.seats[number];
  if (!device.known || device.paused == PauseCause::kUser) return Doing::kNothing;
  if (busy_elsewhere(key, sprint, number)) return Doing::kNothing;
  if (!device.up || device.paused || seat.no_room) return Doing::kIsUnwell;
  if (sprint.forgotten) return Doing::kWaitsForPool;
  if (!seat.prepared) return seat.after_fault ? Doing::kIsUnwell : Doing::kMakesWeights;
  if (sprint.started && seat.lease && !seat.used_up) return Doing::kRaces;
  return logged_in_ ? Doing::kWaitsForPool : Doing::kWaitsForNetwork;
}

/// Gives the time since the last call to what was the case in it.
void SprintLedger::advance(base::SteadyTime now) {
  owner_.assert_here();
  if (!accounted_) accounted_ = now;
  while (*accounted_ < now) {
    base::SteadyTime to = now;  // or the end of a sprint, after which a device is free for others
    for (const auto& [key, sprint] : sprints_) {
      if (sprint.t_end > *accounted_) to = std::min(to, sprint.t_end);
    }
    account_until(to);
  }
}

void SprintLedger::account_until(base::SteadyTime to) {
  for (auto& [key, sprint] : sprints_) {
    for (std::uint32_t i = 0; i < devices_.size(); ++i) {
      Seat& seat = sprint.seats[i];
      const Stretch stretch{*accounted_, to, doing_of(key, sprint, i)};
      if (stretch.doing == Doing::kRaces) devices_[i].raced_until = to;
      if (sprint.started) {
        count(sprint, seat, stretch);
      } else {
        remember(seat, stretch);
      }
    }
  }
  accounted_ = to;
}

void SprintLedger::remember(Seat& seat, const Stretch& stretch) {
  auto& kept = seat.before_start;
  if (!kept.empty() && kept.back().doing == stretch.doing && kept.back().to == stretch.from) {
    kept.back().to = stretch.to;
    return;
  }
  kept.push_back(stretch);
  if (kept.size() > kStretchesKept) kept.pop_front();
}

/// What of a stretch lies in the race.
void SprintLedger::count(const Sprint& sprint, Seat& seat, const Stretch& stretch) {
  const base::SteadyTime from = std::max(stretch.from, sprint.t0);
  const base::SteadyTime to = std::min(stretch.to, sprint.t_end);
  if (from >= to) return;
  switch (stretch.doing) {
    case Doing::kNothing:
      break;
    case Doing::kRaces:
      seat.silent += to - from;
      break;
    case Doing::kMakesWeights:
      count_weights(sprint, seat, from, to);
      break;
    case Doing::kWaitsForPool:
      at(seat.lost, LossCause::kPool) += to - from;
      break;
    case Doing::kWaitsForNetwork:
      at(seat.lost, LossCause::kNetwork) += to - from;
      break;
    case Doing::kIsUnwell:
      at(seat.lost, LossCause::kDevice) += to - from;
      break;
  }
}

/// Weights that are late: as late as their announcement was, and more. See the class.
void SprintLedger::count_weights(const Sprint& sprint, Seat& seat, base::SteadyTime from,
                                 base::SteadyTime to) {
  const base::SteadyTime owed = sprint.t0 - kLead;
  const base::Micros late = std::max(sprint.announced_at - owed, base::Micros(0));
  const base::Micros out = std::clamp(sprint.logged_in_at - owed, base::Micros(0), late);
  const bool in_time = late <= kLeadSlack;
  const base::SteadyTime network_until = sprint.t0 + (in_time ? base::Micros(0) : out);
  const base::SteadyTime late_until = sprint.t0 + (in_time ? base::Micros(0) : late);
  const auto share = [&](LossCause cause, base::SteadyTime begin, base::SteadyTime end) {
    const base::Micros time = std::min(to, end) - std::max(from, begin);
    at(seat.lost, cause) += std::max(time, base::Micros(0));
  };
  if (!sprint.first_session) share(LossCause::kNetwork, from, network_until);
  share(LossCause::kLateAnnouncement, network_until, late_until);
  share(LossCause::kWeights, late_until, to);
}

void SprintLedger::replay(Sprint& sprint) {
  for (Seat& seat : sprint.seats) {
    for (const Stretch& stretch : std::exchange(seat.before_start, {})) {
      count(sprint, seat, stretch);
    }
  }
}

}  // namespace miner
