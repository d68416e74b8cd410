#include "miner/nonce_plan.h"

#include <algorithm>

#include "base/check.h"
#include "poc/target.h"

namespace miner {

void NoncePlan::update(std::span<const stratum::Lease> leases) {
  std::vector<Entry> next;
  next.reserve(leases.size());
  for (const stratum::Lease& lease : leases) {
    const auto known = std::find_if(entries_.begin(), entries_.end(),
                                    [&](const Entry& e) { return e.lease.id == lease.id; });
    next.push_back({lease, known == entries_.end() ? 0 : known->used});
  }
  entries_ = std::move(next);
}

std::optional<NoncePlan::Draw> NoncePlan::draw(std::uint64_t count) {
  CHECK(count >= 1);
  for (Entry& entry : entries_) {
    const std::uint64_t left = entry.lease.size() - entry.used;
    if (left == 0) continue;
    const std::uint64_t taken = std::min(count, left);
    const std::uint64_t first = entry.lease.base + entry.used;
    entry.used += taken;
    return Draw{entry.lease, {first, taken, poc::Target::from_difficulty(entry.lease.difficulty)}};
  }
  return std::nullopt;
}

std::optional<std::uint64_t> NoncePlan::newest() const {
  return entries_.empty() ? std::nullopt : std::optional(entries_.back().lease.id);
}

bool NoncePlan::take_low() {
  if (entries_.empty() || low_reported_ == entries_.back().lease.id) return false;
  std::uint64_t granted = 0;
  std::uint64_t used = 0;
  for (const Entry& entry : entries_) {
    granted += entry.lease.size();
    used += entry.used;
  }
  if (used < granted / 5 * 4) return false;
  low_reported_ = entries_.back().lease.id;
  return true;
}

}  // namespace miner
