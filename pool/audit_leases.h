#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "pool/audit_check.h"

namespace pool {

/// That each lease is well-formed, that their numbers go up, and that no two have a nonce in
/// common.
AuditCheck check_leases(std::span<const AuditLease> leases);

/// Finds the leases of an audit by nonce, however they lie. They outlive it.
class LeaseFinder {
 public:
  /// Those that are not well-formed hold nothing.
  explicit LeaseFinder(std::span<const AuditLease> leases);

  /// Those that hold the nonce; of many, two.
  std::vector<const AuditLease*> holding(std::uint64_t nonce) const;

 private:
  std::vector<const AuditLease*> by_place_;  // by bits, then base
  std::vector<std::uint32_t> bits_;          // that occur
};

}  // namespace pool
