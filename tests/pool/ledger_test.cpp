#include "pool/ledger.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "tests/pool/ledger_rig.h"

namespace pool {
namespace {

using testing::HasSubstr;
using tests::items_of;
using tests::kNoon;
using tests::LedgerFolder;
using tests::seconds;
using tests::settled_sprint;

constexpr RewardConfig kHundred{Scheme::kProportional, 1, 100, 50'000};

TEST(Payouts, AreExportedOnceAndConfirmedOnce) {
  LedgerFolder folder;
  folder.write(settled_sprint(1, {{"alice", 60}, {"bob", 39}, {"carol", 1}},
                              {Scheme::kProportional, 1, 100, 0}));
  Ledger ledger = folder.ledger();
  const auto first = ledger.export_payouts(30, kNoon);
  ASSERT_TRUE(first.ok() && *first);
  EXPECT_EQ(items_of(**first), (Weights{{"alice", 60}, {"bob", 39}}));
  EXPECT_EQ((*first)->id, 1U);
  EXPECT_FALSE((*first)->paid);

  // More is earned, and another minimum asked for: what was exported stays what it is.
  folder.write(settled_sprint(2, {{"carol", 1}}, kHundred));
  const auto again = folder.ledger().export_payouts(1, kNoon + seconds(9));
  ASSERT_TRUE(again.ok() && *again);
  EXPECT_EQ((*again)->id, 1U);
  EXPECT_EQ((*again)->minimum, 30U);
  EXPECT_EQ((*again)->exported_at, kNoon);
  EXPECT_EQ(items_of(**again), items_of(**first));
  EXPECT_EQ(folder.balanced().exported, 99U);

  for (const base::UnixTime now : {kNoon + seconds(1), kNoon + seconds(2)}) {
    const auto paid = ledger.confirm(1, now);
    ASSERT_TRUE(paid.ok()) << paid.message();
    EXPECT_TRUE(paid->paid);
    EXPECT_EQ(paid->paid_at, kNoon + seconds(1));
    EXPECT_EQ(folder.balanced().paid, 99U);
  }
  const auto next = ledger.export_payouts(1, kNoon);
  ASSERT_TRUE(next.ok() && *next);
  EXPECT_EQ((*next)->id, 2U);
  EXPECT_EQ(items_of(**next), (Weights{{"carol", 96}}));
}

TEST(Payouts, WithNothingDueThereIsNone) {
  LedgerFolder folder;
  folder.write(settled_sprint(1, {{"alice", 1}}, kHundred));
  Ledger ledger = folder.ledger();
  for (const std::uint64_t minimum : {std::uint64_t{96}, UINT64_MAX}) {
    const auto none = ledger.export_payouts(minimum, kNoon);
    ASSERT_TRUE(none.ok()) << none.message();
    EXPECT_FALSE(none->has_value());
  }
  EXPECT_EQ(folder.ask("SELECT count(*) FROM payouts"), "0");
  EXPECT_EQ(folder.due(), (Weights{{"alice", 95}}));
}

TEST(Payouts, OneThatIsNotThereIsNotConfirmed) {
  LedgerFolder folder;
  folder.write(settled_sprint(1, {{"alice", 1}}, kHundred));
  Ledger ledger = folder.ledger();
  for (const std::uint64_t id : {std::uint64_t{0}, std::uint64_t{1}, UINT64_MAX}) {
    const auto refused = ledger.confirm(id, kNoon);
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().fault, base::Fault::kInvalid);
    EXPECT_THAT(refused.message(), HasSubstr("there is no payout"));
  }
}

/// Programs that pay at once, beside a pool that goes on settling.
TEST(Payouts, OfManyHandlesAtOnceAreOne) {
  LedgerFolder folder;
  folder.write(settled_sprint(1, {{"alice", 3}, {"bob", 1}}, kHundred));
  std::vector<std::thread> threads;
  std::vector<std::uint64_t> totals(6);
  for (std::uint64_t& total : totals) {
    threads.emplace_back([&folder, &total] {
      Ledger ledger = folder.ledger();
      const auto payout = ledger.export_payouts(1, kNoon);
      if (!payout.ok() || !*payout || (*payout)->id != 1) return;
      for (const PayoutItem& item : (*payout)->items) total += item.amount;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(totals, std::vector<std::uint64_t>(6, 95));
  EXPECT_EQ(folder.ask("SELECT count(*) FROM payouts"), "1");
  EXPECT_EQ(folder.balanced().exported, 95U);
  threads.clear();
  for (int i = 0; i < 6; ++i) {
    threads.emplace_back([&folder] { EXPECT_TRUE(folder.ledger().confirm(1, kNoon).ok()); });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(folder.balanced().paid, 95U);
}

TEST(Ledger, WorksBesideAPoolThatWrites) {
  LedgerFolder folder;
  tests::Reports reports;
  const auto journal = folder.open();
  journal->start(reports.taker());
  Ledger ledger = folder.ledger();
  std::uint64_t records = 0, paid = 0;
  for (std::uint64_t number = 1; number <= 20; ++number) {
    for (Record& record : settled_sprint(number, {{"alice", 1}}, kHundred)) {
      records = journal->write(std::move(record));
    }
    if (number % 4 != 0) continue;
    ASSERT_TRUE(reports.wait_for(records));
    const auto payout = ledger.export_payouts(1, kNoon);
    ASSERT_TRUE(payout.ok() && *payout);
    ASSERT_TRUE(ledger.confirm((*payout)->id, kNoon).ok());
    paid += (*payout)->items.at(0).amount;
  }
  EXPECT_EQ(paid, 20U * 95);
  EXPECT_EQ(folder.balanced().paid, paid);
}

TEST(Ledger, FindsBooksThatSomebodyChanged) {
  for (const auto& [change, found] : std::vector<std::pair<std::string, std::string>>{
           {"UPDATE accounts SET credits = credits + 1 WHERE name = 'alice' AND kind = 'due'",
            "account due:alice has credits of 96, its entries 95"},
           {"UPDATE entries SET amount = amount + 1 WHERE cause = 'fee'",
            "account fee: has credits of 5, its entries 6"},
           {"DELETE FROM entries WHERE cause = 'earned'", "sprint 1 distributed 5"},
           {"INSERT INTO entries VALUES (99, 0, 0, 0, 'earned', 98, 99, -4)", "entry 99 has"},
           {"UPDATE payout_items SET amount = 1", "payout 1 has exported 95, and its items are 1"},
           {"UPDATE payouts SET state = 'paid'", "payout 1 has paid 0, and should have 95"},
           {"UPDATE settlements SET reward = 1", "all rewards are 1"}}) {
    LedgerFolder folder;
    folder.write(settled_sprint(1, {{"alice", 1}}, kHundred));
    ASSERT_TRUE(folder.ledger().export_payouts(1, kNoon).ok());
    folder.balanced();
    folder.sql(change);
    const auto trial = folder.ledger().trial_balance();
    ASSERT_TRUE(trial.ok()) << trial.message();
    EXPECT_THAT(trial->faults, testing::Contains(HasSubstr(found))) << change;
  }
}

TEST(Ledger, RefusesWhatMakesNoSense) {
  for (const char* change :
       {"UPDATE accounts SET debits = 'x' WHERE name = 'alice'",
        "UPDATE accounts SET debits = 99 WHERE kind = 'due'",
        "UPDATE accounts SET kind = 'mine' WHERE name = 'alice'", "DROP TABLE entries"}) {
    LedgerFolder folder;
    folder.write(settled_sprint(1, {{"alice", 1}}, kHundred));
    folder.sql(change);
    auto ledger = Ledger::open(folder.file());
    const bool sound = ledger.ok() && ledger->balances().ok() && ledger->trial_balance().ok() &&
                       ledger->trial_balance()->faults.empty();
    EXPECT_FALSE(sound) << change;
  }
}

TEST(Ledger, NamesTheFileThatItCannotOpen) {
  LedgerFolder folder;
  const auto refusal = [&](const std::string& path) {
    const auto opened = Ledger::open(path);
    return opened.ok() ? "opened" : opened.message();
  };
  EXPECT_THAT(refusal(folder.file()), HasSubstr("pool.db: it cannot be opened"));
  EXPECT_THAT(refusal(""), HasSubstr("it has no name"));
  folder.sql("CREATE TABLE songs (title TEXT)");
  EXPECT_THAT(refusal(folder.file()), HasSubstr("no database of a pool"));
}

}  // namespace
}  // namespace pool
