#pragma once

#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "pool/journal.h"
#include "pool/vardiff.h"

namespace pool {

/// The devices of one sprint whose difficulty is adjusted, each by its Vardiff, and when the next
/// one is due. Costs a logarithm of their number a share.
class Adjustments {
 public:
  /// A session's device.
  using Key = std::pair<SessionId, std::uint32_t>;
  /// A device, and the difficulty of its leases from now on.
  using Change = std::pair<Key, std::uint64_t>;

  /// Once a device.
  void begin(const Key& key, const Vardiff& vardiff);
  bool has(const Key& key) const { return devices_.contains(key); }
  /// The device stays as it is from now on.
  void leave(const Key& key);

  /// A share of the device's present difficulty. Says nothing between a change and its `take`: such
  /// shares are still of the difficulty before.
  void found(const Key& key, base::UnixTime stamp);
  /// What has changed until now, once.
  std::vector<Change> take(base::UnixTime now);
  /// When `take` has something; in the past: now.
  std::optional<base::UnixTime> due() const;

 private:
  using Devices = std::map<Key, Vardiff>;
  /// `now_due`: what its due time has become.
  void move(const Key& key, const std::optional<base::UnixTime>& before,
            const std::optional<base::UnixTime>& now_due);

  Devices devices_;
  std::set<std::pair<base::UnixTime, Key>> dues_;
  std::map<Key, std::uint64_t> changes_;  // by shares, not taken yet
};

}  // namespace pool
