#pragma once

#include <string>

#include "pool/database.h"
#include "pool/sprint.h"

namespace pool {

/// The layout of the tables; in the database as its user_version. A newer pool brings an older file
/// up to its own, never the other way round.
constexpr std::int64_t kJournalVersion = 3;  // 1 had no ledger, 2 held nothing back

/// Makes the tables in an empty database, or checks that it is the sound journal of this pool, and
/// brings an older one up to this layout. Commits are durable from then on, one by one. Nothing is
/// written to a file that is something else. Errors: as a Database's.
base::Status open_schema(Database& database, const std::string& pool_name,
                         const RandomSource& random);

/// For who works beside the pool: checks that it is a journal of this layout, whose commits are
/// durable. Nothing is written to it. Errors: as a Database's.
base::Status check_schema(Database& database);

}  // namespace pool
