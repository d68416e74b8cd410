// How a race's difficulties follow what its devices find.
#include <algorithm>
#include <utility>

#include "pool/race.h"

namespace pool {
namespace {

constexpr base::Micros kShortestAdjusted = std::chrono::seconds(20);
constexpr std::uint64_t kTellingShares = 6;  // a rate by fewer is off by more than 40 %

}  // namespace

/// The device's difficulty is adjusted from `begin` on, if it is at all: not where it is fixed, nor
/// in sprints so short that a change would come too late, nor where the miner cannot be told.
void Race::adjust_from(const Participant& who, std::uint32_t device, base::UnixTime begin) {
  if (config_.difficulty || sprint_.start.t_end - sprint_.start.t0 < kShortestAdjusted) return;
  if (who.wire == nullptr || !who.wire->hears_of_leases()) return;
  const std::uint64_t difficulty = who.devices.at(device).difficulty;
  if (difficulty == 0) return;  // of an earlier run of the pool
  begin = std::max(begin, sprint_.start.t0);
  adjustments_.begin({who.session, device},
                     Vardiff(difficulty, config_.shares_wanted, begin, sprint_.start.t_end));
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
    Participant& who = found->second;
    Participant::Device& device = who.devices.at(key.second);
    const auto lease = leases_.grant(who.account, key.second, device.bits, difficulty);
    if (!lease) continue;
    ++device.leases;
    device.difficulty = difficulty;
    adjusted.push_back({key.first, *lease, std::exchange(device.open, {lease->id})});
  }
  return adjusted;
}

std::map<std::uint32_t, std::uint64_t> Race::rates(const Participant& who) const {
  std::map<std::uint32_t, std::uint64_t> rates;
  const base::Micros length = sprint_.start.t_end - sprint_.start.t0;
  if (length < kShortestAdjusted || !verdict(who).voided.empty()) return rates;
  for (const auto& [number, device] : who.devices) {
    if (device.shares < kTellingShares) continue;
    const double per_second = static_cast<double>(device.credit) / base::in_seconds(length);
    rates[number] = static_cast<std::uint64_t>(per_second * 1000);
  }
  return rates;
}

}  // namespace pool
