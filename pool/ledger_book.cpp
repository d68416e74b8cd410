#include "pool/ledger_book.h"

#include <array>

#include "stratum/messages.h"

namespace pool {
namespace {

constexpr std::array<std::string_view, kLedgerKinds> kKinds = {"reward", "fee",      "held",
                                                               "due",    "exported", "paid"};
constexpr std::array<std::string_view, 6> kCauses = {"fee",       "earned",   "released",
                                                     "forfeited", "exported", "paid"};

constexpr const char* kFindAccount = "SELECT id FROM accounts WHERE kind = ?1 AND name = ?2";
constexpr const char* kMakeAccount =
    "INSERT INTO accounts (kind, name, debits, credits) VALUES (?1, ?2, 0, 0) RETURNING id";
constexpr const char* kDebits = "SELECT debits FROM accounts WHERE id = ?1";
constexpr const char* kEnter =
    "INSERT INTO entries (sprint, payout, time_us, cause, debit, credit, amount)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
constexpr const char* kDebit = "UPDATE accounts SET debits = debits + ?2 WHERE id = ?1";
constexpr const char* kCredit = "UPDATE accounts SET credits = credits + ?2 WHERE id = ?1";

/// The integer in the first column of the statement's only row; nothing when there is no row.
base::Result<std::optional<std::int64_t>> first_integer(Statement& statement) {
  const auto row = statement.next();
  const auto value = row.ok() && *row ? statement.integer(0) : std::nullopt;
  statement.reset();
  if (!row.ok()) return row.error();
  if (*row && !value) return damaged_database();
  return value;
}

base::Result<std::int64_t> only_integer(Statement& statement) {
  ASSIGN_OR_RETURN(const auto value, first_integer(statement));
  if (!value) return damaged_database();
  return *value;
}

}  // namespace

std::string_view kind_word(LedgerKind kind) {
  return kKinds[static_cast<std::size_t>(kind)];
}

std::optional<LedgerKind> kind_of(std::string_view word) {
  for (std::size_t i = 0; i < kKinds.size(); ++i) {
    if (kKinds[i] == word) return static_cast<LedgerKind>(i);
  }
  return std::nullopt;
}

std::string_view cause_word(LedgerCause cause) {
  return kCauses[static_cast<std::size_t>(cause)];
}

base::Result<LedgerBook> LedgerBook::prepare(Database& database) {
  ASSIGN_OR_RETURN(Statement find, database.prepare(kFindAccount));
  ASSIGN_OR_RETURN(Statement make, database.prepare(kMakeAccount));
  ASSIGN_OR_RETURN(Statement debits, database.prepare(kDebits));
  ASSIGN_OR_RETURN(Statement enter, database.prepare(kEnter));
  ASSIGN_OR_RETURN(Statement debit, database.prepare(kDebit));
  ASSIGN_OR_RETURN(Statement credit, database.prepare(kCredit));
  return LedgerBook({std::move(find), std::move(make), std::move(debits), std::move(enter),
                     std::move(debit), std::move(credit)});
}

base::Result<LedgerBook::AccountId> LedgerBook::account(LedgerKind kind, std::string_view miner) {
  sql_.find.bind(kind_word(kind), miner);
  ASSIGN_OR_RETURN(const auto there, first_integer(sql_.find));
  if (there) return *there;
  sql_.make.bind(kind_word(kind), miner);
  return only_integer(sql_.make);
}

base::Result<std::uint64_t> LedgerBook::debits(AccountId account) {
  sql_.debits.bind(account);
  ASSIGN_OR_RETURN(const std::int64_t sum, only_integer(sql_.debits));
  if (sum < 0) return damaged_database();
  return static_cast<std::uint64_t>(sum);
}

base::Status LedgerBook::post(const Entry& entry) {
  CHECK(entry.amount >= 1 && entry.amount <= stratum::kMaxInteger);
  RETURN_IF_ERROR(sql_.enter.run(entry.sprint, entry.payout, entry.time, cause_word(entry.cause),
                                 entry.debit, entry.credit, entry.amount));
  RETURN_IF_ERROR(sql_.debit.run(entry.debit, entry.amount));
  return sql_.credit.run(entry.credit, entry.amount);
}

}  // namespace pool
