// The ledger's books: what a sprint that is over has lost, and what that cost.
#include <algorithm>
#include <utility>

#include "miner/sprint_ledger.h"

namespace miner {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// So much of a device's time is nothing: the way of a start, and the error of a clock.
constexpr base::Micros kNegligible = milliseconds(250);
// A device plans its last range to end within the last twentieth of what is left.
constexpr base::Micros kSilentAtLeast = seconds(5);
constexpr int kSilentOneIn = 10;
constexpr std::size_t kVoidsKept = 10;

base::Micros sum_of_times(const std::array<base::Micros, kLossCauses>& times) {
  base::Micros sum{0};
  for (const base::Micros time : times) sum += time;
  return sum;
}

}  // namespace

std::optional<LostSprint> SprintLedger::close(SprintKey key, base::SteadyTime now) {
  const auto sprint = take(key, now);
  return sprint ? book(*sprint) : std::nullopt;
}

std::optional<LostSprint> SprintLedger::close_void(SprintKey key, LossCause cause,
                                                   base::SteadyTime now) {
  auto sprint = take(key, now);
  if (!sprint) return std::nullopt;
  const Loss loss = void_seats(*sprint, cause, now);
  auto lost = book(*sprint);
  if (lost && loss.time > base::Micros(0)) {
    voids_.push_back({sprint->id, cause, loss, loss.time == sum_of(lost->by_cause).time});
    if (voids_.size() > kVoidsKept) voids_.pop_front();
  }
  return lost;
}

void SprintLedger::take_back(const std::string& id) {
  owner_.assert_here();
  const auto found =
      std::find_if(voids_.begin(), voids_.end(), [&](const Void& entry) { return entry.id == id; });
  if (found == voids_.end()) return;
  const auto cause = static_cast<std::size_t>(found->cause);
  totals_.by_cause.at(cause) -= found->loss;
  if (found->all) --totals_.sprints;
  if (totals_.last && totals_.last->id == id) {
    totals_.last->by_cause.at(cause) -= found->loss;
    if (found->all) totals_.last.reset();
  }
  voids_.erase(found);
}

/// The sprint with all its time accounted; it is not known any more.
std::optional<SprintLedger::Sprint> SprintLedger::take(SprintKey key, base::SteadyTime now) {
  advance(now);
  auto found = sprints_.extract(key);
  if (found.empty()) return std::nullopt;
  Sprint sprint = std::move(found.mapped());
  replay(sprint);
  const base::Micros length = std::min(sprint.t_end, now) - sprint.t0;
  for (Seat& seat : sprint.seats) {
    const bool hung = seat.silent > std::max(kSilentAtLeast, length / kSilentOneIn);
    (hung ? at(seat.lost, LossCause::kDevice) : seat.raced) += seat.silent;
    seat.silent = base::Micros(0);
  }
  return sprint;
}

/// What was raced, and what would have been, is lost. Returns how much that is.
Loss SprintLedger::void_seats(Sprint& sprint, LossCause cause, base::SteadyTime now) const {
  Loss all;
  const base::Micros left = sprint.t_end - std::max(now, sprint.t0);
  for (std::uint32_t i = 0; i < devices_.size(); ++i) {
    const Device& device = devices_[i];
    Seat& seat = sprint.seats[i];
    base::Micros time = std::exchange(seat.raced, base::Micros(0));
    const bool here = device.known && device.paused != PauseCause::kUser;
    if (here) time += std::max(left, base::Micros(0));
    at(seat.lost, cause) += time;
    if (sum_of_times(seat.lost) > kNegligible) all += price(time, i, sprint.profile);
  }
  return all;
}

Loss SprintLedger::price(base::Micros time, std::uint32_t device,
                         const std::string& profile) const {
  const auto& rates = devices_[device].rates;
  const auto rate = rates.find(profile);
  if (rate == rates.end()) return {time, base::Micros(0), 0};
  return {time, time, rate->second * std::chrono::duration<double>(time).count()};
}

/// Adds a closed sprint to the totals, if anything of it was lost.
std::optional<LostSprint> SprintLedger::book(const Sprint& sprint) {
  LostSprint lost;
  lost.id = sprint.id;
  bool any = false;
  for (std::uint32_t i = 0; i < devices_.size(); ++i) {
    const Seat& seat = sprint.seats[i];
    const base::Micros time = sum_of_times(seat.lost);
    lost.of += seat.raced + time;
    if (time <= kNegligible) continue;
    any = true;
    for (std::size_t cause = 0; cause < kLossCauses; ++cause) {
      lost.by_cause.at(cause) += price(seat.lost.at(cause), i, sprint.profile);
    }
  }
  if (!any) return std::nullopt;
  ++totals_.sprints;
  for (std::size_t cause = 0; cause < kLossCauses; ++cause) {
    totals_.by_cause.at(cause) += lost.by_cause.at(cause);
  }
  totals_.last = lost;
  return lost;
}

}  // namespace miner
