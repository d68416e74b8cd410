#include "miner/board.h"

#include <algorithm>
#include <utility>

namespace miner {
namespace {

Rates rates_of(const RateWindow& window, base::SteadyTime now) {
  return {window.per_second(10, now), window.per_second(60, now), window.per_second(900, now)};
}

}  // namespace

Board::Board(std::vector<backends::DeviceInfo> devices, base::SteadyTime start)
    : infos_(std::move(devices)),
      entries_(infos_.size(), Entry{{}, RateWindow(start), RateWindow(start)}),
      nonces_(start),
      macs_(start) {}

void Board::set_state(std::uint32_t device, DeviceState state, std::string reason) {
  base::MutexLock lock(mutex_);
  DeviceSnapshot& shown = entries_.at(device).shown;
  shown.state = state;
  shown.reason = std::move(reason);
}

bool Board::any_racing() const {
  base::MutexLock lock(mutex_);
  return std::any_of(entries_.begin(), entries_.end(),
                     [](const Entry& entry) { return entry.shown.state == DeviceState::kRacing; });
}

void Board::set_paused(std::uint32_t device, const Pause& pause) {
  base::MutexLock lock(mutex_);
  DeviceSnapshot& shown = entries_.at(device).shown;
  shown.state = DeviceState::kPaused;
  shown.reason = pause.reason;
  shown.pause_cause = pause.cause;
}

void Board::set_loading(std::uint32_t device, double share) {
  base::MutexLock lock(mutex_);
  DeviceSnapshot& shown = entries_.at(device).shown;
  shown.state = DeviceState::kLoading;
  shown.loading = share;
  shown.reason.clear();
}

void Board::open_sprint(SprintKey sprint) {
  base::MutexLock lock(mutex_);
  sprints_.try_emplace(sprint);
}

void Board::add_work(std::uint32_t device, SprintKey sprint, std::uint64_t nonces, double macs,
                     base::SteadyTime now) {
  base::MutexLock lock(mutex_);
  Entry& entry = entries_.at(device);
  const auto amount = static_cast<double>(nonces);
  entry.shown.nonces += nonces;
  entry.nonces.add(now, amount);
  entry.macs.add(now, macs);
  nonces_.add(now, amount);
  macs_.add(now, macs);
  total_nonces_ += nonces;
  total_macs_ += macs;
  const auto open = sprints_.find(sprint);
  if (open == sprints_.end() || nonces == 0) return;
  Sprint& raced = open->second;
  raced.nonces += nonces;
  raced.last_result[device] = now;
  if (raced.over) entry.shown.margin = *raced.over - now;
}

void Board::add_found(std::uint32_t device) {
  base::MutexLock lock(mutex_);
  ++entries_.at(device).shown.found;
}

std::uint64_t Board::add_hardware_error(std::uint32_t device) {
  base::MutexLock lock(mutex_);
  return ++entries_.at(device).shown.hardware_errors;
}

std::uint64_t Board::sprint_nonces(SprintKey sprint) const {
  base::MutexLock lock(mutex_);
  const auto found = sprints_.find(sprint);
  return found == sprints_.end() ? 0 : found->second.nonces;
}

std::map<std::uint32_t, base::SteadyTime> Board::last_results(SprintKey sprint) const {
  base::MutexLock lock(mutex_);
  const auto found = sprints_.find(sprint);
  return found == sprints_.end() ? std::map<std::uint32_t, base::SteadyTime>()
                                 : found->second.last_result;
}

void Board::race_over(SprintKey sprint, base::SteadyTime t_end) {
  base::MutexLock lock(mutex_);
  const auto found = sprints_.find(sprint);
  if (found == sprints_.end()) return;
  found->second.over = t_end;
  for (const auto& [device, at] : found->second.last_result) {
    entries_.at(device).shown.margin = t_end - at;
  }
}

void Board::forget_sprint(SprintKey sprint) {
  base::MutexLock lock(mutex_);
  sprints_.erase(sprint);
}

void Board::write_to(Snapshot& snapshot, base::SteadyTime now) const {
  snapshot.devices.reserve(infos_.size());
  {
    base::MutexLock lock(mutex_);
    for (const Entry& entry : entries_) {
      DeviceSnapshot& shown = snapshot.devices.emplace_back(entry.shown);
      shown.nonces_per_second = rates_of(entry.nonces, now);
      shown.mac_per_second = rates_of(entry.macs, now);
    }
    snapshot.nonces_per_second = rates_of(nonces_, now);
    snapshot.mac_per_second = rates_of(macs_, now);
    snapshot.nonces = total_nonces_;
    snapshot.macs = total_macs_;
  }
  for (std::size_t i = 0; i < infos_.size(); ++i) snapshot.devices[i].info = infos_[i];
}

}  // namespace miner
