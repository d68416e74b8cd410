// The coordinator's books: sprints that were raced until their results, records of them, and what
// the snapshot shows.
#include <algorithm>

#include "miner/coordinator.h"

namespace miner {
namespace {

constexpr std::size_t kRecordsKept = 10;
// After T_end a pool must recompute what it has not yet, of all its miners. A session that saw the
// start is told the result when it is there; another one perhaps not.
constexpr auto kResultWithin = std::chrono::minutes(10);
constexpr auto kResultAfterLoss = std::chrono::seconds(30);

}  // namespace

base::SteadyTime Coordinator::result_due(const Raced& raced) {
  const base::SteadyTime after_loss = std::max(raced.t_end, raced.last_seen) + kResultAfterLoss;
  return std::min(raced.t_end + kResultWithin, after_loss);
}

/// The sprint of this id that was raced in this pool and has no result yet.
const Scheduler::Sprint* Coordinator::raced_here(const std::string& id) const {
  for (auto at = raced_.rbegin(); at != raced_.rend(); ++at) {
    const Scheduler::Sprint* sprint = scheduler_.find(at->first);
    if (at->second.pool == pool_ && sprint->announcement.sprint == id) return sprint;
  }
  return nullptr;
}

void Coordinator::write_to(Snapshot& snapshot, base::SteadyTime now) const {
  board_.write_to(snapshot, now);
  if (const Scheduler::Sprint* sprint = scheduler_.current()) {
    const bool racing = sprint->race != nullptr;
    snapshot.sprint.phase = racing ? SprintPhase::kRacing : SprintPhase::kAnnounced;
    snapshot.sprint.id = sprint->announcement.sprint;
    snapshot.sprint.profile = poc::to_string(sprint->announcement.profile);
    snapshot.sprint.left = std::max((racing ? sprint->t_end : sprint->t0) - now, base::Micros(0));
    snapshot.sprint.length = sprint->t_end - sprint->t0;
  }
  snapshot.shares = desk_.counts();
  snapshot.credit = desk_.credit();
  snapshot.best_difficulty = desk_.best_difficulty();
  snapshot.sprints = done_;
  snapshot.last_sprints.assign(records_.begin(), records_.end());
}

/// Closes the book on a sprint that we raced.
void Coordinator::record(SprintKey key, std::optional<std::uint64_t> credit) {
  const Scheduler::Sprint& sprint = *scheduler_.find(key);
  records_.push_back({sprint.announcement.sprint, sprint.announcement.profile,
                      raced_.at(key).length, board_.sprint_nonces(key), desk_.found_in(key),
                      credit});
  if (records_.size() > kRecordsKept) records_.pop_front();
  ++done_;
  raced_.erase(key);
  desk_.give_up(key);  // nothing is open any more; drops its book
  board_.forget_sprint(key);
  scheduler_.forget(key);
}

/// The book was closed before the result came.
void Coordinator::record_late(const stratum::SprintResult& result) {
  for (SprintRecord& record : records_) {
    if (record.id == result.sprint && !record.credit) record.credit = result.credit;
  }
}

}  // namespace miner
