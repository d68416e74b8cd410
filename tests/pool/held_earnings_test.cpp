// What is held of earnings: how it becomes entries, and is given back or lost.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/pool/judged_rig.h"

namespace pool {
namespace {

using testing::HasSubstr;
using tests::holding;
using tests::judged_sprint;
using tests::kNoon;
using tests::known_in;
using tests::LedgerFolder;
using tests::Played;
using tests::settled_sprint;
using Rows = std::vector<Escrow::Held>;

constexpr RewardConfig kHundredHeld{Scheme::kProportional, 1, 100, 50'000};
constexpr std::uint64_t kMostOfAll = stratum::kMaxInteger;

/// All entries of a sprint, as a book has them.
std::string entries_of(LedgerFolder& folder, std::uint64_t sprint) {
  return folder.ask(
      "SELECT group_concat(line, '; ') FROM (SELECT cause || ' ' || d.kind || '->' || c.kind ||"
      " iif(c.name || d.name = '', '', ':' || max(c.name, d.name)) || ' ' || amount AS line"
      " FROM entries e JOIN accounts d ON d.id = e.debit JOIN accounts c ON c.id = e.credit"
      " WHERE e.sprint = " +
      std::to_string(sprint) + " ORDER BY e.id)");
}

std::string held_rows(LedgerFolder& folder) {
  return folder.ask(
      "SELECT coalesce(group_concat(row, '; '), '') FROM (SELECT name || ' ' || sprint || ' ' ||"
      " amount AS row FROM held JOIN accounts ON accounts.id = account ORDER BY name, sprint)");
}

TEST(HeldEarnings, AreReleasedWhenTheSprintsAfterThemAreJudged) {
  LedgerFolder folder;
  Trust trust({}, holding(2), {});
  folder.write(judged_sprint(trust, 1, {{{"alice", 3}, {"bob", 1}}, {}}, kHundredHeld));
  EXPECT_TRUE(folder.due().empty());
  EXPECT_EQ(folder.balanced().held, 95U);
  EXPECT_EQ(folder.balanced().fee, 5U);
  EXPECT_FALSE(*folder.ledger().export_payouts(1, kNoon)) << "what is held is not to be paid";
  folder.write(judged_sprint(trust, 2, {{{"alice", 1}}, {}}, kHundredHeld));
  EXPECT_EQ(held_rows(folder), "alice 1 71; alice 2 95; bob 1 24");
  folder.write(judged_sprint(trust, 3, {}, kHundredHeld));
  EXPECT_EQ(folder.due(), (Weights{{"alice", 71}, {"bob", 24}}));
  EXPECT_EQ(held_rows(folder), "alice 2 95");
  EXPECT_EQ(folder.balanced().held, 95U);
  EXPECT_EQ(entries_of(folder, 1),
            "fee reward->fee 5; earned reward->held:alice 71; earned reward->held:bob 24;"
            " released held->due:alice 71; released held->due:bob 24");
}

TEST(HeldEarnings, OneWrongShareCostsThemAndThisSprints) {
  LedgerFolder folder;
  Trust trust({}, holding(4), {});
  for (std::uint64_t number = 1; number <= 2; ++number) {
    folder.write(judged_sprint(trust, number, {{{"alice", 3}, {"bob", 1}}, {}}, kHundredHeld));
  }
  const Played found{{{"alice", 3}, {"bob", 1}}, {{"alice", {2, 1}}, {"bob", {1, 0}}}};
  folder.write(judged_sprint(trust, 3, found, kHundredHeld));
  EXPECT_TRUE(folder.due().empty());
  EXPECT_EQ(held_rows(folder), "bob 1 24; bob 2 24; bob 3 24");
  EXPECT_EQ(folder.balanced().fee, 3 * 5 + 3 * 71U);
  EXPECT_EQ(entries_of(folder, 1),
            "fee reward->fee 5; earned reward->held:alice 71; earned reward->held:bob 24;"
            " forfeited held->fee:alice 71");
  EXPECT_EQ(entries_of(folder, 3),
            "fee reward->fee 5; earned reward->held:alice 71; earned reward->held:bob 24;"
            " forfeited held->fee:alice 71");
  EXPECT_EQ(known_in(folder),
            (std::vector<Saved::Known>{{"alice", {0, 0, 1}, {}},
                                       {"bob", {1, 1, 0}, {{1, 24}, {2, 24}, {3, 24}}}}));
}

TEST(HeldEarnings, ASettledSprintIsNotJudgedAgain) {
  LedgerFolder folder;
  Trust trust({}, holding(4), {});
  const auto first = judged_sprint(trust, 1, {{{"alice", 1}}, {{"alice", {1, 0}}}}, kHundredHeld);
  folder.write(first);
  Trust again({}, holding(4), {});
  folder.write(first);
  folder.write(judged_sprint(again, 1, {{{"eve", 1}}, {{"alice", {0, 1}}}}, kHundredHeld));
  folder.write(settled_sprint(1, {{"eve", 1}}, kHundredHeld));
  EXPECT_EQ(known_in(folder), trust.known());
  EXPECT_EQ(folder.balanced().held, 95U);
  EXPECT_EQ(folder.ask("SELECT count(*) FROM entries"), "2");
}

TEST(HeldEarnings, WhereEveryShareIsRecomputedAllIsGivenBack) {
  LedgerFolder folder;
  Trust trust({}, holding(4), {});
  folder.write(
      judged_sprint(trust, 1, {{{"alice", 3}, {"bob", 1}}, {{"alice", {3, 0}}}}, kHundredHeld));
  folder.write(judged_sprint(trust, 2, {{{"carol", 1}}, {}, true}, kHundredHeld));
  EXPECT_EQ(folder.due(), (Weights{{"alice", 71}, {"bob", 24}, {"carol", 95}}));
  EXPECT_EQ(folder.balanced().held, 0U);
  EXPECT_EQ(held_rows(folder), "");
  EXPECT_EQ(known_in(folder), (std::vector<Saved::Known>{{"alice", {3, 1, 0}, {}}}));
  EXPECT_EQ(entries_of(folder, 2), "fee reward->fee 5; earned reward->due:carol 95");
}

TEST(HeldEarnings, ACancelledSprintMovesNothing) {
  LedgerFolder folder;
  Trust trust({}, holding(1), {});
  folder.write(judged_sprint(trust, 1, {{{"alice", 1}}, {}}, kHundredHeld));
  folder.write({record::Announced{tests::a_sprint(2)}, record::Closed{2, true}});
  EXPECT_EQ(held_rows(folder), "alice 1 95");
  folder.balanced();
}

/// Reputations of which nothing is left to say go away.
TEST(HeldEarnings, WhoIsUnknownHasNoRow) {
  LedgerFolder folder;
  Trust trust({}, holding(4), {});
  folder.write(judged_sprint(trust, 1, {{{"alice", 1}}, {}}, kHundredHeld));
  EXPECT_EQ(folder.ask("SELECT count(*) FROM reputations"), "0");
  folder.sql("INSERT INTO reputations VALUES ('alice', 1, 1, 0)");
  folder.write(judged_sprint(trust, 2, {{{"alice", 1}}, {}}, kHundredHeld));
  EXPECT_EQ(folder.ask("SELECT count(*) FROM reputations"), "0");
}

/// A full ledger divides nothing more; what it holds goes on to be released, or lost.
TEST(HeldEarnings, OfAFullLedgerAreReleasedOrForfeited) {
  const RewardConfig most{Scheme::kProportional, 1, kMostOfAll, 0};
  LedgerFolder folder;
  Trust trust({}, holding(3), {});
  std::vector<Record> records;
  for (std::uint64_t number = 1; number <= 1023; ++number) {
    for (auto& record : settled_sprint(number, {{"payer", 1}}, most)) records.push_back(record);
  }
  folder.write(records);
  folder.write(judged_sprint(trust, 1024, {{{"alice", 1}, {"bob", 1}}, {}}, most));
  const std::uint64_t half = kMostOfAll / 2;
  EXPECT_EQ(folder.balanced().rewards, 1024 * kMostOfAll);
  EXPECT_EQ(folder.balanced().held, kMostOfAll);

  folder.write(judged_sprint(trust, 1025, {{{"alice", 1}, {"bob", 1}}, {}}, most));
  EXPECT_EQ(folder.ask("SELECT outcome FROM settlements WHERE sprint = 1025"), "ledger full");
  EXPECT_EQ(held_rows(folder),
            "alice 1024 " + std::to_string(half + 1) + "; bob 1024 " + std::to_string(half));
  folder.write(judged_sprint(trust, 1026, {{}, {{"bob", {0, 1}}}}, most));
  EXPECT_EQ(folder.balanced().fee, half);
  folder.write(judged_sprint(trust, 1027, {}, most));
  EXPECT_EQ(folder.due(), (Weights{{"alice", half + 1}, {"payer", 1023 * kMostOfAll}}));
  EXPECT_EQ(folder.balanced().held, 0U);
}

/// More than an entry can move in one piece.
TEST(HeldEarnings, ManyHugeSprintsAreReleasedAndForfeited) {
  const RewardConfig most{Scheme::kProportional, 1, kMostOfAll, 0};
  for (const bool wrong : {false, true}) {
    LedgerFolder folder;
    Trust trust({}, holding(400), {});
    std::vector<Record> records;
    for (std::uint64_t number = 1; number <= 300; ++number) {
      const auto sprint = judged_sprint(trust, number, {{{"alice", 1}}, {}}, most);
      records.insert(records.end(), sprint.begin(), sprint.end());
    }
    folder.write(records);
    EXPECT_EQ(trust.held("alice"), 300 * kMostOfAll);
    folder.write(judged_sprint(trust, 900, {{}, {{"alice", {0, wrong ? 1U : 0U}}}}, most));
    EXPECT_EQ(folder.balanced().fee, wrong ? 300 * kMostOfAll : 0);
    EXPECT_EQ(folder.balanced().due, wrong ? 0 : 300 * kMostOfAll);
  }
}

/// A record that says what cannot be is written all the same, and the books balance.
TEST(HeldEarnings, TheLedgersOwnAmountsAreBooked) {
  const auto sprint_with = [](const std::vector<record::Judged>& judged) {
    std::vector<Record> records =
        settled_sprint(2, {{"alice", 1}, {"bob", 1}}, {Scheme::kProportional, 1, 100, 0});
    std::get<record::Closed>(records[1]).settled->judged = judged;
    return records;
  };
  const std::vector<std::vector<record::Judged>> wrong_ones = {
      {},
      {{"alice", {}, {77, 0, 0}, {{1, 5}, {2, 77}}}},
      {{"alice", {}, {0, 1'000'000, 0}, {}}},
      {{"alice", {}, {0, 0, 1'000'000}, {}}},
      {{"alice", {}, {50, 0, 0}, {{2, 50}}}, {"alice", {}, {0, 0, 50}, {}}},
      {{"eve", {}, {9, 9, 9}, {{2, 9}, {1, 9}, {7, 9}}}},
  };
  for (std::size_t i = 0; i < wrong_ones.size(); ++i) {
    SCOPED_TRACE(i);
    LedgerFolder folder;
    Trust trust({}, holding(4), {});
    folder.write(judged_sprint(trust, 1, {{{"alice", 1}}, {}}, kHundredHeld));
    folder.write(sprint_with(wrong_ones[i]));
    EXPECT_EQ(folder.balanced().rewards, 200U);
    (void)folder.open();
  }
  LedgerFolder folder;
  folder.write(sprint_with({{"alice", {}, {50, 0, 0}, {{2, 50}}}}));
  EXPECT_EQ(held_rows(folder), "alice 2 50");
  EXPECT_EQ(folder.due(), (Weights{{"bob", 50}})) << "who is not judged is paid";
}

TEST(HeldEarningsDeathTest, OnlyAProportionalRewardIsJudged) {
  LedgerFolder folder;
  std::vector<Record> records = settled_sprint(1, {{"alice", 1}}, {Scheme::kPplns, 2, 100, 0});
  std::get<record::Closed>(records[1]).settled->judged.emplace();
  EXPECT_DEATH(folder.write(records), "check");
}

struct HeldTampering {
  const char* sql;
  const char* found;  // by the trial balance
};

TEST(HeldEarnings, TheTrialBalanceFindsRowsThatSomebodyChanged) {
  for (const auto& [change, found] :
       {HeldTampering{"UPDATE held SET amount = amount + 1",
                      "account held:alice has a balance of 95, and what is held of it is 96"},
        {"UPDATE held SET sprint = 3", "held:alice of sprint 1 is 0, by its entries 95"},
        {"DELETE FROM held", "account held:alice has a balance of 95, and what is held of it is 0"},
        {"INSERT INTO held VALUES (99, 1, 5)", "nobody of sprint 1 is 5, by its entries 0"},
        {"UPDATE entries SET credit = (SELECT id FROM accounts WHERE kind = 'due')"
         " WHERE cause = 'earned'",
         "held:alice of sprint 1 is 95, by its entries 0"},
        {"UPDATE held SET amount = 'x'", "what is held of it is nothing"}}) {
    LedgerFolder folder;
    Trust trust({}, holding(4), {});
    folder.write(judged_sprint(trust, 1, {{{"alice", 1}}, {}}, kHundredHeld));
    folder.balanced();
    folder.sql(change);
    const auto trial = folder.ledger().trial_balance();
    ASSERT_TRUE(trial.ok()) << trial.message();
    EXPECT_THAT(trial->faults, testing::Contains(HasSubstr(found))) << change;
  }
}

TEST(HeldEarnings, RowsThatMakeNoSenseRefuseTheFile) {
  for (const char* change :
       {"UPDATE held SET amount = 0", "UPDATE held SET amount = 9007199254740992",
        "UPDATE held SET amount = 'x'", "UPDATE held SET amount = NULL",
        "UPDATE held SET sprint = 0", "UPDATE held SET sprint = 1.5",
        "UPDATE held SET account = 99", "DELETE FROM accounts WHERE kind = 'held'",
        "UPDATE held SET account = (SELECT id FROM accounts WHERE kind = 'due')",
        "UPDATE accounts SET name = '' WHERE kind = 'held'", "UPDATE reputations SET shares = -1",
        "UPDATE reputations SET sprints = 9007199254740992", "UPDATE reputations SET faults = 'x'",
        "UPDATE reputations SET shares = NULL",
        "UPDATE reputations SET account = CAST(x'ff' AS TEXT)",
        "UPDATE reputations SET account = ''", "DROP TABLE reputations",
        "WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < 1001)"
        " INSERT INTO held SELECT account, i, 1 FROM held, n"}) {
    LedgerFolder folder;
    Trust trust({}, holding(4), {});
    folder.write(judged_sprint(trust, 1, {{{"alice", 1}}, {{"alice", {1, 0}}}}, kHundredHeld));
    folder.sql(change);
    const std::string refusal = folder.refusal();
    EXPECT_THAT(refusal, HasSubstr("pool.db: it ")) << change;
    EXPECT_THAT(refusal, HasSubstr("name another file")) << change;
    EXPECT_EQ(refusal.find('\n'), std::string::npos) << change;
  }
}

}  // namespace
}  // namespace pool
