#include <algorithm>
#include <map>
#include <string>

#include "tests/checker/checks.h"
#include "tests/checker/jobs.h"

namespace checker {
namespace {

using backends::NonceRange;
using backends::RangeResult;
using poc::Target;

Checked odd_counts(Stand& stand) {
  const poc::RaceSpec race = race_of(kTiny, 20);
  RETURN_IF_ERROR(stand.start(race));
  const std::uint64_t group = stand.device().group_size();
  if (group == 0) return wrong("groups of no nonces");
  for (const std::uint64_t count : {std::uint64_t{1}, group - 1, group, group + 1, 3 * group + 1}) {
    if (count == 0) continue;
    RETURN_IF_ERROR(stand.expect_run(race, {1000, count, Target::from_difficulty(1)}));
  }
  return Finding{"up to 3 groups of " + std::to_string(group) + " and one nonce"};
}

/// The result holds those of `all` whose tickets meet its target, no others, with the same digests.
base::Status expect_those_that_meet(const poc::RaceSpec& race, const RangeResult& all,
                                    const RangeResult& result) {
  std::map<std::uint64_t, poc::Digest> left;
  for (const auto& [nonce, digest] : all.candidates) {
    const poc::Ticket ticket = poc::make_ticket(poc::input_key(race, nonce), digest);
    if (result.range.target.met_by(ticket)) left[nonce] = digest;
  }
  const std::size_t expected = left.size();
  for (const auto& [nonce, digest] : result.candidates) {
    const auto same = left.find(nonce);
    if (same == left.end() || same->second != digest) {
      return wrong("a candidate that does not meet the target, or with another digest than before");
    }
    left.erase(same);
  }
  if (left.empty()) return base::Ok{};
  return wrong(std::to_string(left.size()) + " of " + std::to_string(expected) +
               " candidates were not found");
}

/// Every digest of a range at difficulty 1; then harder targets, each with exactly those that meet.
Checked targets(Stand& stand) {
  const poc::RaceSpec race = race_of(kTiny, 21);
  RETURN_IF_ERROR(stand.start(race));
  NonceRange range{0, std::max<std::uint64_t>(64, stand.device().group_size() + 1),
                   Target::from_difficulty(1)};
  ASSIGN_OR_RETURN(const RangeResult all, stand.run(range));
  RETURN_IF_ERROR(stand.expect_exact(race, all));
  for (const std::uint64_t difficulty : {2U, 7U, 64U, 1000U}) {
    range.target = Target::from_difficulty(difficulty);
    ASSIGN_OR_RETURN(const RangeResult some, stand.run(range));
    RETURN_IF_ERROR(expect_those_that_meet(race, all, some));
  }
  range.target = Target::none();
  ASSIGN_OR_RETURN(const RangeResult none, stand.run(range));
  if (none.evaluated != range.count || !none.candidates.empty()) {
    return wrong("not all computed, or a candidate that no target lets through");
  }
  return Finding{std::to_string(range.count) + " nonces, difficulties 1 to 1000"};
}

/// A nonce meets the difficulty that its ticket has, and not the next.
Checked a_tickets_difficulty(Stand& stand) {
  const poc::RaceSpec race = race_of(kTiny, 22);
  RETURN_IF_ERROR(stand.start(race));
  ASSIGN_OR_RETURN(const RangeResult found, stand.run({0, 1, Target::from_difficulty(1)}));
  RETURN_IF_ERROR(stand.expect_exact(race, found));
  const std::uint64_t best =
      poc::difficulty_of(poc::make_ticket(poc::input_key(race, 0), found.candidates[0].digest));
  ASSIGN_OR_RETURN(const RangeResult met, stand.run({0, 1, Target::from_difficulty(best)}));
  ASSIGN_OR_RETURN(const RangeResult missed, stand.run({0, 1, Target::from_difficulty(best + 1)}));
  if (met.candidates.size() == 1 && missed.candidates.empty()) return Finding{};
  return wrong("the border is not at difficulty " + std::to_string(best));
}

Checked last_nonces(Stand& stand) {
  const poc::RaceSpec race = race_of(kTiny, 23);
  RETURN_IF_ERROR(stand.start(race));
  const std::uint64_t count = stand.device().group_size() + 3;
  RETURN_IF_ERROR(stand.expect_run(race, {0 - count, count, Target::from_difficulty(1)}));
  RETURN_IF_ERROR(stand.expect_run(race, {UINT64_MAX, 1, Target::from_difficulty(1)}));
  return Finding{};
}

Checked nonce_carries(Stand& stand) {
  const poc::RaceSpec race = race_of(kTiny, 24);
  RETURN_IF_ERROR(stand.start(race));
  for (const std::uint64_t first : {0xfffffffdULL, 0x00fffffffffffffdULL}) {
    RETURN_IF_ERROR(stand.expect_run(race, {first, 6, Target::from_difficulty(1)}));
  }
  return Finding{};
}

Checked two_in_flight(Stand& stand) {
  constexpr std::uint64_t kRanges = 6;
  const poc::RaceSpec race = race_of(kTiny, 25);
  RETURN_IF_ERROR(stand.start(race));
  const std::uint64_t count = stand.device().group_size() + 1;
  const auto range = [&](std::uint64_t i) {
    return NonceRange{i * 1'000'000, count + i, Target::from_difficulty(1 + i)};
  };
  RETURN_IF_ERROR(stand.device().enqueue(range(0)));
  for (std::uint64_t i = 0; i < kRanges; ++i) {
    if (i + 1 < kRanges) RETURN_IF_ERROR(stand.device().enqueue(range(i + 1)));
    ASSIGN_OR_RETURN(const RangeResult result, stand.device().collect());
    if (result.range.first != range(i).first || result.range.count != range(i).count ||
        result.range.target != range(i).target) {
      return wrong("range " + std::to_string(i) + " was not collected in its turn");
    }
    RETURN_IF_ERROR(stand.expect_exact(race, result));
  }
  return Finding{std::to_string(kRanges) + " ranges"};
}

Checked busy_time(Stand& stand) {
  const poc::RaceSpec race = race_of(kNano, 26);
  RETURN_IF_ERROR(stand.start(race));
  const base::SystemClock clock;
  const base::SteadyTime began = clock.now();
  const std::uint64_t count = 2 * stand.device().group_size() + 30;
  ASSIGN_OR_RETURN(const RangeResult result, stand.run({0, count, Target::none()}));
  const base::Micros passed = clock.now() - began;
  // A device's clock may differ a little.
  if (result.busy.count() > 0 && result.busy <= 2 * passed) return Finding{};
  return wrong("busy for " + std::to_string(result.busy.count()) + " us of " +
               std::to_string(passed.count()));
}

Checked seeds_and_identities(Stand& stand) {
  const poc::RaceSpec one = race_of(kTiny, 27);
  poc::RaceSpec other = one;
  other.identity_hash = poc::hash_identity("somebody else").value();
  poc::RaceSpec later = one;
  later.start_seed[31] ^= 0x80;
  for (const auto& race : {one, other, later, one}) {
    RETURN_IF_ERROR(stand.start(race));
    RETURN_IF_ERROR(stand.expect_run(race, {0, 4, Target::from_difficulty(1)}));
  }
  return Finding{};
}

constexpr Check kChecks[] = {
    {"odd counts", odd_counts},
    {"targets", targets},
    {"a ticket's difficulty", a_tickets_difficulty},
    {"the last nonces", last_nonces},
    {"carries of the nonce", nonce_carries},
    {"two ranges in flight", two_in_flight},
    {"busy time", busy_time},
    {"seeds and identities", seeds_and_identities},
};

}  // namespace

std::span<const Check> range_checks() {
  return kChecks;
}

}  // namespace checker
