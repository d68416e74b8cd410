#include "pool/cli/command_payouts.h"

#include <filesystem>

#include "base/bytes.h"

namespace pool {
namespace {

constexpr int kPayoutsFailed = 1;
constexpr int kBadPayoutsFlags = 2;

PayoutsEnd end_of(const base::Error& error) {
  return {error.fault == base::Fault::kInvalid ? kBadPayoutsFlags : kPayoutsFailed, error.message};
}

PayoutsEnd show(std::ostream& out, const std::string& text, PayoutsEnd end) {
  out << text << std::flush;
  if (!out) return {kPayoutsFailed, "the output cannot be written: give the same command again"};
  return end;
}

PayoutsEnd balances(Ledger& ledger, PayoutsFormat format, std::ostream& out) {
  const auto trial = ledger.trial_balance();
  if (!trial.ok()) return {kPayoutsFailed, trial.message()};
  const bool wrong = !trial->faults.empty();
  const auto all = ledger.balances();
  if (!all.ok() && !wrong) return {kPayoutsFailed, all.message()};
  PayoutsEnd end{0, "balances shown"};
  if (wrong) end = {kPayoutsFailed, "the ledger does not balance: pay nobody by it"};
  return show(out, show_balances(all.ok() ? *all : std::vector<Balance>(), *trial, format), end);
}

PayoutsEnd confirm(Ledger& ledger, const PayoutsOptions& options, base::UnixTime now,
                   std::ostream& out) {
  const auto payout = ledger.confirm(*options.confirm, now);
  if (!payout.ok()) return end_of(payout.error());
  return show(out, show_payout(*payout, options.format),
              {0, "payout " + std::to_string(payout->id) + " is paid"});
}

PayoutsEnd export_due(Ledger& ledger, const PayoutsOptions& options, base::UnixTime now,
                      std::ostream& out) {
  const auto payout = ledger.export_payouts(options.minimum, now);
  if (!payout.ok()) return end_of(payout.error());
  const std::string said =
      *payout ? "payout " + std::to_string((*payout)->id) + " is to be paid" : "nothing is due";
  return show(out, show_payout(*payout, options.format), {0, said});
}

}  // namespace

PayoutsEnd run_payouts(const PayoutsOptions& options, base::UnixTime now, std::ostream& out) {
  if (options.confirm && options.balances) {
    return {kBadPayoutsFlags, "--confirm and --balances are two commands: give one"};
  }
  std::error_code fault;
  if (std::filesystem::status(options.database, fault).type() ==
      std::filesystem::file_type::not_found) {
    return {kBadPayoutsFlags,
            "no file " + base::printable(options.database) +
                ": a pool makes it when it runs; --name and --database say which"};
  }
  auto ledger = Ledger::open(options.database);
  if (!ledger.ok()) return end_of(ledger.error());
  if (options.balances) return balances(*ledger, options.format, out);
  if (options.confirm) return confirm(*ledger, options, now, out);
  return export_due(*ledger, options, now, out);
}

}  // namespace pool
