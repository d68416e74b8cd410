// How a race's difficulties follow what its devices find.
#include <algorithm>
#include <utility>

#include "pool/race.h"

namespace pool {
namespace {

constexpr base::Micros kShortestAdjusted = std::chrono::seconds(20);
constexpr base::Micros kLeastLeft = std::chrono::seconds(10);  // for a device that comes late
constexpr std::uint64_t kTellingShares = 6;  // a rate by fewer is off by more than 40 %

}  // namespace

/// Not where the difficulty is fixed, nor in sprints so short that a change would come too late,
/// nor where the miner cannot be told.
bool Race::adjusts(const Participant& who) const {
  return !config_.difficulty && config_.sprint_length >= kShortestAdjusted && who.wire != nullptr &&
         who.wire->hears_of_leases();
}

/// The device's difficulty is adjusted from `begin` on, if it is at all.
void Race::adjust_from(const Participant& who, std::uint32_t number, Participant::Device& device,
                       base::UnixTime begin) {
  const Adjustments::Key key{who.session, number};
  if (!adjusts(who) || device.difficulty == 0 || adjustments_.has(key)) return;
  begin = std::max(begin, sprint_.start.t0);
  if (sprint_.start.t_end - begin < kLeastLeft) return;
  device.since = begin;
  adjustments_.begin(key,
                     Vardiff(device.difficulty, config_.shares_wanted, begin, sprint_.start.t_end));
}

/// A share was stored. It says something of its device's difficulty if its lease has that.
void Race::count(Participant& who, const stratum::server::SubmitWanted& wanted,
                 std::uint64_t difficulty) {
  const auto* granted = leases_.holding(wanted.share.lease, who.account, wanted.share.nonce);
  const auto device = who.devices.find(granted->lease.device);
  if (device == who.devices.end()) return;  // another session's of the account
  Participant::Device& its = device->second;
  ++its.shares;
  its.credit += difficulty;
  if (std::find(its.open.begin(), its.open.end(), granted->lease.id) == its.open.end()) return;
  adjustments_.found({who.session, device->first}, wanted.stamp);
}

std::vector<Race::Adjusted> Race::adjust(base::UnixTime now) {
  std::vector<Adjusted> adjusted;
  if (phase_ != Phase::kRunning) return adjusted;
  for (const auto& [key, difficulty] : adjustments_.take(now)) {
    const auto found = participants.find(key.first);
    if (found == participants.end() || found->second.wire == nullptr) {
      adjustments_.leave(key);  // nobody is there to hear of it
      continue;
    }
    if (auto moved = move(found->second, key.second, difficulty)) {
      adjusted.push_back(std::move(*moved));
    }
  }
  return adjusted;
}

/// To a new lease. What it is to leave are all before: it may not have heard of some of the
/// changes.
std::optional<Race::Adjusted> Race::move(Participant& who, std::uint32_t number,
                                         std::uint64_t difficulty) {
  Participant::Device& device = who.devices.at(number);
  if (device.leases >= kMaxLeasesOfDevice) return std::nullopt;
  const auto lease = leases_.grant(who.account, number, device.bits, difficulty);
  if (!lease) return std::nullopt;
  ++device.leases;
  device.difficulty = difficulty;
  device.earlier.insert(device.earlier.end(), device.open.begin(), device.open.end());
  device.open = {lease->id};
  return Adjusted{who.session, *lease, device.earlier};
}

std::vector<Race::Adjusted> Race::adjust_again(Participant& who) {
  std::vector<Adjusted> adjusted;
  if (phase_ != Phase::kRunning || !adjusts(who)) return adjusted;
  for (auto& [number, device] : who.devices) {
    if (device.earlier.empty()) continue;
    if (auto moved = move(who, number, device.difficulty)) adjusted.push_back(std::move(*moved));
  }
  return adjusted;
}

std::map<std::uint32_t, std::uint64_t> Race::rates(const Participant& who) const {
  std::map<std::uint32_t, std::uint64_t> rates;
  if (!verdict(who).voided.empty()) return rates;
  for (const auto& [number, device] : who.devices) {
    if (device.shares < kTellingShares || device.since == base::UnixTime()) continue;
    const base::Micros time = sprint_.start.t_end - device.since;
    const double per_second = static_cast<double>(device.credit) / base::in_seconds(time);
    rates[number] = static_cast<std::uint64_t>(per_second * 1000);
  }
  return rates;
}

}  // namespace pool
