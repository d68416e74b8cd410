#include "miner/pool_list.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace miner {

bool PoolList::replace(const std::vector<PoolEndpoint>& pools) {
  CHECK(!pools.empty());
  const std::vector<std::size_t> before = std::exchange(listed_, {});
  for (const PoolEndpoint& pool : pools) {
    const auto known = std::find(known_.begin(), known_.end(), pool);
    listed_.push_back(static_cast<std::size_t>(known - known_.begin()));
    if (known == known_.end()) known_.push_back(pool);
  }
  return listed_ != before;
}

bool PoolList::listed(std::size_t number) const {
  return std::find(listed_.begin(), listed_.end(), number) != listed_.end();
}

}  // namespace miner
