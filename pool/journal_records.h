#pragma once

#include "pool/database.h"
#include "pool/journal.h"
#include "pool/settlement_records.h"

namespace pool {

/// How records become rows: a prepared statement for each kind. A record of a sprint that is not in
/// the database (any more) changes nothing.
class JournalRecords {
 public:
  /// Fails when the database has not the tables of pool/journal_schema.h.
  static base::Result<JournalRecords> prepare(Database& database);

  /// Within a transaction.
  base::Status write(const Record& record);

 private:
  struct Statements {
    Statement announce, number, start, value, draw, close, pass, join, resume, grant, store, repeat,
        decide;
  };
  JournalRecords(Statements statements, SettlementRecords settlements)
      : sql_(std::move(statements)), settlements_(std::move(settlements)) {}

  base::Status on(const record::Announced& record);
  base::Status on(const record::Started& record);
  base::Status on(const record::Drawn& record);
  base::Status on(const record::Closed& record);
  base::Status on(const record::Joined& record);
  base::Status on(const record::Resumed& record);
  base::Status on(const record::Granted& record);
  base::Status on(const record::Stored& record);
  base::Status on(const record::Repeated& record);
  base::Status on(const record::Decided& record);

  Statements sql_;
  SettlementRecords settlements_;
};

/// The word in the column `state` of a share.
std::string_view state_word(Share::State state);
/// The state of this word.
std::optional<Share::State> state_of(std::string_view word);

}  // namespace pool
