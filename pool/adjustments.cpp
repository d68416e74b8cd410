#include "pool/adjustments.h"

namespace pool {

void Adjustments::begin(const Key& key, const Vardiff& vardiff) {
  const auto made = devices_.try_emplace(key, vardiff);
  if (made.second) move(key, std::nullopt, vardiff.due());
}

void Adjustments::leave(const Key& key) {
  const auto device = devices_.find(key);
  if (device == devices_.end()) return;
  move(key, device->second.due(), std::nullopt);
  devices_.erase(device);
  changes_.erase(key);
}

void Adjustments::move(const Key& key, const std::optional<base::UnixTime>& before,
                       const std::optional<base::UnixTime>& now_due) {
  if (before == now_due) return;
  if (before) dues_.erase({*before, key});
  if (now_due) dues_.emplace(*now_due, key);
}

void Adjustments::found(const Key& key, base::UnixTime stamp) {
  const auto device = devices_.find(key);
  if (device == devices_.end() || changes_.contains(key)) return;
  const auto before = device->second.due();
  const auto changed = device->second.found(stamp);
  move(key, before, device->second.due());
  if (changed) changes_.emplace(key, *changed);
}

std::vector<Adjustments::Change> Adjustments::take(base::UnixTime now) {
  std::vector<Change> changes(changes_.begin(), changes_.end());
  changes_.clear();
  while (!dues_.empty() && dues_.begin()->first <= now) {
    const auto [at, key] = *dues_.begin();
    Vardiff& device = devices_.at(key);
    const auto changed = device.tick(now);
    move(key, at, changed ? device.due() : std::nullopt);
    if (changed) changes.emplace_back(key, *changed);
  }
  return changes;
}

std::optional<base::UnixTime> Adjustments::due() const {
  if (!changes_.empty()) return base::UnixTime();
  return dues_.empty() ? std::nullopt : std::optional(dues_.begin()->first);
}

}  // namespace pool
