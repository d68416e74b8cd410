#include "pool/known_accounts.h"

#include <map>
#include <string>
#include <utility>

#include "base/bytes.h"

namespace pool {
namespace {

using KnownByName = std::map<std::string, Saved::Known>;

constexpr const char* kReputations = "SELECT account, shares, sprints, faults FROM reputations";
constexpr const char* kHeldRows =
    "SELECT name, sprint, amount FROM held LEFT JOIN accounts"
    " ON accounts.id = account AND kind = 'held' ORDER BY account, sprint";

/// The account in the first column of a row, as a login may name it.
base::Result<std::string> account_of(const Statement& row) {
  const auto name = row.text(0);
  if (!name || name->empty() || name->size() > stratum::kMaxAccountBytes || !base::is_utf8(*name)) {
    return damaged_database();
  }
  return std::string(*name);
}

base::Status take_reputation(const Statement& row, KnownByName& known) {
  ASSIGN_OR_RETURN(const std::string account, account_of(row));
  // A column that is no integer is out of range.
  const ReputationRow values{row.integer(1).value_or(-1), row.integer(2).value_or(-1),
                             row.integer(3).value_or(-1)};
  if (!Reputation::from_row(values).ok()) return damaged_database();
  known[account].reputation = values;
  return base::Ok{};
}

base::Status take_held(const Statement& row, KnownByName& known) {
  ASSIGN_OR_RETURN(const std::string account, account_of(row));
  const auto sprint = row.integer(1), amount = row.integer(2);
  if (!sprint || !amount || *sprint < 1 || *amount < 1) return damaged_database();
  known[account].held.push_back(
      {static_cast<std::uint64_t>(*sprint), static_cast<std::uint64_t>(*amount)});
  return base::Ok{};
}

template <class Take>
base::Status take_rows(Database& database, const char* sql, KnownByName& known, const Take& take) {
  ASSIGN_OR_RETURN(Statement rows, database.prepare(sql));
  while (true) {
    ASSIGN_OR_RETURN(const bool more, rows.next());
    if (!more) return base::Ok{};
    RETURN_IF_ERROR(take(rows, known));
  }
}

}  // namespace

base::Result<std::vector<Saved::Known>> load_known(Database& database) {
  KnownByName known;
  RETURN_IF_ERROR(take_rows(database, kReputations, known, take_reputation));
  RETURN_IF_ERROR(take_rows(database, kHeldRows, known, take_held));
  std::vector<Saved::Known> all;
  for (auto& [account, one] : known) {
    if (!Escrow::from_rows(one.held).ok()) return damaged_database();
    one.account = account;
    all.push_back(std::move(one));
  }
  return all;
}

}  // namespace pool
