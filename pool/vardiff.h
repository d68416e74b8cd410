#pragma once

#include <cstdint>
#include <optional>

#include "base/clock.h"

namespace pool {

/// The difficulty of one device's leases in one sprint, so that it finds about `wanted` shares
/// whatever it was thought to compute. No clock, no thread; all times are the pool's.
///
/// Let the gap be what a share should take: what remains at the first lease, over `wanted`. An era
/// is the time under one difficulty D, in which the device finds n shares in t gaps.
///
///     n >= 6 and n > 2.5 t                  too easy: D := 0.9 D n / t, at most 64 D
///     4 n + 3 < t                           too hard: D := D (n + 1) / (t + 1), a quarter at once
///
/// The second is the mean of what may be thought of the rate after n shares (a gamma distribution
/// that begins with one share in one gap, which is what D was chosen for). So silence at the start
/// is soon acted on, and a lucky or unlucky device in mid-sprint is left alone.
///
/// At most six changes, since each costs a lease, the last two of them only upwards: a device that
/// was silent must not flood the pool when it is back. None in the last 15 % of the time, but after
/// a flood of 4 `wanted` shares in an era. Credit stays right on average whatever is changed: a
/// nonce earns D with chance 1 / D, under the D that it was drawn for. Source: the reference's
/// "quick" policy; the simulation is in tests/pool/vardiff_test.cpp.
class Vardiff {
 public:
  static constexpr int kMostChanges = 6;

  /// The device begins with `difficulty` at `begin`, for a sprint until `end`.
  Vardiff(std::uint64_t difficulty, std::uint32_t wanted, base::UnixTime begin, base::UnixTime end);

  std::uint64_t difficulty() const { return difficulty_; }

  /// A share of difficulty() was found, as stamped. The new difficulty, if there is one now: an era
  /// begins with it. Shares of earlier eras are not to be told.
  std::optional<std::uint64_t> found(base::UnixTime now);
  /// The same for time that has passed.
  std::optional<std::uint64_t> tick(base::UnixTime now);
  /// When `tick` will have a new difficulty, if nothing is found until then; nothing: never.
  std::optional<base::UnixTime> due() const;

 private:
  bool may_change(base::UnixTime now) const;
  std::optional<std::uint64_t> change(double factor, base::UnixTime now);
  double gaps_since_change(base::UnixTime now) const;

  std::uint64_t difficulty_;
  std::uint32_t wanted_;
  base::Micros gap_;
  base::UnixTime last_change_;  // none after it
  base::UnixTime since_;        // this era
  std::uint32_t shares_ = 0;    // in this era
  int changes_ = 0;
};

}  // namespace pool
