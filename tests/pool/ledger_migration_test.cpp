// A database of the pool before it had a ledger.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

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

/// Sprint 1 closed, 2 running.
std::string sprint_row(std::uint64_t number, bool closed) {
  const std::string seed = "'" + std::string(64, 'a') + "'";
  const std::string times = "1800000000000000, 1800000020000000";
  return "INSERT INTO sprints VALUES (" + std::to_string(number) + ", '" + std::to_string(number) +
         "-000102030405', 2, 128, 256, " + seed + ", '', " + seed + ", 'none', " + times + ", " +
         seed + ", " + seed + ", 'none', " + times + ", 1, " + (closed ? "1" : "0") + ", 0);";
}

void fill(LedgerFolder& folder) {
  folder.sql(kFormat1 + sprint_row(1, true) + sprint_row(2, false));
}

TEST(LedgerMigration, ANewerPoolBringsTheFileUpToDateAndKeepsAll) {
  LedgerFolder folder;
  fill(folder);
  const auto too_early = Ledger::open(folder.file());
  ASSERT_FALSE(too_early.ok());
  EXPECT_THAT(too_early.message(), HasSubstr("older sprintpool: run this one with it once"));
  EXPECT_EQ(folder.ask("PRAGMA user_version"), "1");

  const Saved saved = folder.open()->take_saved();
  EXPECT_EQ(folder.ask("PRAGMA user_version"), "2");
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

TEST(LedgerMigration, HappensAsAWholeOrNotAtAll) {
  LedgerFolder folder;
  fill(folder);
  folder.sql("CREATE TABLE payout_items (mine)");  // the last one that is made
  EXPECT_THAT(folder.refusal(), HasSubstr("name another file"));
  EXPECT_EQ(folder.ask("PRAGMA user_version"), "1");
  EXPECT_EQ(folder.ask("SELECT count(*) FROM sqlite_schema WHERE name = 'accounts'"), "0");
  folder.sql("DROP TABLE payout_items");
  EXPECT_EQ(folder.open()->take_saved().races.size(), 2U);
}

TEST(LedgerMigration, AnotherPoolsFileStaysAsItIs) {
  LedgerFolder folder;
  fill(folder);
  EXPECT_THAT(folder.refusal("other"), HasSubstr("belongs to the pool 'rig'"));
  EXPECT_EQ(folder.ask("PRAGMA user_version"), "1");
}

}  // namespace
}  // namespace pool
