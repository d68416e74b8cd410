#include "miner/scheduler.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace miner {
namespace {

// A pool that says nothing at the end of a sprint: it is over for us a little later.
constexpr auto kEndOverdue = std::chrono::seconds(2);
// One that holds its start back until devices are ready: so long we wait for the start.
constexpr auto kStartOverdue = std::chrono::seconds(90);

}  // namespace

Scheduler::Scheduler(SchedulerPorts& ports, std::vector<std::string> names) : ports_(ports) {
  for (std::string& name : names) devices_.push_back({std::move(name), std::nullopt, {}});
}

SprintKey Scheduler::announced(const stratum::Announcement& announcement, base::SteadyTime t0,
                               base::SteadyTime t_end) {
  owner_.assert_here();
  connected_ = true;
  Entry* known = entry_of(announcement.sprint);
  if (known != nullptr &&
      (known->sprint.over || known->sprint.announcement.model_seed != announcement.model_seed ||
       known->sprint.announcement.commitment != announcement.commitment)) {
    known->sprint.over = true;  // the same id for something else: another pool's, or a restart's
    known = nullptr;
  }
  if (known == nullptr) {
    const SprintKey key = ++last_key_;
    known = &sprints_[key];
    known->sprint.key = key;
    known->devices.resize(devices_.size());
  }
  known->sprint.announcement = announcement;
  known->sprint.identity_hash = poc::sha256(base::as_bytes(announcement.identity));
  known->sprint.t0 = t0;
  known->sprint.t_end = t_end;
  ask_where_due(*known);
  publish_changes();
  return known->sprint.key;
}

void Scheduler::started(const stratum::StartNotice& notice, base::SteadyTime t0,
                        base::SteadyTime t_end) {
  owner_.assert_here();
  Entry* entry = entry_of(notice.sprint);
  if (entry == nullptr || entry->sprint.over) return;
  Sprint& sprint = entry->sprint;
  sprint.t0 = t0;
  sprint.t_end = t_end;
  Race race;
  race.key = sprint.key;
  race.sprint = notice.sprint;
  race.spec = {{sprint.announcement.profile, sprint.announcement.model_seed},
               notice.start_seed,
               sprint.identity_hash};
  race.t_end = t_end;
  race.pool_t_end = notice.t_end;
  // The same race told again, after a reconnect, is no news to the workers.
  if (sprint.race == nullptr || sprint.race->spec != race.spec) {
    sprint.race = std::make_shared<const Race>(std::move(race));
  }
  publish_changes();
}

void Scheduler::leased(const std::string& sprint, std::span<const stratum::Lease> leases,
                       std::span<const std::uint64_t> close) {
  owner_.assert_here();
  Entry* entry = entry_of(sprint);
  if (entry == nullptr) return;
  for (const stratum::Lease& lease : leases) {
    if (lease.device >= devices_.size()) continue;
    PerDevice& device = entry->devices[lease.device];
    device.asked = false;
    device.low = false;
    device.retry_at.reset();
    device.leases.push_back(lease);
  }
  for (PerDevice& device : entry->devices) {
    std::erase_if(device.leases, [&](const stratum::Lease& lease) {
      return std::find(close.begin(), close.end(), lease.id) != close.end();
    });
  }
  publish_changes();
}

void Scheduler::lease_refused(const std::string& sprint, std::span<const std::uint32_t> devices,
                              std::optional<base::SteadyTime> retry_at) {
  owner_.assert_here();
  Entry* entry = entry_of(sprint);
  if (entry == nullptr) return;
  for (const std::uint32_t number : devices) {
    if (number >= devices_.size()) continue;
    PerDevice& device = entry->devices[number];
    device.asked = false;
    device.refused = !retry_at.has_value();
    device.retry_at = retry_at;
  }
  publish_changes();
}

void Scheduler::over(const std::string& sprint) {
  owner_.assert_here();
  Entry* entry = entry_of(sprint);
  if (entry == nullptr) return;
  entry->sprint.over = true;
  publish_changes();
}

void Scheduler::session_lost() {
  owner_.assert_here();
  connected_ = false;
  for (auto& [key, entry] : sprints_) {
    for (PerDevice& device : entry.devices) {
      device.asked = false;
      device.retry_at.reset();
    }
  }
}

void Scheduler::drop_all() {
  owner_.assert_here();
  for (auto& [key, entry] : sprints_) entry.sprint.over = true;
  publish_changes();
}

void Scheduler::prepared(std::uint32_t device, SprintKey sprint, std::uint64_t rate_per_1000s) {
  owner_.assert_here();
  const auto found = sprints_.find(sprint);
  if (found == sprints_.end()) return;
  PerDevice& state = found->second.devices.at(device);
  state.prepared = true;
  state.rate_per_1000s = rate_per_1000s;
  ask_where_due(found->second);
}

void Scheduler::lease_low(std::uint32_t device, SprintKey sprint) {
  owner_.assert_here();
  const auto found = sprints_.find(sprint);
  if (found == sprints_.end()) return;
  found->second.devices.at(device).low = true;
  ask_where_due(found->second);
}

void Scheduler::device_down(std::uint32_t device) {
  owner_.assert_here();
  for (auto& [key, entry] : sprints_) entry.devices.at(device).prepared = false;
}

void Scheduler::pause(std::uint32_t device, Pause pause) {
  owner_.assert_here();
  std::optional<Pause>& paused = devices_.at(device).paused;
  if (paused) return;
  paused = std::move(pause);
  publish_changes();
}

void Scheduler::resume(std::uint32_t device) {
  owner_.assert_here();
  devices_.at(device).paused.reset();
  publish_changes();
}

void Scheduler::tick(base::SteadyTime now) {
  owner_.assert_here();
  for (auto& [key, entry] : sprints_) {
    if (entry.sprint.over) continue;
    const base::Micros overdue = entry.sprint.race != nullptr ? kEndOverdue : kStartOverdue;
    if (now > entry.sprint.t_end + overdue) entry.sprint.over = true;
    for (PerDevice& device : entry.devices) {
      if (device.retry_at && *device.retry_at <= now) device.retry_at.reset();
    }
    ask_where_due(entry);
  }
  // What never started leaves nothing behind that anyone could ask about.
  std::erase_if(sprints_, [](const auto& item) {
    return item.second.sprint.over && item.second.sprint.race == nullptr;
  });
  publish_changes();
}

const Scheduler::Sprint* Scheduler::find(SprintKey key) const {
  const auto found = sprints_.find(key);
  return found == sprints_.end() ? nullptr : &found->second.sprint;
}

const Scheduler::Sprint* Scheduler::find(const std::string& id) const {
  // The newest of that id: an older one is of another pool.
  for (auto at = sprints_.rbegin(); at != sprints_.rend(); ++at) {
    if (at->second.sprint.announcement.sprint == id) return &at->second.sprint;
  }
  return nullptr;
}

Scheduler::Entry* Scheduler::entry_of(const std::string& id) {
  const Sprint* sprint = find(id);
  return sprint == nullptr ? nullptr : &sprints_.at(sprint->key);
}

std::optional<std::uint64_t> Scheduler::newest_lease(SprintKey key, std::uint32_t device) const {
  const auto found = sprints_.find(key);
  if (found == sprints_.end()) return std::nullopt;
  const std::vector<stratum::Lease>& leases = found->second.devices.at(device).leases;
  return leases.empty() ? std::nullopt : std::optional(leases.back().id);
}

std::uint64_t Scheduler::largest_difficulty(SprintKey key) const {
  const auto found = sprints_.find(key);
  std::uint64_t largest = 0;
  if (found == sprints_.end()) return largest;
  for (const PerDevice& device : found->second.devices) {
    for (const stratum::Lease& lease : device.leases) {
      largest = std::max(largest, lease.difficulty);
    }
  }
  return largest;
}

const Scheduler::Sprint* Scheduler::current() const {
  const Sprint* next = nullptr;
  for (const auto& [key, entry] : sprints_) {
    const Sprint& sprint = entry.sprint;
    if (sprint.over) continue;
    if (sprint.race != nullptr) return &sprint;
    if (next == nullptr || sprint.t0 < next->t0) next = &sprint;
  }
  return next;
}

void Scheduler::forget(SprintKey key) {
  sprints_.erase(key);
  publish_changes();
}

void Scheduler::ask_where_due(Entry& entry) {
  if (entry.sprint.over || !connected_) return;
  std::vector<stratum::ReadyDevice> ready;
  for (std::uint32_t i = 0; i < devices_.size(); ++i) {
    PerDevice& device = entry.devices[i];
    const bool due = device.prepared && (device.leases.empty() || device.low) && !device.asked &&
                     !device.refused && !device.retry_at;
    if (!due) continue;
    device.asked = true;
    if (device.leases.empty()) {
      ready.push_back({i, devices_[i].name, device.rate_per_1000s});
    } else {
      ports_.request_lease(entry.sprint.announcement.sprint, i);
    }
  }
  for (std::size_t at = 0; at < ready.size(); at += stratum::kMaxReadyDevices) {
    const std::size_t count = std::min(stratum::kMaxReadyDevices, ready.size() - at);
    ports_.send_ready(entry.sprint.announcement.sprint, std::span(ready).subspan(at, count));
  }
}

/// The race that runs and for which the device has a lease; all else that is not over is to come,
/// but what the device will never get a lease of.
Assignment Scheduler::assignment_for(std::uint32_t device) const {
  Assignment assignment;
  assignment.paused = devices_[device].paused;
  std::vector<const Sprint*> coming;
  for (const auto& [key, entry] : sprints_) {
    if (entry.sprint.over) continue;
    const auto& leases = entry.devices[device].leases;
    if (leases.empty() && entry.devices[device].refused) continue;
    if (entry.sprint.race != nullptr && !leases.empty() && assignment.race == nullptr) {
      assignment.race = entry.sprint.race;
      assignment.leases = leases;
    } else {
      coming.push_back(&entry.sprint);
    }
  }
  std::stable_sort(coming.begin(), coming.end(),
                   [](const Sprint* a, const Sprint* b) { return a->t0 < b->t0; });
  for (const Sprint* sprint : coming) {
    assignment.upcoming.push_back(
        {sprint->key, {sprint->announcement.profile, sprint->announcement.model_seed}});
  }
  return assignment;
}

void Scheduler::publish_changes() {
  for (std::uint32_t i = 0; i < devices_.size(); ++i) {
    Assignment next = assignment_for(i);
    if (next == devices_[i].published) continue;
    devices_[i].published = next;
    ports_.publish(i, next);
  }
}

}  // namespace miner
