#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/result.h"

namespace pool {

/// How far an account's work is trusted: how much of it is recomputed. It earns nothing by it.
enum class Standing {
  kNew,      ///< every share is recomputed
  kRegular,  ///< a sample
  kTrusted,  ///< a smaller one
};

constexpr std::size_t kStandings = 3;

/// "new", "regular", "trusted".
std::string_view standing_word(Standing standing);
std::optional<Standing> standing_of(std::string_view word);

/// What an account has to have shown to come to a standing, since its last wrong share.
struct Entry {
  std::uint64_t shares = 0;   ///< recomputed by the pool, and right
  std::uint64_t sprints = 0;  ///< in which a share was, and none was wrong

  bool operator==(const Entry&) const = default;
};

/// Shares and sprints both count: all the shares could be of one sprint of a rented farm, and all
/// the sprints could have a share each. The second step is slow by itself: where a quarter of 24
/// shares is recomputed, 1000 take some 160 sprints. Neither keeps an account from faking, which
/// ForfeitRule does; they keep the pool's checks where an account, or its cards, are unknown.
struct StandingPolicy {
  Entry regular{64, 3};
  Entry trusted{1000, 100};

  bool operator==(const StandingPolicy&) const = default;
};

/// The same, if each entry asks for 1..2^53-1 shares and sprints, and trusted for no less than
/// regular.
base::Result<StandingPolicy> check_standings(const StandingPolicy& policy);

/// What the pool found out about an account in one sprint. Shares that were withdrawn, or not
/// recomputed, are in none of it.
struct Findings {
  std::uint64_t right = 0;  ///< shares that it recomputed
  std::uint64_t wrong = 0;
};

/// A row of a database: integers of 0..2^53-1.
struct ReputationRow {
  std::int64_t shares = 0;
  std::int64_t sprints = 0;
  std::int64_t faults = 0;

  bool operator==(const ReputationRow&) const = default;
};

/// What an account's standing is derived from; a value that does not change. An account of which
/// nothing is known has the default one. The standing itself is not kept, so that another policy
/// holds from the next sprint on.
///
/// It must be written with the result of the sprint that changed it, in one transaction: then each
/// sprint counts once. An account's sprints are judged in the order of their numbers.
class Reputation {
 public:
  Reputation() = default;
  /// Refuses a number that is out of range.
  static base::Result<Reputation> from_row(const ReputationRow& row);
  ReputationRow row() const;

  /// After a sprint. One wrong share, and the account is new again; a sprint in which nothing was
  /// recomputed changes nothing. Counts stop at 2^53-1.
  Reputation after(const Findings& findings) const;

  Standing standing(const StandingPolicy& policy) const;

  const Entry& shown() const { return shown_; }     ///< since the last wrong share
  std::uint64_t faults() const { return faults_; }  ///< sprints with a wrong share, ever

  bool operator==(const Reputation&) const = default;

 private:
  Reputation(const Entry& shown, std::uint64_t faults) : shown_(shown), faults_(faults) {}

  Entry shown_;
  std::uint64_t faults_ = 0;
};

}  // namespace pool
