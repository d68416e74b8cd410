#include "pool/verify_queue.h"

namespace pool {

bool VerifyQueue::push(const poc::ModelSpec& model, const CheckJob& job) {
  if (size_ >= capacity_) return false;
  Waiting& waiting = sprints_.try_emplace(job.sprint, Waiting{model, {}, {}}).first->second;
  std::deque<CheckJob>& own = waiting.jobs[job.account];
  if (own.empty()) waiting.turns.push_back(job.account);
  own.push_back(job);
  ++size_;
  return true;
}

CheckJob VerifyQueue::take_turn(Waiting& waiting) {
  const base::Bytes32 account = waiting.turns.front();
  waiting.turns.pop_front();
  const auto own = waiting.jobs.find(account);
  CheckJob job = own->second.front();
  own->second.pop_front();
  if (own->second.empty()) {
    waiting.jobs.erase(own);
  } else {
    waiting.turns.push_back(account);
  }
  return job;
}

std::optional<VerifyQueue::Group> VerifyQueue::pop(std::size_t most) {
  if (sprints_.empty()) return std::nullopt;
  const auto oldest = sprints_.begin();
  Group group{oldest->second.model, {}};
  while (group.jobs.size() < most && !oldest->second.turns.empty()) {
    group.jobs.push_back(take_turn(oldest->second));
    --size_;
  }
  if (oldest->second.turns.empty()) sprints_.erase(oldest);
  return group;
}

}  // namespace pool
