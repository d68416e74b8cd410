#pragma once

#include <map>
#include <string>
#include <vector>

#include "pool/journal_file.h"
#include "pool/ledger.h"
#include "tests/pool/journal_rig.h"

// What the tests of the ledger share: a database with settled sprints, and its books.
namespace tests {

/// The records of one sprint that is announced and closed, at its 20 s after noon.
std::vector<pool::Record> settled_sprint(std::uint64_t number, const pool::Weights& credits,
                                         const pool::RewardConfig& rewards,
                                         const std::string& best = "");

/// What a payout pays, by account.
pool::Weights items_of(const pool::Payout& payout);

/// A database that a pool wrote, and whoever reads it beside.
class LedgerFolder : public JournalFolder {
 public:
  /// Writes them as one transaction, as a pool that starts and ends.
  void write(const std::vector<pool::Record>& records, base::UnixTime now = kNoon);
  /// Its ledger, which must open; a new handle each time.
  pool::Ledger ledger() const;

  /// Of everybody who is due something.
  pool::Weights due() const;
  /// The trial balance; its faults fail the test.
  pool::TrialBalance balanced() const;
};

}  // namespace tests
