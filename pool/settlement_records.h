#pragma once

#include <map>
#include <optional>
#include <string_view>

#include "pool/held_records.h"
#include "pool/journal.h"
#include "pool/ledger_book.h"

namespace pool {

/// How a settlement becomes rows: the credits, and the entries by which the reward is divided. It
/// is computed here, where the credits of the sprints before it are.
///
/// A window of PPLNS holds the sprints that were settled last, in the order in which that was done,
/// and in which somebody earned something: so each counts in as many windows as any other.
///
/// What a judged account earned goes into what is held of it, and from there, in the same
/// transaction, to where the record says; also where it is forfeited in the very sprint that
/// brought it: so each sprint's reward is divided in one way, and what is lost has one cause.
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
  using Judgements = std::map<std::string_view, const record::Judged*>;

  SettlementRecords(Statements statements, LedgerBook book, HeldRecords held)
      : sql_(std::move(statements)), book_(std::move(book)), held_(std::move(held)) {}

  base::Result<bool> is_open(std::uint64_t sprint);
  base::Result<Weights> weights(const record::Settled& settled);
  base::Status add_window(std::uint32_t sprints, Weights& to);
  base::Result<bool> fits(std::uint64_t reward);
  base::Status note_credits(std::uint64_t sprint, const record::Settled& settled);
  base::Status distribute(const HeldRecords::Moment& now, const RewardSplit& divided,
                          const Judgements& judgements);
  base::Status judge(const HeldRecords::Moment& now, const RewardSplit& divided,
                     const Judgements& judgements);

  Statements sql_;
  LedgerBook book_;
  HeldRecords held_;
};

}  // namespace pool
