#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "miner/snapshot.h"
#include "stratum/pool_url.h"

namespace miner {

/// A pool to mine for.
struct PoolEndpoint {
  stratum::PoolUrl url;
  std::string user;  ///< account[.worker]
  std::string password;

  bool operator==(const PoolEndpoint&) const = default;
};

/// The user's pools, in the order of preference, and what is known of each. A pool has a number
/// that it keeps for the life of the list, also when it is taken out and put in again: sprints and
/// shares name their pool by it.
class PoolList {
 public:
  /// At least one; one that is there twice counts where it is first.
  explicit PoolList(const std::vector<PoolEndpoint>& pools) { replace(pools); }

  /// From now on these, at least one, in this order. False when they were these already; else pools
  /// that stay listed stay disabled, if another is not, and may be tried again after a refusal.
  bool replace(const std::vector<PoolEndpoint>& pools);
  /// Puts a pool before all others and enables it. False when there is no such pool.
  bool prefer(std::size_t number);
  /// A disabled pool stays in its place. False when nothing changed: there is no such pool, it was
  /// so already, or it is the last one that can be used.
  bool enable(std::size_t number, bool enabled);

  /// How the last try of a pool went, in one line where it did not go well.
  void logged_in(std::size_t number) { known_.at(number).fault.reset(); }
  void failed(std::size_t number, std::string reason);
  /// It is not tried again until it is enabled, preferred, or the list is replaced.
  void refused(std::size_t number, std::string reason);
  bool is_refused(std::size_t number) const;

  /// The numbers of the pools in the order of preference.
  const std::vector<std::size_t>& listed() const { return listed_; }
  /// Those that are enabled.
  std::vector<std::size_t> enabled() const;
  /// A pool by its number, listed or not any more.
  const PoolEndpoint& pool(std::size_t number) const { return known_.at(number).endpoint; }
  bool is_listed(std::size_t number) const;
  /// Listed and enabled.
  bool is_enabled(std::size_t number) const;

  /// There is another one that is enabled, and whose last try went well if there was one.
  bool has_other(std::size_t number) const;

  /// All that are listed, for the snapshot, as if none were used now; without what came of them.
  std::vector<PoolListing> listings() const;

 private:
  struct Fault {
    bool refused = false;
    std::string reason;
  };
  struct Known {
    PoolEndpoint endpoint;
    bool disabled = false;
    std::optional<Fault> fault = std::nullopt;  // of the last try
  };

  bool can_be_used(std::size_t number) const;

  std::vector<Known> known_;         // by number
  std::vector<std::size_t> listed_;  // numbers by position
};

}  // namespace miner
