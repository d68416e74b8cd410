#include <algorithm>

#include "pool/journal_file.h"

namespace pool {
namespace {

constexpr const char* kOldest =
    "SELECT number FROM sprints WHERE closed AND t_end_us < ?1 ORDER BY number LIMIT 1";
// The sprint goes last: until then a crash leaves nothing that belongs to no sprint.
constexpr const char* kDeletions[] = {
    "DELETE FROM shares WHERE id IN (SELECT id FROM shares WHERE sprint = ?1 LIMIT ?2)",
    "DELETE FROM repeats WHERE id IN (SELECT id FROM repeats WHERE sprint = ?1 LIMIT ?2)",
    ("DELETE FROM leases WHERE sprint = ?1 AND lease IN"
     " (SELECT lease FROM leases WHERE sprint = ?1 LIMIT ?2)"),
    "DELETE FROM sprints WHERE number = ?1 AND ?2 > 0",
};

/// Takes what is deleted off the budget; the sprint is gone if some of that is left.
base::Status delete_sprint(Database& database, std::int64_t number, std::int64_t& budget) {
  const std::int64_t before = budget;
  for (const char* sql : kDeletions) {
    ASSIGN_OR_RETURN(Statement deletion, database.prepare(sql));
    RETURN_IF_ERROR(deletion.run(number, budget));
    budget -= database.changed();
  }
  if (budget == before) return damaged_database();  // found, but not where it belongs
  return base::Ok{};
}

}  // namespace

base::Result<bool> JournalFile::prune(base::UnixTime now, std::int64_t rows) {
  std::int64_t budget = rows;
  RETURN_IF_ERROR(transact([&] { return delete_old(now - kJournalKept, budget); }));
  return budget <= 0;
}

base::Status JournalFile::delete_old(base::UnixTime before, std::int64_t& budget) {
  ASSIGN_OR_RETURN(Statement oldest, database_.prepare(kOldest));
  while (budget > 0) {
    oldest.bind(before);
    ASSIGN_OR_RETURN(const bool found, oldest.next());
    const auto number = found ? oldest.integer(0) : std::nullopt;
    oldest.reset();
    if (!number) break;
    RETURN_IF_ERROR(delete_sprint(database_, *number, budget));
  }
  return base::Ok{};
}

base::Status JournalFile::forget(std::span<const SessionId> sessions) {
  ASSIGN_OR_RETURN(Statement deletion,
                   database_.prepare("DELETE FROM sessions WHERE session = ?1"));
  while (!sessions.empty()) {
    const auto some = sessions.first(std::min<std::size_t>(sessions.size(), 10'000));
    base::Status done = transact([&]() -> base::Status {
      for (const SessionId id : some) RETURN_IF_ERROR(deletion.run(base::to_hex(id)));
      return base::Ok{};
    });
    if (!done.ok()) return done;
    sessions = sessions.subspan(some.size());
  }
  return base::Ok{};
}

}  // namespace pool
