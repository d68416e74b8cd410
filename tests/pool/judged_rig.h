#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "pool/trust.h"
#include "tests/pool/ledger_rig.h"

// What the tests of held earnings share: sprints as a pool that samples would judge them.
namespace tests {

/// A sprint's part of the input: who earned what D, and what was found.
struct Played {
  pool::Weights credits;
  pool::FindingsByAccount findings;
  bool all_recomputed = false;  ///< and no sample: all that is held is given back
};

/// Holds through so many sprints; else the default.
pool::ForfeitRule holding(std::uint32_t sprints);

/// The records of a sprint that `trust` judges, as a pool writes them.
std::vector<pool::Record> judged_sprint(pool::Trust& trust, std::uint64_t number,
                                        const Played& played, const pool::RewardConfig& rewards);

/// Some of so many accounts, each with some credit; one in 20 has sent a wrong share, some of them
/// nothing else. One sprint in 40 is `all_recomputed`.
Played random_sprint(std::mt19937_64& random, std::uint64_t accounts);

/// What the file holds of accounts, read beside whoever has it open.
std::vector<pool::Saved::Known> known_in(const LedgerFolder& folder);

}  // namespace tests
