#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "poc/verifier.h"
#include "pool/audit_record.h"
#include "pool/sprint.h"

namespace pool {

/// One thing that was looked at in an audit.
struct AuditCheck {
  enum class Outcome { kPassed, kFailed, kNotDone };
  static constexpr std::size_t kMaxTold = 4;

  std::string_view name;       ///< a literal, lower_case
  std::string_view unit;       ///< what is counted, a literal: "shares"
  std::uint64_t there = 0;     ///< how many of these the audit has
  std::uint64_t examined = 0;  ///< and how many were looked at
  std::uint64_t faults = 0;
  std::vector<std::string> told = {};  ///< the first faults, one line each, printable ASCII
  std::string not_done = {};           ///< why it could not be looked at in full; else empty

  Outcome outcome() const;
  void fault(std::string what);
};

/// What a check of an audit found.
struct AuditReport {
  std::vector<AuditCheck> checks;
  std::uint64_t recomputed = 0;  ///< shares

  /// Failed where a check failed; else not done where one could not be done.
  AuditCheck::Outcome outcome() const;
};

/// How shares are recomputed.
struct Recomputation {
  std::size_t shares = 16;  ///< of those credited, and of those called wrong; at most
  poc::Verifier& verifier;
  const RandomSource& random;  ///< chooses them
  /// Told before the first group of shares and after each. (optional)
  std::function<void(std::size_t done, std::size_t of)> progress = {};
};

/// The checks that cost no more than a few hashes a share: that the start seed follows from what
/// was announced, and that leases, shares, credits and root fit together. Source: the audit's page,
/// "What is checked".
std::vector<AuditCheck> check_audit_sums(const AuditRecord& record);

/// Recomputes shares chosen at random, in groups of 16: those credited must be right (`digests`),
/// those called wrong must be wrong (`wrong_digests`).
std::vector<AuditCheck> recompute_audit(const AuditRecord& record, const Recomputation& how);

/// All of both.
AuditReport check_audit(const AuditRecord& record, const Recomputation& how);

}  // namespace pool
