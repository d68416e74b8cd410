#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "pool/ledger_book.h"

namespace pool {

/// What a miner has, in units.
struct Balance {
  std::string account;
  std::uint64_t held = 0;      ///< earned, and not given yet: lost with a wrong share
  std::uint64_t due = 0;       ///< earned, in no payout
  std::uint64_t exported = 0;  ///< in a payout that is not confirmed
  std::uint64_t paid = 0;
};

struct PayoutItem {
  std::string account;
  std::uint64_t amount = 0;  ///< 1..2^53-1
};

/// What is to be paid, or was: exported, then paid, never back.
struct Payout {
  std::uint64_t id = 0;  ///< 1, 2, 3..
  bool paid = false;
  std::uint64_t minimum = 1;  ///< of each item when it was made
  base::UnixTime exported_at;
  base::UnixTime paid_at;         ///< once paid
  std::vector<PayoutItem> items;  ///< in the order of their names, as bytes
};

/// All of the ledger, added up again from its entries.
struct TrialBalance {
  std::uint64_t rewards = 0;  ///< distributed so far
  // Into what they went.
  std::uint64_t fee = 0;  ///< with what was forfeited
  std::uint64_t held = 0;
  std::uint64_t due = 0;
  std::uint64_t exported = 0;
  std::uint64_t paid = 0;
  std::vector<std::string> faults;  ///< a line each; none: it balances to the unit
};

/// The ledger in a pool's database, for who pays: beside the running pool, which goes on writing,
/// or without it. Errors are one line that names the file and what to do; where there is one,
/// nothing was changed. Belongs to one thread.
class Ledger {
 public:
  /// Opens the database of a pool, which must be there. Another program that writes at the same
  /// time is waited for, five seconds each time.
  static base::Result<Ledger> open(const std::string& path);

  /// Of all miners that ever earned credit, in the order of their names.
  base::Result<std::vector<Balance>> balances();
  /// Adds up all entries: as long as the ledger is.
  base::Result<TrialBalance> trial_balance();

  /// The payout that was exported and is not confirmed; if there is none, one is made at `now` of
  /// all that is due to miners to whom at least `minimum` is due (of more than 2^53-1, that much;
  /// the rest stays due). Nothing when there is no such miner. Durable before it is returned: so
  /// whoever asks again, however the first one ended, gets the same payout.
  base::Result<std::optional<Payout>> export_payouts(std::uint64_t minimum, base::UnixTime now);

  /// The payout of this number was paid; saying it again changes nothing. kInvalid where there is
  /// no such payout.
  base::Result<Payout> confirm(std::uint64_t payout, base::UnixTime now);

 private:
  Ledger(std::string path, Database database, LedgerBook book)
      : path_(std::move(path)), database_(std::move(database)), book_(std::move(book)) {}
  base::Error about(const base::Error& error) const;
  template <class T>
  base::Result<T> named(base::Result<T> result) const {
    if (!result.ok()) return about(result.error());
    return result;
  }

  base::Result<std::vector<Balance>> read_balances();
  base::Result<std::optional<std::uint64_t>> exported();
  base::Result<std::optional<std::uint64_t>> make_payout(std::uint64_t minimum, base::UnixTime now);
  base::Result<std::vector<PayoutItem>> due(std::uint64_t minimum);
  base::Result<std::optional<Payout>> find(std::uint64_t payout);
  base::Status read_items(Payout& payout);
  base::Status put_item(Statement& put, std::uint64_t payout, const PayoutItem& item,
                        base::UnixTime now);
  base::Status pay(const Payout& payout, base::UnixTime now);

  const std::string path_;
  Database database_;
  LedgerBook book_;
};

}  // namespace pool
