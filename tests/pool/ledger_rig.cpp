#include "tests/pool/ledger_rig.h"

#include <gtest/gtest.h>

namespace tests {

std::vector<pool::Record> settled_sprint(std::uint64_t number, const pool::Weights& credits,
                                         const pool::RewardConfig& rewards,
                                         const std::string& best) {
  const base::UnixTime t0 = kNoon + seconds(20) * number;
  return {pool::record::Announced{a_sprint(number, t0)},
          pool::record::Closed{number, false,
                               pool::record::Settled{t0 + seconds(20), credits, best, rewards}}};
}

pool::Weights items_of(const pool::Payout& payout) {
  pool::Weights all;
  for (const auto& [account, amount] : payout.items) all[account] = amount;
  return all;
}

void LedgerFolder::write(const std::vector<pool::Record>& records, base::UnixTime now) {
  auto opened = pool::JournalFile::open(file(), "rig", now, counting_random());
  ASSERT_TRUE(opened.ok()) << opened.message();
  const base::Status written = (*opened)->write(records);
  ASSERT_TRUE(written.ok()) << written.message();
}

pool::Ledger LedgerFolder::ledger() const {
  auto opened = pool::Ledger::open(file());
  EXPECT_TRUE(opened.ok()) << opened.message();
  return std::move(opened).value();
}

pool::Weights LedgerFolder::due() const {
  const auto balances = ledger().balances();
  EXPECT_TRUE(balances.ok()) << balances.message();
  pool::Weights all;
  for (const pool::Balance& one : *balances) {
    if (one.due > 0) all[one.account] = one.due;
  }
  return all;
}

pool::TrialBalance LedgerFolder::balanced() const {
  const auto trial = ledger().trial_balance();
  EXPECT_TRUE(trial.ok()) << trial.message();
  for (const std::string& fault : trial->faults) ADD_FAILURE() << fault;
  EXPECT_EQ(trial->fee + trial->held + trial->due + trial->exported + trial->paid, trial->rewards);
  return *trial;
}

}  // namespace tests
