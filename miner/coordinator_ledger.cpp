// The coordinator's part that tells the ledger of lost sprints what happens, and the user what it
// says.
#include <cmath>

#include "miner/coordinator.h"

namespace miner {

void Coordinator::stop_racing() {
  scheduler_.drop_all();
  for (const SprintKey key : ledger_.open()) ledger_.ended(key, now_);
}

/// What devices really did.
void Coordinator::note_results(SprintKey key) {
  for (const auto& [device, at] : board_.last_results(key)) ledger_.worked(key, device, at);
}

/// Sprints that were raced are closed with their record; those that never started are so when the
/// scheduler does not wait for them any more.
void Coordinator::tick_ledger() {
  ledger_.tick(now_);
  for (const SprintKey key : ledger_.open()) {
    if (raced_.contains(key)) {
      note_results(key);
      // One that ended or was left for another pool's has no time left that this could be about.
      if (scheduler_.find(key)->over) ledger_.forgotten(key, now_);
    } else if (scheduler_.find(key) == nullptr) {
      tell_lost(ledger_.close(key, now_));
    }
  }
}

void Coordinator::close_ledger(base::SteadyTime now) {
  now_ = now;
  credit_.give_up();
  ledger_.tick(now);
  for (const SprintKey key : ledger_.open()) {
    if (raced_.contains(key)) note_results(key);
    if (raced_.contains(key) || start_missed(key)) tell_lost(ledger_.close(key, now));
  }
}

/// Whether no start can come any more that would show that a sprint had not begun yet.
bool Coordinator::start_missed(SprintKey key) const {
  if (enough_sprints() || (solo_ && started_ == 0)) return false;  // not wanted, or waits for us
  const Scheduler::Sprint* sprint = scheduler_.find(key);
  return !logged_in_ || sprint == nullptr || sprint->t_end <= now_;
}

void Coordinator::tell_lost(const std::optional<LostSprint>& lost) const {
  if (!lost) return;
  const Loss all = sum_of(lost->by_cause);
  const auto tenths = [](base::Micros time) {
    return std::round(std::chrono::duration<double>(time).count() * 10) / 10;
  };
  log_.warn("sprint not wholly raced", {{"sprint", lost->id},
                                        {"lost_s", tenths(all.time)},
                                        {"of_s", tenths(lost->of)},
                                        {"about_nonces", all.estimate()},
                                        {"why", causes_of(*lost)}});
}

/// What counts for the ledger is the pause that holds, not the one asked for last.
void Coordinator::note_pause(std::uint32_t device) {
  const std::optional<Pause>& pause = scheduler_.paused(device);
  ledger_.paused(device, pause ? std::optional(pause->cause) : std::nullopt, now_);
}

}  // namespace miner
