#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "pool/database.h"

namespace pool {

/// The accounts of the ledger. A balance is what was credited less what was debited; that of
/// kReward is minus all rewards so far, no other is below 0, and all together are 0.
enum class LedgerKind {
  kReward,    ///< where rewards come from
  kFee,       ///< the pool's part of them
  kHeld,      ///< a miner's: earned, and lost if it is found to have sent a wrong share
  kDue,       ///< a miner's: earned, in no payout
  kExported,  ///< a miner's: in a payout that is not confirmed
  kPaid,      ///< a miner's: paid
};

constexpr std::size_t kLedgerKinds = 6;

/// Why an amount went from one account to another. A unit goes this way, never back:
///
///     reward --kEarned--> due:NAME --kExported--> exported:NAME --kPaid--> paid:NAME
///            --kFee-----> fee
///
/// or, where a sample is recomputed, first through what is held:
///
///     reward --kEarned--> held:NAME --kReleased---> due:NAME
///                                   --kForfeited--> fee
///
/// The entries of kReleased and kForfeited name the sprint that brought the amount, with the time
/// of the one that moved it: so the entries of a sprint tell what became of its reward.
enum class LedgerCause { kFee, kEarned, kReleased, kForfeited, kExported, kPaid };

/// The words in the columns `kind` and `cause`: "due", "earned".
std::string_view kind_word(LedgerKind kind);
std::optional<LedgerKind> kind_of(std::string_view word);
std::string_view cause_word(LedgerCause cause);

/// The double-entry books in a pool's database: each entry debits one account and credits another,
/// and no entry is ever changed or deleted. Every account has its sums beside its name, so that a
/// balance is read without the entries of years; Ledger::trial_balance compares both. All calls
/// are made within a transaction.
class LedgerBook {
 public:
  using AccountId = std::int64_t;

  /// Fails when the database has not the tables of pool/journal_schema.h.
  static base::Result<LedgerBook> prepare(Database& database);

  /// The account of this kind, and of this miner where it is a miner's; made if it is not there.
  base::Result<AccountId> account(LedgerKind kind, std::string_view miner = {});
  /// What was debited to it so far.
  base::Result<std::uint64_t> debits(AccountId account);

  struct Entry {
    std::uint64_t sprint = 0;  ///< 0: none
    std::uint64_t payout = 0;  ///< 0: none
    base::UnixTime time;
    LedgerCause cause = LedgerCause::kEarned;
    AccountId debit = 0;
    AccountId credit = 0;
    std::uint64_t amount = 0;  ///< 1..2^53-1
  };
  base::Status post(const Entry& entry);

 private:
  struct Statements {
    Statement find, make, debits, enter, debit, credit;
  };
  explicit LedgerBook(Statements statements) : sql_(std::move(statements)) {}

  Statements sql_;
};

}  // namespace pool
