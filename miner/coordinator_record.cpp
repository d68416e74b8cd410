// The coordinator's books: sprints that were raced until their results, records of them, and what
// the snapshot shows.
#include <algorithm>
#include <utility>

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

/// T_end has passed: on our clock, or the pool says so.
void Coordinator::race_ended(SprintKey key, Raced& raced) {
  // A sprint that was left for another pool's did not run to its end.
  if (std::exchange(raced.ended, true) || raced.pool != sprints_pool_) return;
  board_.race_over(key, raced.t_end);
}

SprintSnapshot Coordinator::shown_sprint(base::SteadyTime now) const {
  SprintSnapshot shown;
  const Scheduler::Sprint* sprint = scheduler_.current();
  if (sprint != nullptr) {
    const bool racing = sprint->race != nullptr;
    shown.phase = racing ? SprintPhase::kRacing : SprintPhase::kAnnounced;
    shown.left = std::max((racing ? sprint->t_end : sprint->t0) - now, base::Micros(0));
  } else {
    for (const auto& [key, raced] : raced_) {
      if (raced.pool == sprints_pool_) sprint = scheduler_.find(key);
    }
    if (sprint == nullptr) return shown;
    shown.phase = SprintPhase::kEnded;
  }
  const auto raced = raced_.find(sprint->key);
  const bool started = raced != raced_.end();
  shown.number = started ? raced->second.number : started_ + 1;
  shown.id = sprint->announcement.sprint;
  shown.profile = poc::to_string(sprint->announcement.profile);
  shown.length = started ? raced->second.length : sprint->t_end - sprint->t0;
  return shown;
}

bool Coordinator::nothing_under_way() const {
  return std::none_of(raced_.begin(), raced_.end(),
                      [this](const auto& entry) { return entry.second.pool == pool_; });
}

void Coordinator::fill_pools(std::vector<PoolListing>& pools) const {
  for (PoolListing& pool : pools) {
    const auto done = done_of_pool_.find(pool.number);
    pool.sprints = done == done_of_pool_.end() ? 0 : done->second;
    const ShareDesk::Yield yield = desk_.yield_of(pool.number);
    pool.accepted = yield.accepted;
    pool.credit = yield.credit;
  }
}

void Coordinator::write_to(Snapshot& snapshot, base::SteadyTime now) const {
  board_.write_to(snapshot, now);
  snapshot.solo = solo_;
  snapshot.sprint = shown_sprint(now);
  fill_pools(snapshot.pools);
  snapshot.shares = desk_.counts();
  snapshot.times = desk_.times();
  snapshot.losses = ledger_.totals();
  for (std::uint32_t i = 0; i < snapshot.devices.size(); ++i) {
    snapshot.devices[i].shares = desk_.counts_of(i);
    const auto& paused = scheduler_.paused(i);
    snapshot.devices[i].paused_by_user = paused && paused->cause == PauseCause::kUser;
  }
  snapshot.credit = desk_.credit();
  snapshot.best_difficulty = desk_.best_difficulty();
  snapshot.sprints = done_;
  snapshot.last_sprints.assign(records_.begin(), records_.end());
  snapshot.rates = rates_;
  snapshot.last_rates = last_rates_;
  snapshot.credit_checks = credit_.counts();
}

/// Closes the book on a sprint that we raced.
void Coordinator::record(SprintKey key, const std::optional<Paid>& paid) {
  const Scheduler::Sprint& sprint = *scheduler_.find(key);
  Raced& raced = raced_.at(key);
  if (paid) race_ended(key, raced);
  note_results(key);
  // Nobody but its pool could have told; it does so only to those that are connected.
  const bool with_pool = logged_in_ && raced.pool == pool_;
  tell_lost(
      paid ? ledger_.close(key, now_)
           : ledger_.close_void(key, with_pool ? LossCause::kPool : LossCause::kNetwork, now_));
  keep_record(sprint, raced, paid);
  ++done_;
  ++done_of_pool_[raced.pool];
  raced_.erase(key);
  desk_.give_up(key);  // nothing is open any more; drops its book
  board_.forget_sprint(key);
  scheduler_.forget(key);
}

void Coordinator::keep_record(const Scheduler::Sprint& sprint, const Raced& raced,
                              const std::optional<Paid>& paid) {
  const poc::Profile& profile = sprint.announcement.profile;
  SprintRecord record{sprint.announcement.sprint,
                      profile,
                      raced.length,
                      board_.sprint_nonces(sprint.key),
                      desk_.found_in(sprint.key),
                      paid ? std::optional(paid->credit) : std::nullopt,
                      desk_.times_in(sprint.key)};
  WeightedCount shares = paid ? paid->shares : WeightedCount();
  shares.largest =
      std::max(shares.largest, static_cast<double>(scheduler_.largest_difficulty(sprint.key)));
  record.work = work_of(raced.length, static_cast<double>(profile.mac_per_nonce()), record.nonces,
                        shares, record.credit);
  if (paid) {
    record.rates = rates_of(record.work);
    work_ += record.work;
  }
  records_.push_back(std::move(record));
  if (records_.size() > kRecordsKept) records_.pop_front();
  note_rates();
}

/// The book was closed before the result came: now there is something to hold the work against.
void Coordinator::record_late(const stratum::SprintResult& result, const WeightedCount& shares) {
  ledger_.take_back(result.sprint);
  for (SprintRecord& record : records_) {
    if (record.id != result.sprint || record.credit) continue;
    record.credit = result.credit;
    record.work += work_of(base::Micros(0), static_cast<double>(record.profile.mac_per_nonce()), 0,
                           shares, result.credit);
    record.rates = rates_of(record.work);
    work_ += record.work;
  }
  note_rates();
}

/// They change with the records alone, and snapshots are many.
void Coordinator::note_rates() {
  SprintWork last;
  for (const SprintRecord& record : records_) {
    if (record.credit) last += record.work;
  }
  rates_ = rates_of(work_);
  last_rates_ = rates_of(last);
}

}  // namespace miner
