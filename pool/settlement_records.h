#pragma once

#include <optional>
#include <string_view>

#include "pool/journal.h"
#include "pool/ledger_book.h"

namespace pool {

/// How a settlement becomes rows: the credits, and the entries by which the reward is divided. It
/// is computed here, where the credits of the sprints before it are.
///
/// A window of PPLNS holds the sprints that were settled last, in the order in which that was done,
/// and in which somebody earned something: so each counts in as many windows as any other.
class SettlementRecords {
 public:
  /// Fails when the database has not the tables of pool/journal_schema.h.
  static base::Result<SettlementRecords> prepare(Database& database);

  /// Within a transaction. Changes nothing for a sprint that is settled already, or is not in the
  /// database.
  base::Status write(std::uint64_t sprint, const record::Settled& settled);

 private:
  struct Statements {
    Statement open, settle, credit, forget, window;
  };
  SettlementRecords(Statements statements, LedgerBook book)
      : sql_(std::move(statements)), book_(std::move(book)) {}

  base::Result<bool> is_open(std::uint64_t sprint);
  base::Result<Weights> weights(const record::Settled& settled);
  base::Status add_window(std::uint32_t sprints, Weights& to);
  base::Result<bool> fits(std::uint64_t reward);
  base::Status note_credits(std::uint64_t sprint, const record::Settled& settled);
  base::Status distribute(std::uint64_t sprint, base::UnixTime time, const RewardSplit& divided);

  Statements sql_;
  LedgerBook book_;
};

}  // namespace pool
