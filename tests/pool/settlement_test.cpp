// How credits become entries of the ledger.
#include <gtest/gtest.h>

#include <random>

#include "tests/pool/ledger_rig.h"

namespace pool {
namespace {

using tests::items_of;
using tests::kNoon;
using tests::LedgerFolder;
using tests::seconds;
using tests::settled_sprint;

constexpr std::uint64_t kMost = stratum::kMaxInteger;
constexpr RewardConfig kHundred{Scheme::kProportional, 1, 100, 50'000};

void append(std::vector<Record>& to, const std::vector<Record>& more) {
  to.insert(to.end(), more.begin(), more.end());
}

TEST(Settlement, DividesARewardByCreditsOnce) {
  LedgerFolder folder;
  folder.write(settled_sprint(1, {{"alice", 3}, {"bob", 1}}, kHundred));
  EXPECT_EQ(folder.due(), (Weights{{"alice", 71}, {"bob", 24}}));
  EXPECT_EQ(folder.balanced().fee, 5U);
  // A restart that closes it anew, whatever it says, changes nothing.
  folder.write(settled_sprint(1, {{"eve", 9}}, kHundred));
  EXPECT_EQ(folder.due(), (Weights{{"alice", 71}, {"bob", 24}}));
  EXPECT_EQ(folder.balanced().rewards, 100U);
  EXPECT_EQ(folder.ask("SELECT outcome FROM settlements"), "distributed");
}

TEST(Settlement, AnEntryReadsLikeABook) {
  LedgerFolder folder;
  folder.write(settled_sprint(7, {{"alice", 1}}, kHundred));
  EXPECT_EQ(folder.ask("SELECT group_concat(line, '; ') FROM (SELECT e.sprint || ' ' || cause ||"
                       " ' ' || d.kind || '->' || c.kind || ':' || c.name || ' ' || amount AS line"
                       " FROM entries e JOIN accounts d ON d.id = e.debit"
                       " JOIN accounts c ON c.id = e.credit ORDER BY e.id)"),
            "7 fee reward->fee: 5; 7 earned reward->due:alice 95");
}

TEST(Settlement, WithoutARewardOnlyCreditsAreKept) {
  LedgerFolder folder;
  folder.write(settled_sprint(1, {{"alice", 3}}, {}));
  EXPECT_TRUE(folder.due().empty());
  EXPECT_EQ(folder.balanced().rewards, 0U);
  EXPECT_EQ(folder.ask("SELECT sum(credit) FROM credits"), "3");
  EXPECT_EQ(folder.ask("SELECT outcome FROM settlements"), "no reward");
}

TEST(Settlement, WhereNobodyEarnedAnythingNoUnitMoves) {
  for (const Scheme scheme : {Scheme::kProportional, Scheme::kPplns, Scheme::kSolo}) {
    LedgerFolder folder;
    std::vector<Record> records = settled_sprint(1, {{"alice", 1}}, {});
    append(records, settled_sprint(2, {}, {scheme, 5, 100, 50'000}));
    folder.write(records);
    EXPECT_EQ(folder.balanced().rewards, 0U);
    EXPECT_EQ(folder.ask("SELECT outcome FROM settlements WHERE sprint = 2"), "nobody earned");
  }
}

TEST(Settlement, ACancelledSprintAndOneThatIsNotThereAreNotSettled) {
  LedgerFolder folder;
  folder.write({record::Announced{tests::a_sprint(1)}, record::Closed{1, true}});
  folder.write({settled_sprint(2, {{"alice", 1}}, kHundred)[1]});
  EXPECT_EQ(folder.ask("SELECT count(*) FROM settlements"), "0");
  EXPECT_EQ(folder.balanced().rewards, 0U);
}

TEST(Settlement, SoloGoesToTheOneWithTheRarestTicket) {
  LedgerFolder folder;
  folder.write(
      settled_sprint(1, {{"alice", 1000}, {"bob", 1}}, {Scheme::kSolo, 1, 100, 10'000}, "bob"));
  EXPECT_EQ(folder.due(), (Weights{{"bob", 99}}));
  EXPECT_EQ(folder.balanced().fee, 1U);
}

TEST(Settlement, PplnsCountsTheLastSprintsThatSomebodyEarnedIn) {
  LedgerFolder folder;
  const RewardConfig three{Scheme::kPplns, 3, 60, 0};
  folder.write(settled_sprint(1, {{"a", 10}}, three));  // a 10
  EXPECT_EQ(folder.due(), (Weights{{"a", 60}}));
  folder.write(settled_sprint(2, {{"b", 5}}, three));  // a 10, b 5
  EXPECT_EQ(folder.due(), (Weights{{"a", 100}, {"b", 20}}));
  folder.write(settled_sprint(3, {}, three));                     // nobody: counts in no window
  folder.write(settled_sprint(4, {{"b", 5}, {"c", 10}}, three));  // a 10, b 10, c 10
  EXPECT_EQ(folder.due(), (Weights{{"a", 120}, {"b", 40}, {"c", 20}}));
  folder.write(settled_sprint(5, {{"c", 10}}, three));  // b 10, c 20
  EXPECT_EQ(folder.due(), (Weights{{"a", 120}, {"b", 60}, {"c", 60}}));
  folder.write(settled_sprint(6, {{"a", 1}}, {Scheme::kPplns, 1, 60, 0}));
  EXPECT_EQ(folder.due(), (Weights{{"a", 180}, {"b", 60}, {"c", 60}}));
  EXPECT_EQ(folder.balanced().rewards, 300U);
}

TEST(Settlement, ASprintThatIsSettledLateCountsInAsManyWindows) {
  LedgerFolder folder;
  const RewardConfig two{Scheme::kPplns, 2, 60, 0};
  folder.write(settled_sprint(2, {{"b", 1}}, two));
  folder.write(settled_sprint(1, {{"a", 1}}, two));  // a 1, b 1
  folder.write(settled_sprint(3, {{"c", 1}}, two));  // a 1, c 1
  EXPECT_EQ(folder.due(), (Weights{{"a", 60}, {"b", 90}, {"c", 30}}));
}

TEST(Settlement, CreditsThatNoWindowCanHoldAreForgotten) {
  LedgerFolder folder;
  std::vector<Record> records;
  for (std::uint64_t i = 1; i <= kMaxRewardWindow + 5; ++i) {
    append(records, settled_sprint(i, {{"m" + std::to_string(i), 1}}, {}));
  }
  append(records, settled_sprint(2000, {{"last", 1}},
                                 {Scheme::kPplns, kMaxRewardWindow, kMaxRewardWindow, 0}));
  folder.write(records);
  EXPECT_EQ(folder.ask("SELECT count(*) || ' ' || min(sprint) FROM credits"), "1000 7");
  EXPECT_EQ(folder.due().size(), kMaxRewardWindow);
  EXPECT_EQ(folder.balanced().due, kMaxRewardWindow);
}

TEST(Settlement, HugeCreditsAndRewardsStayExactUntilTheLedgerIsFull) {
  LedgerFolder folder;
  const RewardConfig most{Scheme::kPplns, kMaxRewardWindow, kMost, 0};
  std::vector<Record> records;
  for (std::uint64_t i = 1; i <= 1030; ++i) {
    append(records, settled_sprint(i, {{"a", kMost}, {"b", UINT64_MAX}}, most));
  }
  folder.write(records);
  const TrialBalance trial = folder.balanced();
  EXPECT_EQ(trial.rewards, 1024 * kMost);  // one more does not fit 63 bits
  EXPECT_EQ(trial.due, trial.rewards);
  EXPECT_EQ(folder.ask("SELECT count(*) FROM settlements WHERE outcome = 'ledger full'"), "6");

  Ledger ledger = folder.ledger();
  const auto payout = ledger.export_payouts(1, kNoon);
  ASSERT_TRUE(payout.ok() && *payout) << payout.message();
  EXPECT_EQ(items_of(**payout), (Weights{{"a", kMost}, {"b", kMost}}));  // the rest stays due
  EXPECT_TRUE(ledger.confirm(1, kNoon).ok());
  EXPECT_EQ(folder.balanced().paid, 2 * kMost);
}

TEST(Settlement, RowsOfTheLedgerOutliveTheirSprints) {
  LedgerFolder folder;
  folder.write(settled_sprint(1, {{"alice", 1}}, kHundred));
  folder.write(settled_sprint(2, {{"alice", 1}}, kHundred), kNoon + std::chrono::hours(48));
  EXPECT_EQ(folder.ask("SELECT count(*) FROM sprints WHERE number = 1"), "0");
  EXPECT_EQ(folder.due(), (Weights{{"alice", 190}}));
  EXPECT_EQ(folder.balanced().rewards, 200U);
}

/// 20 s sprints of a day: some accounts earn in each, some sprints nobody; payouts go on.
TEST(Settlement, ADayOfSprintsBalancesToTheUnit) {
  constexpr std::uint64_t kSprints = 24 * 60 * 60 / 20;
  LedgerFolder folder;
  std::mt19937_64 random(1);
  auto file = JournalFile::open(folder.file(), "rig", kNoon, tests::counting_random());
  ASSERT_TRUE(file.ok()) << file.message();
  Ledger ledger = folder.ledger();
  std::uint64_t rewards = 0, payouts = 0;
  std::vector<Record> batch;
  for (std::uint64_t number = 1; number <= kSprints; ++number) {
    const base::UnixTime now = kNoon + seconds(20) * number;
    Weights credits;
    for (std::uint64_t n = random() % 30; n > 0; --n) {
      credits["miner" + std::to_string(random() % 300)] = 1 + (random() >> (11 + random() % 50));
    }
    const RewardConfig config{number % 10 == 0 ? Scheme::kPplns : Scheme::kProportional, 10,
                              5'000'000'007 + random() % 100, 12'345};
    if (!credits.empty()) rewards += config.reward;
    append(batch, settled_sprint(number, credits, config));
    if (number % 180 != 0) continue;
    ASSERT_TRUE((*file)->write(batch).ok());
    batch.clear();
    const auto payout = ledger.export_payouts(1'000'000'000, now);
    ASSERT_TRUE(payout.ok()) << payout.message();
    if (*payout && number % 360 == 0) {
      ASSERT_TRUE(ledger.confirm((*payout)->id, now).ok());
      ++payouts;
    }
  }
  const TrialBalance trial = folder.balanced();
  EXPECT_EQ(trial.rewards, rewards);
  EXPECT_GT(trial.fee, 0U);
  EXPECT_GT(trial.due, 0U);
  EXPECT_GT(trial.paid, trial.due);
  EXPECT_EQ(payouts, kSprints / 360);
  EXPECT_EQ(folder.ask("SELECT count(*) FROM settlements"), std::to_string(kSprints));
}

}  // namespace
}  // namespace pool
