#include "pool/audit_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <utility>

#include "poc/input_keys.h"
#include "poc/target.h"
#include "pool/audit_leases.h"
#include "pool/audit_sample.h"
#include "pool/merkle.h"
#include "stratum/merkle_proof.h"
#include "stratum/sprint_secret.h"

namespace pool {
namespace {

using State = Share::State;

constexpr base::Micros kShortest = std::chrono::seconds(1);
constexpr base::Micros kLongest = std::chrono::seconds(3600);

AuditCheck about_sprint(std::string_view name, bool right, std::string_view fault) {
  AuditCheck check{name, "sprint", 1, 1};
  if (!right) check.fault(std::string(fault));
  return check;
}

AuditCheck check_times(const AuditHeader& header) {
  const base::Micros length = header.t_end - header.t0;
  return about_sprint("times", length >= kShortest && length <= kLongest,
                      "t_end is not 1 to 3600 s after t0");
}

AuditCheck check_commitment(const AuditHeader& header) {
  return about_sprint("commitment", stratum::commit_to(header.secret) == header.commitment,
                      "the secret is not the one that was committed to");
}

AuditCheck check_beacon(const AuditHeader& header) {
  return about_sprint("beacon", (header.beacon == "none") == (header.drawn == "none"),
                      "one was announced and none used, or none announced and one used");
}

AuditCheck check_start_seed(const AuditHeader& header) {
  const poc::Seed seed =
      stratum::make_start_seed(header.pool, header.sprint, header.secret, header.drawn);
  return about_sprint("start_seed", seed == header.start_seed,
                      "it does not follow from pool, sprint, secret and beacon");
}

std::string named(const AuditShare& share) {
  return "nonce " + base::to_hex(share.nonce);
}

std::string named(const base::Bytes32& account) {
  return "account " + base::to_hex(account);
}

AuditCheck check_nonces(const AuditRecord& record) {
  AuditCheck check{"nonces", "shares", record.shares.size(), record.shares.size()};
  for (std::size_t i = 1; i < record.shares.size(); ++i) {
    const AuditShare& share = record.shares[i];
    const std::uint64_t before = record.shares[i - 1].nonce;
    if (share.nonce == before) check.fault(named(share) + " is there twice");
    if (share.nonce < before) check.fault(named(share) + " is not in the order of nonces");
  }
  return check;
}

AuditCheck check_places(const AuditRecord& record) {
  AuditCheck check{"shares", "shares", record.shares.size(), record.shares.size()};
  const LeaseFinder leases(record.leases);
  for (const AuditShare& share : record.shares) {
    const auto holding = leases.holding(share.nonce);
    if (share.state == State::kStored) {
      check.fault(named(share) + " was never decided");
    } else if (holding.size() != 1) {
      check.fault(named(share) +
                  (holding.empty() ? " lies in no lease" : " lies in several leases"));
    } else if (holding.front()->account != share.account) {
      check.fault(named(share) + " lies in another account's lease");
    } else if (holding.front()->lease.difficulty != share.difficulty) {
      check.fault(fmt::format("{} has D {}, its lease {}", named(share), share.difficulty,
                              holding.front()->lease.difficulty));
    }
  }
  return check;
}

/// Makes the input keys of a sprint's shares; keeps what the shares of an account have in common.
class Keys {
 public:
  explicit Keys(const AuditHeader& header) : race_{header.model(), header.start_seed, {}} {}

  poc::InputKey of(const AuditShare& share) {
    race_.identity_hash = share.account;
    return accounts_.try_emplace(share.account, race_).first->second.of(share.nonce);
  }

 private:
  poc::RaceSpec race_;
  std::map<base::Bytes32, poc::InputKeys> accounts_;
};

AuditCheck check_targets(const AuditRecord& record) {
  AuditCheck check{"targets", "shares", record.shares.size(), record.shares.size()};
  Keys keys(record.header);
  std::map<std::uint64_t, poc::Target> targets;
  for (const AuditShare& share : record.shares) {
    if (!poc::check_difficulty(share.difficulty).ok()) {
      check.fault(fmt::format("{}: there is no D {}", named(share), share.difficulty));
      continue;
    }
    auto target = targets.find(share.difficulty);
    if (target == targets.end()) {
      target =
          targets.emplace(share.difficulty, poc::Target::from_difficulty(share.difficulty)).first;
    }
    if (target->second.met_by(poc::make_ticket(keys.of(share), share.digest))) continue;
    check.fault(fmt::format("{} misses the target of D {}", named(share), share.difficulty));
  }
  return check;
}

/// A sum that is past the range of integers stays there.
void add(std::uint64_t& sum, std::uint64_t more) {
  sum = std::min(sum + std::min(more, stratum::kMaxInteger), stratum::kMaxInteger + 1);
}

AuditCheck check_credits(const AuditRecord& record) {
  AuditCheck check{"credits", "accounts", record.credits.size(), record.credits.size()};
  std::map<base::Bytes32, std::uint64_t> sums;
  for (const AuditShare& share : record.shares) {
    if (Share::is_credited(share.state)) add(sums[share.account], share.difficulty);
  }
  std::uint64_t total = 0;
  for (const auto& [account, sum] : sums) add(total, sum);
  for (const AuditCredit& told : record.credits) {
    const auto sum = sums.find(told.account);
    const std::uint64_t earned = sum == sums.end() ? 0 : sum->second;
    if (told.credit != earned || earned == 0) {
      check.fault(fmt::format("{}: {} nonces are credited, its shares are {}", named(told.account),
                              told.credit, earned));
    }
    if (sum != sums.end()) sums.erase(sum);
  }
  for (const auto& [account, sum] : sums) {
    check.fault(fmt::format("{}: nothing is credited, its shares are {}", named(account), sum));
  }
  if (total != record.outcome.total) {
    check.fault(
        fmt::format("the total is {} nonces, the shares are {}", record.outcome.total, total));
  }
  return check;
}

AuditCheck check_root(const AuditRecord& record) {
  std::vector<base::Bytes32> leaves;
  for (const AuditShare& share : record.shares) {
    if (!Share::is_credited(share.state)) continue;
    leaves.push_back(
        stratum::merkle_leaf(share.nonce, share.difficulty, share.account, share.digest));
  }
  AuditCheck check{"root", "shares", leaves.size(), leaves.size()};
  const base::Bytes32 root = MerkleTree(std::move(leaves)).root();
  if (root != record.outcome.root) check.fault("the credited shares make " + base::to_hex(root));
  return check;
}

AuditCheck check_recomputed(const AuditRecord& record) {
  const auto decided = static_cast<std::uint64_t>(
      std::count_if(record.shares.begin(), record.shares.end(), [](const AuditShare& share) {
        return share.state == State::kVerified || share.state == State::kWrong;
      }));
  const std::uint64_t told = record.outcome.recomputed;
  AuditCheck check{"recomputed", "shares", decided, told};
  if (told != decided) {
    check.fault(fmt::format("the pool recomputed {}, and decided on {}", told, decided));
  }
  return check;
}

}  // namespace

AuditCheck::Outcome AuditCheck::outcome() const {
  if (faults > 0) return Outcome::kFailed;
  return not_done.empty() ? Outcome::kPassed : Outcome::kNotDone;
}

void AuditCheck::fault(std::string what) {
  ++faults;
  if (told.size() < kMaxTold) told.push_back(std::move(what));
}

AuditCheck::Outcome AuditReport::outcome() const {
  using Outcome = AuditCheck::Outcome;
  Outcome all = Outcome::kPassed;
  for (const AuditCheck& check : checks) {
    const Outcome one = check.outcome();
    if (one == Outcome::kFailed) return one;
    if (one == Outcome::kNotDone) all = one;
  }
  return all;
}

std::vector<AuditCheck> check_audit_sums(const AuditRecord& record) {
  return {check_times(record.header),  check_commitment(record.header),
          check_beacon(record.header), check_start_seed(record.header),
          check_leases(record.leases), check_nonces(record),
          check_places(record),        check_targets(record),
          check_credits(record),       check_root(record),
          check_recomputed(record),    check_sample(record)};
}

AuditReport check_audit(const AuditRecord& record, const Recomputation& how) {
  AuditReport report{check_audit_sums(record)};
  std::vector<AuditCheck> recomputed = recompute_audit(record, how);
  for (const AuditCheck& check : recomputed) report.recomputed += check.examined;
  std::move(recomputed.begin(), recomputed.end(), std::back_inserter(report.checks));
  return report;
}

}  // namespace pool
