#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "pool/forfeit.h"
#include "pool/journal.h"
#include "pool/standing.h"

namespace pool {

/// What each account was found to have done in a sprint, by name.
using FindingsByAccount = std::map<std::string, Findings>;

/// What a share of this D is worth at most, rounded up, where a reward (after the fee) of 0..2^53-1
/// is divided by D among `total`, which holds that share. Where others' shares turn out wrong, less
/// is left to divide it among, and the share is worth more: ask again with what is left.
std::uint64_t worth_of_largest(std::uint64_t reward, std::uint64_t total, std::uint64_t largest);

/// What a pool knows of accounts, and what it holds of theirs: which samples their standing and
/// their stake allow, and what a sprint's findings move. The state in memory; that of the database
/// follows it, a Judged at a time. Without clock or thread.
///
/// It grows by each name of which anything was ever found, right or wrong; an account of which
/// nothing is known or held takes no room.
class Trust {
 public:
  /// With what is saved, whose rows must be sound: JournalFile refuses others.
  Trust(const StandingPolicy& policy, const ForfeitRule& rule,
        const std::vector<Saved::Known>& known);

  Standing standing(const std::string& account) const;
  std::uint64_t held(const std::string& account) const;
  /// How many of its shares are recomputed in the sprint after the last one that was judged;
  /// `largest_worth` is what that of highest D is worth at most.
  SampleRate rate(const std::string& account, std::uint64_t largest_worth) const;

  /// Takes what a sprint brought, and what was found in it. A sprint with a greater number than all
  /// before it; `earned` are the amounts of its split, each below 2^53. Returns what is to be
  /// written, by name, of all accounts that earned something, were found about, or have anything
  /// held: earnings are released while their owner is away, too.
  ///
  /// A sprint of which all shares were recomputed is judged as well, where the pool samples: a
  /// wrong share costs what it always does, and right ones count.
  std::vector<record::Judged> judge(std::uint64_t sprint, const Weights& earned,
                                    const FindingsByAccount& findings);

  /// The pool does not sample any more: nothing is held, as a Settled without judgements writes it.
  /// Nobody's reputation changes. A fake gains nothing where all is recomputed, so nothing has to
  /// be at stake.
  void release_all(std::uint64_t sprint);

  /// As it would be saved.
  std::vector<Saved::Known> known() const;

 private:
  void go_on_to(std::uint64_t sprint);
  record::Judged judge_one(const std::string& account, std::uint64_t sprint, std::uint64_t earned,
                           const Findings& findings);

  StandingPolicy policy_;
  ForfeitRule rule_;
  std::map<std::string, Reputation> reputations_;  // of which something is known
  std::map<std::string, Escrow> escrows_;          // in which something is held
  std::uint64_t last_sprint_ = 0;
};

}  // namespace pool
