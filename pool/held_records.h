#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "pool/journal.h"
#include "pool/ledger_book.h"

namespace pool {

/// How a judged sprint becomes rows: what is known of accounts, and what is held of theirs, with
/// the entries by which that moves. All calls are made within the transaction of the settlement.
///
/// The amounts are those of the ledger alone; a record says whose earnings of which sprints are
/// still held, and whether what is not goes to its owner or is forfeited. So what is held is always
/// the sum of its rows, no unit is made or lost, and no record can be refused, whatever it says:
/// one that never could be written would stop the journal. Where the pool and the ledger agree, the
/// rows are those of the record.
class HeldRecords {
 public:
  /// Fails when the database has not the tables of pool/journal_schema.h.
  static base::Result<HeldRecords> prepare(Database& database);

  /// The sprint that is settled, and when.
  struct Moment {
    std::uint64_t sprint = 0;
    base::UnixTime time;
  };

  /// What a sprint means for one account, whose `earned` (0: nothing) of that sprint is in its
  /// balance already.
  base::Status judge(LedgerBook& book, const Moment& now, const record::Judged& judged,
                     std::uint64_t earned);
  /// All that is held of anybody is due.
  base::Status release_all(LedgerBook& book, const Moment& now);

 private:
  struct Statements {
    Statement of, all, put, drop, know, forget;
  };
  explicit HeldRecords(Statements statements) : sql_(std::move(statements)) {}

  base::Status note(const record::Judged& judged);
  base::Status move(LedgerBook& book, const Moment& now, const record::Judged& judged,
                    const Escrow::Held& row);
  base::Status release(LedgerBook& book, const Moment& now, std::string_view account,
                       const Escrow::Held& row);
  base::Result<std::vector<Escrow::Held>> rows_of(std::string_view account);

  Statements sql_;
};

}  // namespace pool
