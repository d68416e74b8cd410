#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.h"
#include "miner/poisson.h"
#include "poc/h100.h"

// What was computed, what of it a pool has verified, and what it credits: plain values, part of the
// snapshot. The three are the same but for chance; where they are not, somebody is wrong.
namespace miner {

/// What sprints brought, in one unit: nonces, or multiply-accumulates.
struct Tally {
  double computed = 0;
  WeightedCount verified;  ///< our shares that the pool found right, by their D
  WeightedCount credited;  ///< the results' credit: of the account, other miners of it included

  Tally& operator+=(const Tally& more);
  bool operator==(const Tally&) const = default;
};

struct SprintWork {
  base::Micros raced{0};  ///< from T0 to T_end
  Tally nonces;
  Tally macs;

  SprintWork& operator+=(const SprintWork& more);
  bool operator==(const SprintWork&) const = default;
};

/// Whether the interval of an estimate holds the raw rate. One in twenty does not by chance alone.
enum class AgainstRaw {
  kUnknown,  ///< there is no interval
  kAgrees,
  kBelow,  ///< all of it is: a pool that credits too little, or a device that computes wrong
  kAbove,  ///< all of it is: other miners of the account, where it is the credited rate
};

/// A rate that shares are a sample of.
struct SampledRate {
  double per_second = 0;
  std::optional<Interval> interval;  ///< 95 %; nothing: no difficulty is known
  AgainstRaw against_raw = AgainstRaw::kUnknown;

  bool operator==(const SampledRate&) const = default;
};

/// In one unit. The raw rate is counted, not estimated: it has no interval.
struct ThreeRates {
  double raw = 0;
  SampledRate verified;
  SampledRate credited;

  bool operator==(const ThreeRates&) const = default;
};

/// Per second of racing: the pauses between sprints are no time.
struct HonestRates {
  ThreeRates nonces;
  ThreeRates macs;

  bool operator==(const HonestRates&) const = default;
};

/// What of a sprint's work is known at its result. `verified`: our shares, with the largest D of
/// its leases; `credit`: nothing as long as no result came. The credit is taken to be a sum of
/// shares like ours, since the pool does not say of which.
SprintWork work_of(base::Micros raced, double mac_per_nonce, std::uint64_t nonces,
                   const WeightedCount& verified, std::optional<std::uint64_t> credit);

/// Nothing before the first sprint.
std::optional<HonestRates> rates_of(const SprintWork& work);

/// What became of the checks of what pools credited.
struct CreditChecks {
  std::uint64_t sprints = 0;   ///< in which all that was asked was right
  std::uint64_t wrong = 0;     ///< sprints in which something was not
  std::uint64_t unproven = 0;  ///< sprints of which the pool did not give all proofs asked for
  std::uint64_t shares = 0;    ///< proven: verified, of their D, in the tree of the result
  std::string last_wrong;      ///< one line: pool, sprint and what; empty: nothing was

  bool operator==(const CreditChecks&) const = default;
};

}  // namespace miner
