#include "pool/schedule.h"

#include <algorithm>
#include <utility>

namespace pool {
namespace {

constexpr base::Micros kLate = std::chrono::seconds(1);
// For devices, or for a beacon's value, from planned T0.
constexpr base::Micros kLongestWait = std::chrono::seconds(60);
constexpr base::Micros kPostponed = std::chrono::milliseconds(250);

}  // namespace

Schedule::Schedule(const Config& config, base::UnixTime now, const Resumed& from)
    : config_(config), first_(from.last + 1), running_(from.running) {
  if (from.upcoming) {
    first_ = from.upcoming->number;
    upcoming_ = from.upcoming;
    announced_ = true;
  } else {
    const base::UnixTime after = from.running ? from.running->t_end + config_.gap : now;
    plan(first_, std::max(now + config_.lead, after));
  }
}

void Schedule::plan(std::uint64_t number, base::UnixTime t0) {
  announced_ = false;
  held_ = false;
  opened_.reset();
  ready_at_.reset();
  upcoming_ = Slot{number, t0, t0 + config_.sprint_length};
  if (config_.sprints != 0 && number - first_ >= config_.sprints) upcoming_.reset();
}

void Schedule::open(base::UnixTime now) {
  if (!std::exchange(held_, false)) return;
  opened_ = now;
}

void Schedule::postpone(base::UnixTime now) {
  if (!upcoming_) return;
  const base::Micros length = upcoming_->t_end - upcoming_->t0;
  upcoming_->t0 = std::max(upcoming_->t0, now + kPostponed + config_.lead);
  upcoming_->t_end = upcoming_->t0 + length;
  announced_ = false;
  held_ = false;
}

base::Micros Schedule::longest_wait(const Config& config) {
  return std::min(config.lead, kLongestWait);
}

/// The upcoming sprint is void; the next one is announced at once.
Step Schedule::give_up(base::UnixTime now) {
  const Slot slot = *upcoming_;
  const base::UnixTime after = running_ ? running_->t_end + config_.gap : now;
  plan(slot.number + 1, std::max(now + config_.lead, after));
  return {Step::Kind::kCancel, slot};
}

std::optional<Step> Schedule::next(base::UnixTime now, bool ready) {
  if (running_ && now >= running_->t_end) {
    return Step{Step::Kind::kEnd, *std::exchange(running_, std::nullopt)};
  }
  if (!upcoming_) return std::nullopt;
  if (!announced_) {
    if (now < announce_time()) return std::nullopt;
    announced_ = true;
    return Step{Step::Kind::kAnnounce, *upcoming_};
  }
  if (held_) {
    if (now < last_wait()) return std::nullopt;
    return give_up(now);
  }
  if (!ready) ready_at_.reset();
  if (ready && !ready_at_) ready_at_ = now;
  base::UnixTime t0 = start_time();
  if (running_ || now < t0) return std::nullopt;
  if (now - t0 > kLate) t0 = now;
  // As long as it was announced, whatever a restart changed.
  running_ = Slot{upcoming_->number, t0, t0 + (upcoming_->t_end - upcoming_->t0)};
  plan(running_->number + 1, running_->t_end + config_.gap);
  return Step{Step::Kind::kStart, *running_};
}

base::UnixTime Schedule::announce_time() const {
  return config_.start_when_ready ? base::UnixTime() : upcoming_->t0 - config_.lead;
}

/// With start_when_ready.
base::UnixTime Schedule::earliest_start() const {
  return upcoming_->number == first_ ? base::UnixTime() : upcoming_->t0;
}

/// As far as is known now.
base::UnixTime Schedule::start_time() const {
  if (!config_.start_when_ready) return std::max(upcoming_->t0, opened_.value_or(upcoming_->t0));
  const base::UnixTime last = upcoming_->t0 + kLongestWait;
  return ready_at_ ? std::min(last, std::max(earliest_start(), *ready_at_)) : last;
}

std::optional<base::UnixTime> Schedule::wake(bool ready) const {
  std::optional<base::UnixTime> at;
  if (running_) at = running_->t_end;
  if (!upcoming_) return at;
  if (!announced_) return std::min(at.value_or(announce_time()), announce_time());
  if (held_) return std::min(at.value_or(last_wait()), last_wait());
  if (running_) return at;
  return ready && !ready_at_ ? earliest_start() : start_time();
}

}  // namespace pool
