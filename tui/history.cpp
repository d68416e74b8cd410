#include "tui/history.h"

#include <algorithm>
#include <chrono>

namespace tui {

void History::add(const miner::Snapshot& s, base::SteadyTime now) {
  const std::string race = s.sprint.phase == miner::SprintPhase::kRacing ? s.sprint.id : "";
  boundary_ = boundary_ || (last_ && race != race_);
  race_ = race;
  if (!last_) {
    last_ = {now, s.nonces, s.macs};
    return;
  }
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now - last_->at).count();
  if (seconds < 1) return;
  const double passed = std::chrono::duration<double>(now - last_->at).count();
  Sample sample{static_cast<double>(s.nonces - last_->nonces) / passed,
                (s.macs - last_->macs) / passed, boundary_};
  for (std::int64_t i = 0; i < std::min<std::int64_t>(seconds, kKept); ++i) {
    samples_.push_back(sample);
    sample.boundary = false;
  }
  while (samples_.size() > kKept) samples_.pop_front();
  last_ = {now, s.nonces, s.macs};
  boundary_ = false;
}

}  // namespace tui
