#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "poc/keys.h"
#include "pool/draw.h"
#include "pool/shares.h"
#include "stratum/messages.h"

// All that a sprint's audit says, so that anybody can count again what the pool credited. Accounts
// are in it by the SHA-256 of their name, which is what the proof's input holds: a recomputation
// needs no names. Source: the audit's page.
namespace pool {

/// What was raced, and what the start seed is made of.
struct AuditHeader {
  std::string pool;    ///< its public name, 1..64 printable ASCII
  std::string sprint;  ///< 1..32 of [a-z0-9-]
  poc::Profile profile;
  poc::Seed model_seed{};
  base::UnixTime t0;     ///< actual
  base::UnixTime t_end;  ///< actual
  base::Bytes32 commitment{};
  std::string beacon;  ///< as announced
  std::string drawn;   ///< the beacon's value
  base::Bytes32 secret{};
  poc::Seed start_seed{};
  std::optional<stratum::DrawPromise> draw = std::nullopt;  ///< where a sample was to be recomputed

  poc::ModelSpec model() const { return {profile, model_seed}; }
  bool operator==(const AuditHeader&) const = default;
};

/// A lease and the account that it was granted to.
struct AuditLease {
  stratum::Lease lease;
  base::Bytes32 account{};

  bool operator==(const AuditLease&) const = default;
};

/// A share that was acknowledged, as it stood when the sprint was credited: never kStored.
struct AuditShare {
  std::uint64_t nonce = 0;
  poc::Digest digest{};
  base::Bytes32 account{};
  std::uint64_t difficulty = 1;
  Share::State state = Share::State::kVerified;

  bool operator==(const AuditShare&) const = default;
};

/// What an account earned: its sum of D over verified and unseen shares.
struct AuditCredit {
  base::Bytes32 account{};
  std::uint64_t credit = 0;
  std::optional<SampleRate> rate = std::nullopt;  ///< where a sample was drawn

  bool operator==(const AuditCredit&) const = default;
};

/// What the sprint's result told, and what the pool did for it.
struct AuditOutcome {
  /// Shares that the pool recomputed itself: each that is listed as verified or wrong.
  std::uint64_t recomputed = 0;
  std::uint64_t total = 0;  ///< over all accounts
  base::Bytes32 root{};     ///< over the verified and unseen shares
  /// What the sample was drawn with, the policy "sampled"; nothing: every share was recomputed.
  std::optional<stratum::DrawShown> draw = std::nullopt;

  bool operator==(const AuditOutcome&) const = default;
};

/// A sprint that was credited.
struct AuditRecord {
  AuditHeader header;
  std::vector<AuditLease> leases;    ///< by number
  std::vector<AuditShare> shares;    ///< by nonce
  std::vector<AuditCredit> credits;  ///< by account
  AuditOutcome outcome;

  bool operator==(const AuditRecord&) const = default;
};

/// Where a pool leaves the audits of its sprints.
class AuditKeeper {
 public:
  virtual ~AuditKeeper() = default;
  /// Takes one; never blocks, never fails for the caller. Any thread.
  virtual void keep(std::shared_ptr<const AuditRecord> record) = 0;
};

}  // namespace pool
