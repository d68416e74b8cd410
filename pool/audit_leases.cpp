#include "pool/audit_leases.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "poc/target.h"
#include "stratum/codec_requests.h"

namespace pool {
namespace {

bool well_formed(const stratum::Lease& lease) {
  return lease.id != 0 && lease.bits >= stratum::codec::kMinLeaseBits &&
         lease.bits <= stratum::codec::kMaxLeaseBits && (lease.base & (lease.size() - 1)) == 0 &&
         poc::check_difficulty(lease.difficulty).ok();
}

/// The last nonce, which there is even where the next one after it is not.
std::uint64_t last_of(const stratum::Lease& lease) {
  return lease.base + (lease.size() - 1);
}

std::pair<std::uint32_t, std::uint64_t> place_of(const AuditLease* lease) {
  return {lease->lease.bits, lease->lease.base};
}

void check_overlaps(std::vector<const stratum::Lease*> leases, AuditCheck& check) {
  std::sort(leases.begin(), leases.end(), [](const auto* a, const auto* b) {
    return std::pair(a->base, a->id) < std::pair(b->base, b->id);
  });
  const stratum::Lease* farthest = nullptr;
  for (const stratum::Lease* lease : leases) {
    if (farthest != nullptr && lease->base <= last_of(*farthest)) {
      check.fault(fmt::format("leases {} and {} have nonces in common", farthest->id, lease->id));
    }
    if (farthest == nullptr || last_of(*lease) > last_of(*farthest)) farthest = lease;
  }
}

}  // namespace

AuditCheck check_leases(std::span<const AuditLease> leases) {
  AuditCheck check{"leases", "leases", leases.size(), leases.size()};
  std::vector<const stratum::Lease*> sound;
  std::uint64_t last_id = 0;
  for (const AuditLease& each : leases) {
    const stratum::Lease& lease = each.lease;
    if (well_formed(lease)) {
      sound.push_back(&lease);
    } else {
      check.fault(fmt::format("lease {} is none: base {}, {} bits, D {}", lease.id,
                              base::to_hex(lease.base), lease.bits, lease.difficulty));
    }
    if (lease.id <= last_id) check.fault(fmt::format("lease {} comes after {}", lease.id, last_id));
    last_id = std::max(last_id, lease.id);
  }
  check_overlaps(std::move(sound), check);
  return check;
}

LeaseFinder::LeaseFinder(std::span<const AuditLease> leases) {
  for (const AuditLease& each : leases) {
    if (well_formed(each.lease)) by_place_.push_back(&each);
  }
  std::sort(by_place_.begin(), by_place_.end(),
            [](const auto* a, const auto* b) { return place_of(a) < place_of(b); });
  for (const AuditLease* each : by_place_) {
    if (bits_.empty() || bits_.back() != each->lease.bits) bits_.push_back(each->lease.bits);
  }
}

std::vector<const AuditLease*> LeaseFinder::holding(std::uint64_t nonce) const {
  std::vector<const AuditLease*> found;
  for (const std::uint32_t bits : bits_) {
    const std::pair place(bits, nonce >> bits << bits);
    auto at = std::lower_bound(
        by_place_.begin(), by_place_.end(), place,
        [](const AuditLease* lease, const auto& wanted) { return place_of(lease) < wanted; });
    // Two say it all: many in one place would make this a walk for each share.
    for (; at != by_place_.end() && place_of(*at) == place && found.size() < 2; ++at) {
      found.push_back(*at);
    }
  }
  return found;
}

}  // namespace pool
