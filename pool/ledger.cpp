#include "pool/ledger.h"

#include <algorithm>
#include <utility>

#include "base/bytes.h"
#include "pool/journal_schema.h"
#include "stratum/messages.h"

namespace pool {
namespace {

constexpr const char* kPatience = "PRAGMA busy_timeout = 5000";  // ms

constexpr const char* kBalances =
    "SELECT name, sum(iif(kind = 'held', credits - debits, 0)),"
    " sum(iif(kind = 'due', credits - debits, 0)),"
    " sum(iif(kind = 'exported', credits - debits, 0)),"
    " sum(iif(kind = 'paid', credits - debits, 0)) FROM accounts"
    " WHERE kind IN ('held', 'due', 'exported', 'paid') GROUP BY name ORDER BY name";
constexpr const char* kDue =
    "SELECT name, credits - debits FROM accounts WHERE kind = 'due' AND credits - debits >= ?1"
    " ORDER BY name";
constexpr const char* kExported = "SELECT min(id) FROM payouts WHERE state = 'exported'";
constexpr const char* kMakePayout =
    "INSERT INTO payouts (state, minimum, exported_us, paid_us) VALUES ('exported', ?1, ?2, 0)"
    " RETURNING id";
constexpr const char* kPut = "INSERT INTO payout_items (payout, name, amount) VALUES (?1, ?2, ?3)";
constexpr const char* kFind =
    "SELECT state, minimum, exported_us, paid_us FROM payouts WHERE id = ?1";
constexpr const char* kItems =
    "SELECT name, amount FROM payout_items WHERE payout = ?1 ORDER BY name";
constexpr const char* kPay =
    "UPDATE payouts SET state = 'paid', paid_us = ?2 WHERE id = ?1 AND state = 'exported'";

/// The columns of a row that are integers of 0..`most`, or texts: somebody may have changed the
/// file.
base::Result<std::uint64_t> number(const Statement& row, int column, std::uint64_t most) {
  const std::int64_t value = row.integer(column).value_or(-1);
  if (value < 0 || static_cast<std::uint64_t>(value) > most) return damaged_database();
  return static_cast<std::uint64_t>(value);
}

base::Result<base::UnixTime> time(const Statement& row, int column) {
  ASSIGN_OR_RETURN(const std::uint64_t micros, number(row, column, stratum::kMaxInteger));
  return base::UnixTime(base::Micros(static_cast<std::int64_t>(micros)));
}

base::Result<std::string> name(const Statement& row, int column) {
  const auto text = row.text(column);
  if (!text) return damaged_database();
  return std::string(*text);
}

base::Error about_file(const std::string& path, const base::Error& error) {
  return {error.fault, "ledger " + base::printable(path) + ": " + error.message};
}

base::Result<Database> open_database(const std::string& path) {
  if (path.empty()) return base::invalid("it has no name: name a file");
  ASSIGN_OR_RETURN(Database database, Database::open(path));
  RETURN_IF_ERROR(database.run(kPatience));
  RETURN_IF_ERROR(check_schema(database));
  return database;
}

}  // namespace

base::Result<Ledger> Ledger::open(const std::string& path) {
  auto database = open_database(path);
  if (!database.ok()) return about_file(path, database.error());
  auto book = LedgerBook::prepare(*database);
  if (!book.ok()) return about_file(path, book.error());
  return Ledger(path, std::move(*database), std::move(*book));
}

base::Error Ledger::about(const base::Error& error) const {
  return about_file(path_, error);
}

base::Result<std::vector<Balance>> Ledger::balances() {
  return named(read_balances());
}

base::Result<std::vector<Balance>> Ledger::read_balances() {
  ASSIGN_OR_RETURN(Statement rows, database_.prepare(kBalances));
  std::vector<Balance> all;
  while (true) {
    ASSIGN_OR_RETURN(const bool row, rows.next());
    if (!row) return all;
    Balance balance;
    ASSIGN_OR_RETURN(balance.account, name(rows, 0));
    ASSIGN_OR_RETURN(balance.held, number(rows, 1, INT64_MAX));
    ASSIGN_OR_RETURN(balance.due, number(rows, 2, INT64_MAX));
    ASSIGN_OR_RETURN(balance.exported, number(rows, 3, INT64_MAX));
    ASSIGN_OR_RETURN(balance.paid, number(rows, 4, INT64_MAX));
    all.push_back(std::move(balance));
  }
}

base::Result<std::optional<Payout>> Ledger::export_payouts(std::uint64_t minimum,
                                                           base::UnixTime now) {
  std::optional<Payout> payout;
  const base::Status done = database_.transact([&]() -> base::Status {
    ASSIGN_OR_RETURN(auto id, exported());
    if (!id) {
      ASSIGN_OR_RETURN(id, make_payout(std::max<std::uint64_t>(minimum, 1), now));
    }
    if (!id) return base::Ok{};
    ASSIGN_OR_RETURN(payout, find(*id));
    return base::Ok{};
  });
  if (!done.ok()) return about(done.error());
  return payout;
}

base::Result<std::optional<std::uint64_t>> Ledger::exported() {
  ASSIGN_OR_RETURN(Statement oldest, database_.prepare(kExported));
  ASSIGN_OR_RETURN(const bool row, oldest.next());
  const auto id = row ? oldest.integer(0) : std::nullopt;
  return id ? std::optional(static_cast<std::uint64_t>(*id)) : std::nullopt;
}

base::Result<std::optional<std::uint64_t>> Ledger::make_payout(std::uint64_t minimum,
                                                               base::UnixTime now) {
  if (minimum > INT64_MAX) return std::optional<std::uint64_t>();
  ASSIGN_OR_RETURN(const auto items, due(minimum));
  if (items.empty()) return std::optional<std::uint64_t>();
  ASSIGN_OR_RETURN(Statement make, database_.prepare(kMakePayout));
  make.bind(minimum, now);
  ASSIGN_OR_RETURN(const bool made, make.next());
  if (!made) return damaged_database();
  ASSIGN_OR_RETURN(const std::uint64_t id, number(make, 0, INT64_MAX));
  make.reset();
  ASSIGN_OR_RETURN(Statement put, database_.prepare(kPut));
  for (const PayoutItem& item : items) RETURN_IF_ERROR(put_item(put, id, item, now));
  return std::optional(id);
}

base::Result<std::vector<PayoutItem>> Ledger::due(std::uint64_t minimum) {
  ASSIGN_OR_RETURN(Statement rows, database_.prepare(kDue));
  rows.bind(minimum);
  std::vector<PayoutItem> items;
  while (true) {
    ASSIGN_OR_RETURN(const bool row, rows.next());
    if (!row) return items;
    PayoutItem item;
    ASSIGN_OR_RETURN(item.account, name(rows, 0));
    ASSIGN_OR_RETURN(item.amount, number(rows, 1, INT64_MAX));
    item.amount = std::min(item.amount, stratum::kMaxInteger);
    items.push_back(std::move(item));
  }
}

base::Status Ledger::put_item(Statement& put, std::uint64_t payout, const PayoutItem& item,
                              base::UnixTime now) {
  RETURN_IF_ERROR(put.run(payout, std::string_view(item.account), item.amount));
  ASSIGN_OR_RETURN(const auto from, book_.account(LedgerKind::kDue, item.account));
  ASSIGN_OR_RETURN(const auto to, book_.account(LedgerKind::kExported, item.account));
  return book_.post({0, payout, now, LedgerCause::kExported, from, to, item.amount});
}

base::Result<std::optional<Payout>> Ledger::find(std::uint64_t id) {
  if (id > INT64_MAX) return std::optional<Payout>();
  ASSIGN_OR_RETURN(Statement row, database_.prepare(kFind));
  row.bind(id);
  ASSIGN_OR_RETURN(const bool found, row.next());
  if (!found) return std::optional<Payout>();
  Payout payout;
  payout.id = id;
  ASSIGN_OR_RETURN(const std::string state, name(row, 0));
  if (state != "exported" && state != "paid") return damaged_database();
  payout.paid = state == "paid";
  ASSIGN_OR_RETURN(payout.minimum, number(row, 1, INT64_MAX));
  ASSIGN_OR_RETURN(payout.exported_at, time(row, 2));
  ASSIGN_OR_RETURN(payout.paid_at, time(row, 3));
  RETURN_IF_ERROR(read_items(payout));
  return std::optional(std::move(payout));
}

base::Status Ledger::read_items(Payout& payout) {
  ASSIGN_OR_RETURN(Statement rows, database_.prepare(kItems));
  rows.bind(payout.id);
  while (true) {
    ASSIGN_OR_RETURN(const bool row, rows.next());
    if (!row) return base::Ok{};
    PayoutItem item;
    ASSIGN_OR_RETURN(item.account, name(rows, 0));
    ASSIGN_OR_RETURN(item.amount, number(rows, 1, stratum::kMaxInteger));
    if (item.amount == 0) return damaged_database();
    payout.items.push_back(std::move(item));
  }
}

base::Result<Payout> Ledger::confirm(std::uint64_t id, base::UnixTime now) {
  std::optional<Payout> payout;
  const base::Status done = database_.transact([&]() -> base::Status {
    ASSIGN_OR_RETURN(payout, find(id));
    if (!payout) return base::invalid("there is no payout " + std::to_string(id));
    if (std::exchange(payout->paid, true)) return base::Ok{};
    payout->paid_at = now;
    return pay(*payout, now);
  });
  if (!done.ok()) return about(done.error());
  return std::move(*payout);
}

base::Status Ledger::pay(const Payout& payout, base::UnixTime now) {
  ASSIGN_OR_RETURN(Statement change, database_.prepare(kPay));
  RETURN_IF_ERROR(change.run(payout.id, now));
  for (const auto& [miner, amount] : payout.items) {
    ASSIGN_OR_RETURN(const auto from, book_.account(LedgerKind::kExported, miner));
    ASSIGN_OR_RETURN(const auto to, book_.account(LedgerKind::kPaid, miner));
    RETURN_IF_ERROR(book_.post({0, payout.id, now, LedgerCause::kPaid, from, to, amount}));
  }
  return base::Ok{};
}

}  // namespace pool
