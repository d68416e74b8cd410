#pragma once

#include <optional>
#include <string>
#include <vector>

#include "pool/ledger.h"

// What `sprintpool payouts` writes. Names of accounts are miners' words: no output has a byte of
// theirs that means something to a terminal, a spreadsheet or a parser, and no two names ever look
// the same.
namespace pool {

enum class PayoutsFormat {
  kText,  ///< aligned columns
  kJson,  ///< one object on one line, RFC 8259, in ASCII
  kCsv,   ///< RFC 4180, with a header
};

/// The name in printable ASCII: other bytes, and the backslash, as \xNN; the first one also where a
/// spreadsheet would take the cell for a formula.
std::string shown_account(const std::string& name);

/// A payout, or that none is due. As JSON: {"payout":{"id","state","minimum","exported_us",
/// "paid_us","total","items":[{"account","amount"}..]}}, where `paid_us` is null before it is paid
/// and "payout" where there is none. As CSV: payout,state,account,amount.
std::string show_payout(const std::optional<Payout>& payout, PayoutsFormat format);

/// Balances, and the trial balance. As JSON: {"balances":[{"account","held","due","exported",
/// "paid"}..],"rewards","fee","held","due","exported","paid","faults":[..]}. As CSV:
/// account,held,due,exported,paid, without the trial balance.
std::string show_balances(const std::vector<Balance>& balances, const TrialBalance& trial,
                          PayoutsFormat format);

}  // namespace pool
