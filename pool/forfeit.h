#pragma once

#include <cstdint>
#include <vector>

#include "base/result.h"
#include "pool/draw.h"
#include "pool/standing.h"

// What a wrong share costs where a sample is recomputed. Amounts are integers of 0..2^53-1 in a
// unit that is worth the same in every sprint: that of the ledger, not D, where a sprint's reward
// is divided among more or less D than another's. Source: the sampling page.
namespace pool {

constexpr std::uint32_t kMaxHoldSprints = 1000;  ///< sums of what is held stay below 2^63

/// What an account earned and is not given yet, by sprint: that is lost with a wrong share.
class Escrow {
 public:
  /// A row of a database: `amount` is 1..2^53-1.
  struct Held {
    std::uint64_t sprint = 0;  ///< its number
    std::uint64_t amount = 0;

    bool operator==(const Held&) const = default;
  };

  Escrow() = default;
  /// Refuses rows whose sprints do not go up, more than 1000, and amounts that are out of range.
  static base::Result<Escrow> from_rows(std::vector<Held> rows);
  const std::vector<Held>& rows() const { return rows_; }

  std::uint64_t total() const;
  /// Holds what was earned in a sprint later than all that are held.
  void hold(std::uint64_t sprint, std::uint64_t amount);
  /// Takes what was earned in this sprint and before; the sum.
  std::uint64_t release(std::uint64_t sprint);
  /// Takes all; the sum.
  std::uint64_t forfeit();

  bool operator==(const Escrow&) const = default;

 private:
  std::vector<Held> rows_;  // sprints go up
};

/// What an account has at stake when a sprint is drawn.
struct Stake {
  std::uint64_t held = 0;     ///< Escrow::total(), without this sprint
  std::uint64_t largest = 0;  ///< what its share of highest D is worth, rounded up
};

/// Rates, and what makes them safe.
struct ForfeitConfig {
  SampleRate regular{{1, 4}, 3};
  SampleRate trusted{{1, 16}, 2};
  std::uint32_t hold_sprints = 4;      ///< 1..1000: through how many later ones earnings are held
  std::uint32_t margin_percent = 200;  ///< 101..10000: what is held, in what has to be
  std::uint32_t usual_shares = 24;     ///< 1..10^6: what a device is wanted to find in a sprint

  bool operator==(const ForfeitConfig&) const = default;
};

/// What a judged sprint moves.
struct Moved {
  std::uint64_t held = 0;       ///< earned in it
  std::uint64_t released = 0;   ///< to the account
  std::uint64_t forfeited = 0;  ///< to nobody who could have faked

  bool operator==(const Moved&) const = default;
};

/// The rule: **one share of a sprint that is proved wrong costs the account all that it earned in
/// that sprint, and all that is held of earlier ones.** Earnings of a sprint are held until the
/// `hold_sprints` sprints after it are judged, whether or not the account takes part.
///
/// Why nobody gains by it. In some sprint an account sends j fakes, each worth d at most, beside
/// right shares or in place of them. Each is recomputed with a chance of p at least, by itself, and
/// nobody knows which (`draw_sample`); let q = 1 - p, and E be what is held. All j pass with a
/// chance of q^j. Compared with right shares only (or without the fakes, where the cards do no
/// more), it then gains j d at most: a fake that saves work saves less than the share is worth.
/// Else it loses at least E:
///
///     G(j) <= q^j j d - (1 - q^j) E
///
/// With x = j ln(1/q) is j q^j / (1 - q^j) = x / (e^x - 1) / ln(1/q), which falls as j grows: the
/// first fake pays best, however many more there are. So
///
///     G(j) < 0 for all j >= 1   if and only if   p E > (1 - p) d.
///
/// `rate` sees to that, with the margin on E, from what the account has at stake at the draw: a
/// standing's rate holds where p E >= margin (1 - p) d, else that of the standing below; at last
/// every share is recomputed, p = 1, and fakes gain nothing. What was earned in the same sprint is
/// lost as well, but is not counted on: an account of fakes only has none.
///
/// It holds for all sprints together: in each one, whatever happened before, the expectation of
/// what the account was given and has held, less what right shares had brought, does not rise, and
/// falls where one is faked below p = 1. A sum of such steps does not depend on when one begins,
/// pauses, leaves, or comes back by another name. For this an account's sprints are judged in the
/// order of their numbers, each with the reputation and the escrow that the one before it left.
///
/// In sprints: who earns n shares of a like D each has E = hold_sprints n d, so a rate is ever used
/// if hold_sprints n >= margin (1 - p) / p. A configuration in which `usual_shares` are too few for
/// that is refused.
class ForfeitRule {
 public:
  /// Refuses values that are out of range, a trusted account that is checked more than a regular
  /// one, and a rate that what is held can never make safe.
  static base::Result<ForfeitRule> create(const ForfeitConfig& config);

  /// How many shares of an account of this standing are recomputed.
  SampleRate rate(Standing standing, const Stake& stake) const;

  /// Of a sprint later than all that are held: holds what the account earned in it, or forfeits
  /// that and all that is held; releases what was held long enough. For an account without a share
  /// in it, too.
  Moved judge(Escrow& escrow, std::uint64_t sprint, std::uint64_t earned, bool wrong) const;

  const ForfeitConfig& config() const { return config_; }

 private:
  explicit ForfeitRule(const ForfeitConfig& config) : config_(config) {}

  bool safe(const Probability& chance, const Stake& stake) const;
  base::Status check_safe(Standing standing, const Probability& chance) const;

  ForfeitConfig config_;
};

}  // namespace pool
