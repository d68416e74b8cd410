#include "pool/held_records.h"

#include <algorithm>
#include <string>
#include <utility>

#include "stratum/messages.h"

namespace pool {
namespace {

constexpr const char* kOfAccount =
    "SELECT sprint, amount FROM held WHERE account ="
    " (SELECT id FROM accounts WHERE kind = 'held' AND name = ?1) ORDER BY sprint";
constexpr const char* kAllHeld =
    "SELECT sprint, amount, name FROM held JOIN accounts ON accounts.id = account"
    " ORDER BY account, sprint";
constexpr const char* kHold =
    "INSERT OR REPLACE INTO held (account, sprint, amount) VALUES (?1, ?2, ?3)";
constexpr const char* kDrop = "DELETE FROM held WHERE account = ?1 AND sprint = ?2";
constexpr const char* kKnow =
    "INSERT OR REPLACE INTO reputations (account, shares, sprints, faults) VALUES (?1, ?2, ?3, ?4)";
constexpr const char* kForgetReputation = "DELETE FROM reputations WHERE account = ?1";

base::Result<Escrow::Held> held_row(const Statement& row) {
  const std::int64_t sprint = row.integer(0).value_or(-1);
  const std::int64_t amount = row.integer(1).value_or(-1);
  const auto most = static_cast<std::int64_t>(stratum::kMaxInteger);
  if (sprint < 1 || sprint > most || amount < 1 || amount > most) return damaged_database();
  return Escrow::Held{static_cast<std::uint64_t>(sprint), static_cast<std::uint64_t>(amount)};
}

bool still_held(const record::Judged& judged, std::uint64_t sprint) {
  return std::any_of(judged.held.begin(), judged.held.end(),
                     [sprint](const Escrow::Held& held) { return held.sprint == sprint; });
}

/// With its name, where the rows are of all accounts.
struct NamedRow {
  std::string account;
  Escrow::Held held;
};

base::Status read_named(Statement& rows, std::vector<NamedRow>& to) {
  while (true) {
    ASSIGN_OR_RETURN(const bool more, rows.next());
    if (!more) return base::Ok{};
    ASSIGN_OR_RETURN(const Escrow::Held held, held_row(rows));
    const auto name = rows.text(2);
    if (!name) return damaged_database();
    to.push_back({std::string(*name), held});
  }
}

base::Status read_rows(Statement& rows, std::vector<Escrow::Held>& to) {
  while (true) {
    ASSIGN_OR_RETURN(const bool more, rows.next());
    if (!more) return base::Ok{};
    ASSIGN_OR_RETURN(const Escrow::Held held, held_row(rows));
    to.push_back(held);
  }
}

}  // namespace

base::Result<HeldRecords> HeldRecords::prepare(Database& database) {
  ASSIGN_OR_RETURN(Statement of, database.prepare(kOfAccount));
  ASSIGN_OR_RETURN(Statement all, database.prepare(kAllHeld));
  ASSIGN_OR_RETURN(Statement put, database.prepare(kHold));
  ASSIGN_OR_RETURN(Statement drop, database.prepare(kDrop));
  ASSIGN_OR_RETURN(Statement know, database.prepare(kKnow));
  ASSIGN_OR_RETURN(Statement forget, database.prepare(kForgetReputation));
  return HeldRecords({std::move(of), std::move(all), std::move(put), std::move(drop),
                      std::move(know), std::move(forget)});
}

base::Status HeldRecords::judge(LedgerBook& book, const Moment& now, const record::Judged& judged,
                                std::uint64_t earned) {
  RETURN_IF_ERROR(note(judged));
  ASSIGN_OR_RETURN(std::vector<Escrow::Held> rows, rows_of(judged.account));
  if (earned > 0) {
    ASSIGN_OR_RETURN(const auto account, book.account(LedgerKind::kHeld, judged.account));
    RETURN_IF_ERROR(sql_.put.run(account, now.sprint, earned));
    rows.push_back({now.sprint, earned});
  }
  for (const Escrow::Held& row : rows) {
    if (!still_held(judged, row.sprint)) RETURN_IF_ERROR(move(book, now, judged, row));
  }
  return base::Ok{};
}

/// Nothing is kept of an account of which nothing is known.
base::Status HeldRecords::note(const record::Judged& judged) {
  const auto& [shares, sprints, faults] = judged.reputation;
  const std::string_view name = judged.account;
  if (judged.reputation == ReputationRow{}) return sql_.forget.run(name);
  return sql_.know.run(name, shares, sprints, faults);
}

/// What an account loses is not 0 where it had anything.
base::Status HeldRecords::move(LedgerBook& book, const Moment& now, const record::Judged& judged,
                               const Escrow::Held& row) {
  if (judged.moved.forfeited == 0) return release(book, now, judged.account, row);
  ASSIGN_OR_RETURN(const auto from, book.account(LedgerKind::kHeld, judged.account));
  ASSIGN_OR_RETURN(const auto to, book.account(LedgerKind::kFee));
  RETURN_IF_ERROR(sql_.drop.run(from, row.sprint));
  return book.post({row.sprint, 0, now.time, LedgerCause::kForfeited, from, to, row.amount});
}

base::Status HeldRecords::release(LedgerBook& book, const Moment& now, std::string_view account,
                                  const Escrow::Held& row) {
  ASSIGN_OR_RETURN(const auto from, book.account(LedgerKind::kHeld, account));
  ASSIGN_OR_RETURN(const auto to, book.account(LedgerKind::kDue, account));
  RETURN_IF_ERROR(sql_.drop.run(from, row.sprint));
  return book.post({row.sprint, 0, now.time, LedgerCause::kReleased, from, to, row.amount});
}

base::Status HeldRecords::release_all(LedgerBook& book, const Moment& now) {
  std::vector<NamedRow> all;
  sql_.all.bind();
  base::Status read = read_named(sql_.all, all);
  sql_.all.reset();  // also after a fault: an open read would outlive the transaction
  RETURN_IF_ERROR(std::move(read));
  for (const auto& [account, held] : all) RETURN_IF_ERROR(release(book, now, account, held));
  return base::Ok{};
}

base::Result<std::vector<Escrow::Held>> HeldRecords::rows_of(std::string_view account) {
  std::vector<Escrow::Held> rows;
  sql_.of.bind(account);
  base::Status read = read_rows(sql_.of, rows);
  sql_.of.reset();
  RETURN_IF_ERROR(std::move(read));
  return rows;
}

}  // namespace pool
