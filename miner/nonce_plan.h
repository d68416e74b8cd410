#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "backends/api/device.h"
#include "stratum/messages.h"

namespace miner {

/// Draws the nonces of one race from a device's leases, each nonce once. Belongs to the worker.
class NoncePlan {
 public:
  /// Takes the leases now open: positions of known ones are kept, missing ones are drawn from no
  /// more.
  void update(std::span<const stratum::Lease> leases);

  struct Draw {
    stratum::Lease lease;
    backends::NonceRange range;
  };
  /// Up to `count` (at least 1) nonces from the first lease that has any left; nothing when all are
  /// used up.
  std::optional<Draw> draw(std::uint64_t count);

  /// True once per newest lease, when 80 % of all that was granted is used: time to ask for
  /// another.
  bool take_low();

  /// The lease granted last of those now open.
  std::optional<std::uint64_t> newest() const;

 private:
  struct Entry {
    stratum::Lease lease;
    std::uint64_t used = 0;
  };
  std::vector<Entry> entries_;
  std::optional<std::uint64_t> low_reported_;  // the newest lease when it was
};

}  // namespace miner
