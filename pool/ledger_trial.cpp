#include <fmt/format.h>

#include <array>
#include <string_view>

#include "base/bytes.h"
#include "pool/ledger.h"
#include "pool/wide.h"

namespace pool {
namespace {

constexpr std::size_t kMaxFaults = 20;  // lines for a person

constexpr const char* kSums = "SELECT kind, debits, credits FROM accounts";
constexpr const char* kRewards = "SELECT coalesce(sum(reward), 0) FROM settlements";

/// Each query finds what must not be, a row each: a name, what is, and what should be.
struct Check {
  const char* says;  // with the three columns
  const char* sql;
};
constexpr Check kChecks[] = {
    {"account {} has debits of {}, its entries {}",
     "SELECT kind || ':' || name, debits, coalesce(sum, 0) AS entered FROM accounts LEFT JOIN"
     " (SELECT debit, sum(amount) AS sum FROM entries GROUP BY debit) ON debit = id"
     " WHERE debits IS NOT entered"},
    {"account {} has credits of {}, its entries {}",
     "SELECT kind || ':' || name, accounts.credits, coalesce(sum, 0) AS entered FROM accounts"
     " LEFT JOIN (SELECT credit, sum(amount) AS sum FROM entries GROUP BY credit) ON credit = id"
     " WHERE accounts.credits IS NOT entered"},
    {"entry {} has an account that is not there, or an amount of {}, not above {}",
     "SELECT CAST(id AS TEXT), amount, 0 FROM entries WHERE typeof(amount) != 'integer'"
     " OR amount < 1 OR debit NOT IN (SELECT id FROM accounts)"
     " OR credit NOT IN (SELECT id FROM accounts)"},
    {"account {} has a balance of {}, below {}",
     "SELECT kind || ':' || name, credits - debits, 0 FROM accounts"
     " WHERE kind != 'reward' AND credits < debits"},
    {"sprint {} distributed {}, and its reward was {}",
     "SELECT CAST(settlements.sprint AS TEXT), coalesce(sum, 0) AS given, reward FROM settlements"
     " LEFT JOIN (SELECT sprint, sum(amount) AS sum FROM entries WHERE cause IN ('fee', 'earned')"
     "  GROUP BY sprint) AS given ON given.sprint = settlements.sprint"
     " WHERE coalesce(sum, 0) IS NOT reward"},
    {"account {} has a balance of {}, and what is held of it is {}",
     "SELECT kind || ':' || name, credits - debits AS balance, coalesce(sum, 0) FROM accounts"
     " LEFT JOIN (SELECT account, sum(amount) AS sum FROM held GROUP BY account) ON account = id"
     " WHERE kind = 'held' AND balance IS NOT coalesce(sum, 0)"},
    {"{} is {}, by its entries {}",
     "SELECT coalesce((SELECT kind || ':' || name FROM accounts WHERE id = account), 'nobody')"
     "  || ' of sprint ' || sprint, sum(kept), sum(moved) FROM"
     " (SELECT credit AS account, sprint, amount AS moved, 0 AS kept FROM entries"
     "   WHERE credit IN (SELECT id FROM accounts WHERE kind = 'held')"
     "  UNION ALL SELECT debit, sprint, -amount, 0 FROM entries"
     "   WHERE debit IN (SELECT id FROM accounts WHERE kind = 'held')"
     "  UNION ALL SELECT account, sprint, 0, amount FROM held)"
     " GROUP BY account, sprint HAVING sum(kept) IS NOT sum(moved)"},
    {"payout {} has exported {}, and its items are {}",
     "SELECT CAST(id AS TEXT), coalesce(entered, 0) AS moved, coalesce(written, 0) AS listed"
     " FROM payouts LEFT JOIN (SELECT payout AS of_entry, sum(amount) AS entered FROM entries"
     "  WHERE cause = 'exported' GROUP BY payout) ON of_entry = id LEFT JOIN (SELECT payout AS"
     "  of_item, sum(amount) AS written FROM payout_items GROUP BY payout) ON of_item = id"
     " WHERE moved IS NOT listed"},
    {"payout {} has paid {}, and should have {}",
     "SELECT CAST(id AS TEXT), coalesce(entered, 0) AS moved, iif(state = 'paid',"
     "  coalesce(written, 0), 0) AS listed"
     " FROM payouts LEFT JOIN (SELECT payout AS of_entry, sum(amount) AS entered FROM entries"
     "  WHERE cause = 'paid' GROUP BY payout) ON of_entry = id LEFT JOIN (SELECT payout AS"
     "  of_item, sum(amount) AS written FROM payout_items GROUP BY payout) ON of_item = id"
     " WHERE moved IS NOT listed"},
};

/// A column for a person.
std::string shown(const Statement& row, int column) {
  const auto number = row.integer(column);
  if (number) return std::to_string(*number);
  return base::printable(row.text(column).value_or("nothing"));
}

base::Status run_check(Database& database, const Check& check, std::vector<std::string>& faults) {
  ASSIGN_OR_RETURN(Statement rows, database.prepare(check.sql));
  while (faults.size() < kMaxFaults) {
    ASSIGN_OR_RETURN(const bool row, rows.next());
    if (!row) break;
    faults.push_back(
        fmt::format(fmt::runtime(check.says), shown(rows, 0), shown(rows, 1), shown(rows, 2)));
  }
  return base::Ok{};
}

std::string text(Wide value) {
  std::string digits;
  do {
    digits.insert(digits.begin(), static_cast<char>('0' + static_cast<int>(value % 10)));
    value /= 10;
  } while (value > 0);
  return digits;
}

/// The sums of the accounts, by kind.
struct Sums {
  std::array<Wide, kLedgerKinds> debits{};
  std::array<Wide, kLedgerKinds> credits{};

  Wide balance(LedgerKind kind) const {
    const auto i = static_cast<std::size_t>(kind);
    return kind == LedgerKind::kReward ? debits[i] - credits[i] : credits[i] - debits[i];
  }
  /// For a person; what is below 0 is a fault besides.
  std::uint64_t shown(LedgerKind kind) const {
    const Wide value = balance(kind);
    return value > INT64_MAX ? 0 : static_cast<std::uint64_t>(value);
  }
};

base::Result<Sums> read_sums(Database& database) {
  ASSIGN_OR_RETURN(Statement rows, database.prepare(kSums));
  Sums sums;
  while (true) {
    ASSIGN_OR_RETURN(const bool row, rows.next());
    if (!row) return sums;
    const auto kind = kind_of(rows.text(0).value_or(""));
    const auto debits = rows.integer(1), credits = rows.integer(2);
    if (!kind || !debits || !credits || *debits < 0 || *credits < 0) return damaged_database();
    sums.debits[static_cast<std::size_t>(*kind)] += static_cast<std::uint64_t>(*debits);
    sums.credits[static_cast<std::size_t>(*kind)] += static_cast<std::uint64_t>(*credits);
  }
}

/// Adds where the sums do not agree with one another, or with the rewards of all settlements.
void compare(const Sums& sums, std::uint64_t rewards, std::vector<std::string>& faults) {
  const auto expect = [&](std::string_view what, Wide is, std::string_view of, Wide should) {
    if (is == should) return;
    faults.push_back(fmt::format("{} are {}, {} are {}", what, text(is), of, text(should)));
  };
  Wide debits = 0, credits = 0;
  for (const Wide sum : sums.debits) debits += sum;
  for (const Wide sum : sums.credits) credits += sum;
  expect("all debits", debits, "all credits", credits);
  Wide earned = 0;
  for (const LedgerKind kind :
       {LedgerKind::kHeld, LedgerKind::kDue, LedgerKind::kExported, LedgerKind::kPaid}) {
    earned += sums.balance(kind);
  }
  expect("fees and what was earned", earned + sums.balance(LedgerKind::kFee), "all rewards",
         rewards);
  expect("what came from rewards", sums.balance(LedgerKind::kReward), "all rewards", rewards);
}

base::Result<TrialBalance> try_balance(Database& database) {
  ASSIGN_OR_RETURN(const Sums sums, read_sums(database));
  ASSIGN_OR_RETURN(const std::int64_t rewards, database.integer(kRewards));
  if (rewards < 0) return damaged_database();
  TrialBalance trial;
  trial.rewards = static_cast<std::uint64_t>(rewards);
  trial.fee = sums.shown(LedgerKind::kFee);
  trial.held = sums.shown(LedgerKind::kHeld);
  trial.due = sums.shown(LedgerKind::kDue);
  trial.exported = sums.shown(LedgerKind::kExported);
  trial.paid = sums.shown(LedgerKind::kPaid);
  compare(sums, trial.rewards, trial.faults);
  for (const Check& check : kChecks) RETURN_IF_ERROR(run_check(database, check, trial.faults));
  return trial;
}

}  // namespace

base::Result<TrialBalance> Ledger::trial_balance() {
  std::optional<TrialBalance> trial;
  const base::Status done = database_.read([&]() -> base::Status {
    ASSIGN_OR_RETURN(trial, try_balance(database_));
    return base::Ok{};
  });
  if (!done.ok()) return about(done.error());
  return std::move(*trial);
}

}  // namespace pool
