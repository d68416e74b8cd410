#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "stratum/pool_url.h"

namespace miner {

/// A pool to mine for.
struct PoolEndpoint {
  stratum::PoolUrl url;
  std::string user;  ///< account[.worker]
  std::string password;

  bool operator==(const PoolEndpoint&) const = default;
};

/// The user's pools, in the order of preference. Each has a number that it keeps for the life of
/// the list, also when it is taken out and put in again: sprints and shares name their pool by it.
class PoolList {
 public:
  /// At least one.
  explicit PoolList(const std::vector<PoolEndpoint>& pools) { replace(pools); }

  /// From now on these, at least one. False when they were these already.
  bool replace(const std::vector<PoolEndpoint>& pools);

  std::size_t size() const { return listed_.size(); }
  /// The number of the pool at a position.
  std::size_t number(std::size_t position) const { return listed_.at(position); }
  /// A pool by its number, listed or not any more.
  const PoolEndpoint& pool(std::size_t number) const { return known_.at(number); }
  bool listed(std::size_t number) const;

 private:
  std::vector<PoolEndpoint> known_;  // by number
  std::vector<std::size_t> listed_;  // numbers by position
};

}  // namespace miner
