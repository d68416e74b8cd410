#include "miner/pool_list.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace miner {

bool PoolList::replace(const std::vector<PoolEndpoint>& pools) {
  CHECK(!pools.empty());
  const std::vector<std::size_t> before = std::exchange(listed_, {});
  for (const PoolEndpoint& pool : pools) {
    const auto known = std::find_if(known_.begin(), known_.end(),
                                    [&](const Known& k) { return k.endpoint == pool; });
    const auto number = static_cast<std::size_t>(known - known_.begin());
    if (known == known_.end()) known_.push_back({pool});
    if (!is_listed(number)) listed_.push_back(number);
  }
  if (listed_ == before) return false;
  for (Known& known : known_) {
    if (known.fault && known.fault->refused) known.fault.reset();
  }
  for (std::size_t i = 0; i < known_.size(); ++i) {
    if (!is_listed(i)) known_[i].disabled = false;
  }
  if (enabled().empty()) known_[listed_.front()].disabled = false;
  return true;
}

bool PoolList::prefer(std::size_t number) {
  const auto at = std::find(listed_.begin(), listed_.end(), number);
  if (at == listed_.end()) return false;
  std::rotate(listed_.begin(), at, at + 1);
  known_[number].disabled = false;
  known_[number].fault.reset();
  return true;
}

bool PoolList::enable(std::size_t number, bool enabled) {
  if (!is_listed(number)) return false;
  Known& known = known_[number];
  if (enabled) {
    if (!known.disabled && !is_refused(number)) return false;
    known.disabled = false;
    known.fault.reset();
    return true;
  }
  const bool other = std::any_of(listed_.begin(), listed_.end(), [&](std::size_t other_number) {
    return other_number != number && can_be_used(other_number);
  });
  return other && !std::exchange(known.disabled, true);
}

void PoolList::failed(std::size_t number, std::string reason) {
  known_.at(number).fault = {false, std::move(reason)};
}

void PoolList::refused(std::size_t number, std::string reason) {
  known_.at(number).fault = {true, std::move(reason)};
}

bool PoolList::is_refused(std::size_t number) const {
  const auto& fault = known_.at(number).fault;
  return fault && fault->refused;
}

std::vector<std::size_t> PoolList::enabled() const {
  std::vector<std::size_t> numbers;
  for (const std::size_t number : listed_) {
    if (!known_[number].disabled) numbers.push_back(number);
  }
  return numbers;
}

bool PoolList::is_listed(std::size_t number) const {
  return std::find(listed_.begin(), listed_.end(), number) != listed_.end();
}

bool PoolList::is_enabled(std::size_t number) const {
  return is_listed(number) && !known_[number].disabled;
}

bool PoolList::can_be_used(std::size_t number) const {
  return is_enabled(number) && !is_refused(number);
}

bool PoolList::has_other(std::size_t number) const {
  return std::any_of(listed_.begin(), listed_.end(), [&](std::size_t other) {
    return other != number && is_enabled(other) && !known_[other].fault;
  });
}

std::vector<PoolListing> PoolList::listings() const {
  std::vector<PoolListing> all;
  for (const std::size_t number : listed_) {
    const Known& known = known_[number];
    PoolListing& listing = all.emplace_back();
    listing.number = number;
    listing.url = known.endpoint.url.text();
    listing.user = known.endpoint.user;
    if (known.disabled) {
      listing.standing = PoolStanding::kDisabled;
    } else if (known.fault) {
      listing.standing = known.fault->refused ? PoolStanding::kRefused : PoolStanding::kFailed;
      listing.reason = known.fault->reason;
    }
  }
  return all;
}

}  // namespace miner
