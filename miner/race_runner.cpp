#include "miner/race_runner.h"

#include <numeric>
#include <utility>

namespace miner {
namespace {

constexpr std::size_t kRangesInFlight = 2;

base::Error as_fault(const base::Error& error) {
  return error.fault == base::Fault::kNoMemory ? base::device_fault(error.message) : error;
}

bool goes_on(const JobSlot::View& view, SprintKey race) {
  const Assignment& a = *view.assignment;
  return !a.stop && !a.paused && a.race != nullptr && a.race->key == race;
}

}  // namespace

/// Takes a newer assignment if there is one; false when it ends this race.
bool RaceRunner::refresh(JobSlot::View& view) {
  if (slot_.generation() == view.generation) return true;
  const SprintKey race = view.assignment->race->key;
  view = slot_.latest();
  if (!goes_on(view, race)) return false;
  plan_.update(view.assignment->leases);
  return true;
}

std::uint64_t RaceRunner::nonces_in_flight() const {
  return std::accumulate(
      in_flight_.begin(), in_flight_.end(), std::uint64_t{0},
      [](std::uint64_t sum, const NoncePlan::Draw& draw) { return sum + draw.range.count; });
}

/// Enqueues until two ranges are in flight, or none is to be added: no time, or no nonces left.
base::Status RaceRunner::fill(const Race& race) {
  while (in_flight_.size() < kRangesInFlight) {
    const std::uint64_t count = size_range(rate_.nonces_per_second(), device_.group_size(),
                                           race.t_end - clock_.now(), nonces_in_flight());
    no_time_ = count == 0;
    if (no_time_) return base::Ok{};
    const auto draw = plan_.draw(count);
    if (plan_.take_low()) hooks_.low();
    if (!draw) return base::Ok{};
    RETURN_IF_ERROR(device_.enqueue(draw->range));
    in_flight_.push_back(*draw);
  }
  return base::Ok{};
}

base::Status RaceRunner::collect() {
  auto collected = device_.collect();
  // Not kNoMemory, which is answered by a rest, and that asks for nothing in flight.
  if (!collected.ok()) return as_fault(collected.error());
  const backends::RangeResult result = std::move(collected).value();
  const stratum::Lease lease = in_flight_.front().lease;
  in_flight_.pop_front();
  cut_ = cut_ || result.evaluated < result.range.count;
  rate_.add(result.evaluated, result.busy);
  hooks_.ranged(result);
  for (const backends::Candidate& candidate : result.candidates) hooks_.found(lease, candidate);
  return base::Ok{};
}

base::Result<RaceRunner::End> RaceRunner::run(JobSlot::View view) {
  const std::shared_ptr<const Race> race = view.assignment->race;
  plan_.update(view.assignment->leases);
  cut_ = false;
  RETURN_IF_ERROR(device_.start(race->spec));
  // `start` forgot a cancel that may have been meant for this race, so the slot is looked at after
  // it: what is published from here on cancels again.
  bool racing = refresh(view);
  base::Status filled = base::Ok{};
  while (racing || !in_flight_.empty()) {
    if (racing) filled = fill(*race);
    if (!filled.ok()) {
      if (in_flight_.empty() || filled.error().fault != base::Fault::kNoMemory)
        return filled.error();
      racing = false;  // what is in flight has its memory
    }
    if (in_flight_.empty()) return no_time_ ? End::kOver : End::kStarved;
    RETURN_IF_ERROR(collect());
    racing = racing && !cut_ && refresh(view);
    if (racing) RETURN_IF_ERROR(hooks_.between(*view.assignment));
  }
  if (!filled.ok()) return filled.error();
  return End::kChanged;
}

}  // namespace miner
