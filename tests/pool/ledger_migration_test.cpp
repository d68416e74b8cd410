// Databases of the pool before it had a ledger, and before it held anything back.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <tuple>

#include "tests/pool/ledger_rig.h"

namespace pool {
namespace {

using testing::HasSubstr;
using tests::kNoon;
using tests::LedgerFolder;
using tests::settled_sprint;

constexpr RewardConfig kHundred{Scheme::kProportional, 1, 100, 50'000};

/// Format 1, as the pool wrote it; never to be changed.
constexpr const char* kFormat1 = R"(
  CREATE TABLE meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID;
  CREATE TABLE sprints (
    number INTEGER PRIMARY KEY, id TEXT, layers INTEGER, dim INTEGER, ffn INTEGER, model_seed TEXT,
    identity TEXT, commitment TEXT, beacon TEXT, planned_t0_us INTEGER, planned_t_end_us INTEGER,
    start_seed TEXT, secret TEXT, beacon_value TEXT, t0_us INTEGER, t_end_us INTEGER,
    started INTEGER, closed INTEGER, cancelled INTEGER);
  CREATE TABLE sessions (session TEXT PRIMARY KEY, account TEXT, generation INTEGER) WITHOUT ROWID;
  CREATE TABLE leases (
    sprint INTEGER, lease INTEGER, session TEXT, device INTEGER, base TEXT, bits INTEGER,
    difficulty INTEGER, PRIMARY KEY (sprint, lease)) WITHOUT ROWID;
  CREATE TABLE shares (
    id INTEGER PRIMARY KEY, sprint INTEGER, session TEXT, seq INTEGER, nonce TEXT, digest TEXT,
    difficulty INTEGER, state TEXT);
  CREATE INDEX shares_by_nonce ON shares (sprint, nonce);
  CREATE TABLE repeats (
    id INTEGER PRIMARY KEY, sprint INTEGER, session TEXT, seq INTEGER, nonce TEXT, digest TEXT);
  CREATE INDEX repeats_by_sprint ON repeats (sprint);
  INSERT INTO meta VALUES ('pool', 'rig'), ('last_sprint', 2), ('mac_key',
    '0707070707070707070707070707070707070707070707070707070707070707');
  INSERT INTO sessions VALUES ('00000000000000ff', 'alice', 3);
  INSERT INTO leases VALUES (2, 1, '00000000000000ff', 0, '0000000000000000', 32, 1);
  PRAGMA user_version = 1; PRAGMA application_id = 1397770801;
)";

/// What format 2 added, as the pool wrote it, with a settled sprint and a payout; never to be
/// changed.
constexpr const char* kFormat2 = R"(
  CREATE TABLE accounts (
    id INTEGER PRIMARY KEY, kind TEXT, name TEXT, debits INTEGER, credits INTEGER,
    UNIQUE (kind, name));
  CREATE TABLE settlements (
    id INTEGER PRIMARY KEY, sprint INTEGER UNIQUE, time_us INTEGER, scheme TEXT,
    window_sprints INTEGER, fee_ppm INTEGER, reward INTEGER, accounts INTEGER, best TEXT,
    outcome TEXT);
  CREATE INDEX settlements_earned ON settlements (id) WHERE accounts > 0;
  CREATE TABLE credits (
    sprint INTEGER, account INTEGER, credit INTEGER, PRIMARY KEY (sprint, account)) WITHOUT ROWID;
  CREATE TABLE entries (
    id INTEGER PRIMARY KEY, sprint INTEGER, payout INTEGER, time_us INTEGER, cause TEXT,
    debit INTEGER, credit INTEGER, amount INTEGER);
  CREATE TABLE payouts (
    id INTEGER PRIMARY KEY, state TEXT, minimum INTEGER, exported_us INTEGER, paid_us INTEGER);
  CREATE TABLE payout_items (
    payout INTEGER, name TEXT, amount INTEGER, PRIMARY KEY (payout, name)) WITHOUT ROWID;
  INSERT INTO accounts VALUES (1, 'due', 'alice', 71, 71), (2, 'due', 'bob', 0, 24),
    (3, 'reward', '', 100, 0), (4, 'fee', '', 0, 5), (5, 'exported', 'alice', 0, 71);
  INSERT INTO settlements VALUES (1, 1, 1800000020000000, 'proportional', 1, 50000, 100, 2, '',
    'distributed');
  INSERT INTO credits VALUES (1, 1, 3), (1, 2, 1);
  INSERT INTO entries VALUES (1, 1, 0, 1800000020000000, 'fee', 3, 4, 5),
    (2, 1, 0, 1800000020000000, 'earned', 3, 1, 71),
    (3, 1, 0, 1800000020000000, 'earned', 3, 2, 24),
    (4, 0, 1, 1800000021000000, 'exported', 1, 5, 71);
  INSERT INTO payouts VALUES (1, 'exported', 30, 1800000021000000, 0);
  INSERT INTO payout_items VALUES (1, 'alice', 71);
  PRAGMA user_version = 2;
)";

/// Sprint 1 closed, 2 running.
std::string sprint_row(std::uint64_t number, bool closed) {
  const std::string seed = "'" + std::string(64, 'a') + "'";
  const std::string times = "1800000000000000, 1800000020000000";
  return "INSERT INTO sprints VALUES (" + std::to_string(number) + ", '" + std::to_string(number) +
         "-000102030405', 2, 128, 256, " + seed + ", '', " + seed + ", 'none', " + times + ", " +
         seed + ", " + seed + ", 'none', " + times + ", 1, " + (closed ? "1" : "0") + ", 0);";
}

void fill(LedgerFolder& folder, const std::string& newer = "") {
  folder.sql(kFormat1 + sprint_row(1, true) + sprint_row(2, false) + newer);
}

/// The columns of all tables, in a line each.
std::string layout(LedgerFolder& folder) {
  return folder.ask(
      "SELECT group_concat(line, char(10)) FROM (SELECT m.name || ': ' || (SELECT"
      " group_concat(name || ' ' || type || ' ' || pk, ', ') FROM pragma_table_info(m.name)) AS"
      " line FROM sqlite_schema m WHERE type = 'table' ORDER BY m.name)");
}

TEST(LedgerMigration, ANewerPoolBringsTheFileUpToDateAndKeepsAll) {
  LedgerFolder folder;
  fill(folder);
  const auto too_early = Ledger::open(folder.file());
  ASSERT_FALSE(too_early.ok());
  EXPECT_THAT(too_early.message(), HasSubstr("older sprintpool: run this one with it once"));
  EXPECT_EQ(folder.ask("PRAGMA user_version"), "1");

  const Saved saved = folder.open()->take_saved();
  EXPECT_EQ(folder.ask("PRAGMA user_version"), "3");
  EXPECT_EQ(saved.key, base::Bytes32({7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7,
                                      7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7}));
  EXPECT_EQ(saved.last_sprint, 2U);
  ASSERT_EQ(saved.races.size(), 2U);
  EXPECT_TRUE(saved.races[0].closed);
  EXPECT_FALSE(saved.races[1].closed);
  EXPECT_EQ(saved.races[1].leases.size(), 1U);
  ASSERT_EQ(saved.sessions.size(), 1U);
  EXPECT_EQ(saved.sessions[0].account, "alice");
}

TEST(LedgerMigration, WhatIsClosedFromThenOnIsSettled) {
  LedgerFolder folder;
  fill(folder);
  folder.write({settled_sprint(2, {{"alice", 1}}, kHundred)[1]});
  EXPECT_EQ(folder.due(), (Weights{{"alice", 95}}));
  EXPECT_EQ(folder.balanced().rewards, 100U);
  EXPECT_EQ(folder.ask("SELECT group_concat(sprint) FROM settlements"), "2");
}

TEST(LedgerMigration, EveryFormatBecomesTheLayoutOfANewFile) {
  LedgerFolder made;
  made.open();
  for (const char* newer : {"", kFormat2}) {
    LedgerFolder folder;
    fill(folder, newer);
    folder.open();
    EXPECT_EQ(layout(folder), layout(made));
    EXPECT_EQ(folder.ask("SELECT count(*) FROM sprints WHERE draw_secret IS NULL AND draw_beacon"
                         " IS NULL AND draw_value IS NULL"),
              "2");
  }
}

TEST(LedgerMigration, ALedgerGoesOnAndHoldsNothingOfBefore) {
  LedgerFolder folder;
  fill(folder, kFormat2);
  EXPECT_FALSE(Ledger::open(folder.file()).ok());
  const Saved saved = folder.open()->take_saved();
  EXPECT_EQ(saved.races.size(), 2U);
  EXPECT_TRUE(saved.known.empty());
  EXPECT_EQ(folder.due(), (Weights{{"bob", 24}}));
  EXPECT_EQ(folder.balanced().held, 0U);

  auto records = settled_sprint(2, {{"alice", 1}}, kHundred);
  auto& settled = *std::get<record::Closed>(records[1]).settled;
  settled.judged = {{"alice", {1, 1, 0}, {95, 0, 0}, {{2, 95}}}};
  folder.write({records[1]});
  EXPECT_EQ(folder.balanced().held, 95U);
  EXPECT_EQ(folder.balanced().exported, 71U);
  EXPECT_EQ(folder.open()->take_saved().known,
            (std::vector<Saved::Known>{{"alice", {1, 1, 0}, {{2, 95}}}}));
}

TEST(LedgerMigration, HappensAsAWholeOrNotAtAll) {
  for (const auto& [newer, last, version] :
       {std::tuple{"", "payout_items", "1"}, std::tuple{"", "held", "1"},
        std::tuple{kFormat2, "held", "2"}}) {
    LedgerFolder folder;
    fill(folder, newer);
    folder.sql(std::string("CREATE TABLE ") + last + " (mine)");  // is made last, of its format
    const std::string before = layout(folder);
    EXPECT_THAT(folder.refusal(), HasSubstr("name another file"));
    EXPECT_EQ(folder.ask("PRAGMA user_version"), version);
    EXPECT_EQ(layout(folder), before);
    folder.sql(std::string("DROP TABLE ") + last);
    EXPECT_EQ(folder.open()->take_saved().races.size(), 2U);
  }
}

TEST(LedgerMigration, ADamagedLedgerStaysAsItIs) {
  LedgerFolder folder;
  fill(folder, kFormat2);
  folder.sql("UPDATE accounts SET credits = 'x' WHERE id = 2");
  EXPECT_THAT(folder.refusal(), HasSubstr("it is damaged"));
  EXPECT_EQ(folder.ask("PRAGMA user_version"), "2");
}

TEST(LedgerMigration, AnotherPoolsFileStaysAsItIs) {
  LedgerFolder folder;
  fill(folder);
  EXPECT_THAT(folder.refusal("other"), HasSubstr("belongs to the pool 'rig'"));
  EXPECT_EQ(folder.ask("PRAGMA user_version"), "1");
}

}  // namespace
}  // namespace pool
