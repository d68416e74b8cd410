#pragma once

#include <cstdint>
#include <optional>
#include <ostream>
#include <string>

#include "base/clock.h"
#include "pool/cli/payouts_output.h"

namespace pool {

/// The flags of `sprintpool payouts`.
struct PayoutsOptions {
  std::string database;                                 ///< the pool's file
  std::uint64_t minimum = 1;                            ///< to be due to a miner for a new payout
  std::optional<std::uint64_t> confirm = std::nullopt;  ///< this payout was paid
  bool balances = false;  ///< show what everybody has; nothing is exported
  PayoutsFormat format = PayoutsFormat::kText;
};

/// How the command ended: the program's exit code, and why for its last line.
struct PayoutsEnd {
  int code = 0;  ///< 0: done; 1: the database or the output failed, or the books do not balance;
                 ///< 2: no such file or payout, or flags that contradict each other
  std::string reason;
};

/// Exports what is due (Ledger::export_payouts), confirms a payout, or shows all balances, on
/// `out`; beside a running pool or without one. Whatever was done is durable before it is shown, so
/// that the same call again shows the same.
PayoutsEnd run_payouts(const PayoutsOptions& options, base::UnixTime now, std::ostream& out);

}  // namespace pool
