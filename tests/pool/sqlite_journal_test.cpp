#include "pool/sqlite_journal.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <thread>

#include "tests/pool/journal_rig.h"

namespace pool {
namespace {

using std::chrono::hours;
using tests::a_digest;
using tests::a_sprint;
using tests::JournalFolder;
using tests::kNoon;
using tests::milliseconds;
using tests::Reports;
using tests::seconds;
using tests::text_of;

constexpr SessionId kMiner = 0xfedcba9876543210;  // no integer of 63 bits

record::Stored a_share(std::uint64_t sprint, std::uint64_t nonce, std::uint64_t digest = 0) {
  return {sprint, kMiner, 1, nonce, a_digest(digest), 7};
}

/// Writes them with a journal of its own.
void write_all(JournalFolder& folder, const std::vector<Record>& records,
               base::UnixTime now = kNoon) {
  const auto journal = folder.open(now);
  for (const Record& record : records) journal->write(record);
}

Saved saved_at(JournalFolder& folder, base::UnixTime now = kNoon) {
  return folder.open(now)->take_saved();
}

TEST(SqliteJournal, StartsEmptyWithAKeyOfItsOwnThatStays) {
  JournalFolder folder;
  const Saved first = saved_at(folder);
  EXPECT_EQ(first.last_sprint, 0U);
  EXPECT_TRUE(first.sessions.empty());
  EXPECT_TRUE(first.races.empty());
  base::Bytes32 expected{};
  tests::counting_random()(expected);
  EXPECT_EQ(first.key, expected);
  EXPECT_EQ(saved_at(folder).key, expected);
}

TEST(SqliteJournal, NobodyElseMayReadTheSecretsInIt) {
  JournalFolder folder;
  const auto journal = folder.open();
  journal->write(record::Announced{a_sprint(1)});
  for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
    struct stat about {};
    ASSERT_EQ(stat(entry.path().c_str(), &about), 0);
    EXPECT_EQ(about.st_mode & 0777, 0600U) << entry.path();
  }
}

TEST(SqliteJournal, WhatWasWrittenComesBack) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    JournalFolder folder;
    tests::RandomHistory history(seed);
    tests::JournalModel model;
    model.key = saved_at(folder).key;
    base::UnixTime now = kNoon;
    for (int run = 0; run < 4; ++run, now += hours(10)) {
      Reports reports;
      auto journal = folder.open(now);
      ASSERT_EQ(text_of(journal->take_saved()), text_of(model.reopen(now))) << "seed " << seed;
      journal->start(reports.taker());
      for (std::uint64_t i = 1; i <= 150; ++i) {
        const Record record = history.next(model);
        model.apply(record);
        EXPECT_EQ(journal->write(record), i);
        EXPECT_TRUE(i % 50 != 0 || reports.wait_for(i));
      }
      journal.reset();
      EXPECT_EQ(reports.newest(), 150U);
      EXPECT_TRUE(reports.ascending());
    }
    EXPECT_EQ(folder.log.warnings(""), 0U) << "seed " << seed;
  }
}

TEST(SqliteJournal, OrdersAreThoseOfTheHeader) {
  JournalFolder folder;
  const auto lease = [](std::uint64_t id) {
    return record::Granted{2, kMiner, {id, 0, id << 32, 32, 1}};
  };
  write_all(folder, {record::Joined{kMiner, "alice", 1}, record::Announced{a_sprint(2)},
                     record::Announced{a_sprint(1)}, lease(3), lease(1), lease(2), a_share(2, 9),
                     a_share(2, UINT64_MAX), a_share(2, 0)});
  const Saved saved = saved_at(folder);
  ASSERT_EQ(saved.races.size(), 2U);
  EXPECT_EQ(saved.races[0].sprint.number, 1U);
  const Saved::Race& race = saved.races[1];
  ASSERT_EQ(race.leases.size(), 3U);
  for (std::uint64_t i = 0; i < 3; ++i) EXPECT_EQ(race.leases[i].lease.id, i + 1);
  ASSERT_EQ(race.shares.size(), 3U);
  EXPECT_EQ(race.shares[0].share.nonce, 9U);
  EXPECT_EQ(race.shares[1].share.nonce, UINT64_MAX);
  EXPECT_EQ(race.shares[2].share.nonce, 0U);
}

TEST(SqliteJournal, ADecisionIsOnTheShareStoredLast) {
  JournalFolder folder;
  const auto decide = [](Share::State state) { return record::Decided{1, 5, a_digest(0), state}; };
  write_all(folder, {record::Joined{kMiner, "alice", 1}, record::Announced{a_sprint(1)},
                     a_share(1, 5), decide(Share::State::kWithdrawn), a_share(1, 5),
                     decide(Share::State::kVerified), decide(Share::State::kWithdrawn),
                     a_share(1, 6), a_share(1, 5), decide(Share::State::kVerified)});
  const Saved saved = saved_at(folder);
  ASSERT_EQ(saved.races.at(0).shares.size(), 4U);
  EXPECT_EQ(saved.races[0].shares[0].state, Share::State::kWithdrawn);
  EXPECT_EQ(saved.races[0].shares[1].state, Share::State::kWithdrawn);
  EXPECT_EQ(saved.races[0].shares[2].state, Share::State::kStored);
  EXPECT_EQ(saved.races[0].shares[3].state, Share::State::kVerified);
}

TEST(SqliteJournal, WhetherSharesAreRightIsWrittenSomeAtATimeAndAWithdrawalAtOnce) {
  constexpr std::uint64_t kShares = 60;
  JournalFolder folder;
  Reports reports;
  const auto journal = folder.open();
  journal->start(reports.taker());
  journal->write(record::Joined{kMiner, "alice", 1});
  journal->write(record::Announced{a_sprint(1)});
  for (std::uint64_t i = 0; i < kShares; ++i) journal->write(a_share(1, i));
  ASSERT_TRUE(reports.wait_for(kShares + 2));
  const std::size_t before = reports.count();
  const auto began = std::chrono::steady_clock::now();
  for (std::uint64_t i = 0; i < kShares; ++i) {
    journal->write(record::Decided{1, i, a_digest(0), Share::State::kVerified});
    std::this_thread::sleep_for(milliseconds(2));
  }
  ASSERT_TRUE(reports.wait_for(2 * kShares + 2));
  const auto took = std::chrono::steady_clock::now() - began;
  EXPECT_LE(reports.count() - before, static_cast<std::size_t>(took / milliseconds(50)) + 1);
  auto quickest = std::chrono::steady_clock::duration::max();
  for (std::uint64_t i = 0; i < 20; ++i) {
    const auto asked = std::chrono::steady_clock::now();
    journal->write(record::Decided{1, i, a_digest(0), Share::State::kVerified});
    journal->write(record::Decided{1, i, a_digest(0), Share::State::kWithdrawn});
    ASSERT_TRUE(reports.wait_for(2 * kShares + 4 + 2 * i));
    quickest = std::min(quickest, std::chrono::steady_clock::now() - asked);
  }
  EXPECT_LT(quickest, milliseconds(50));
}

TEST(SqliteJournal, RecordsOfASprintThatIsNotThereChangeNothing) {
  JournalFolder folder;
  write_all(folder, {record::Joined{kMiner, "alice", 1}, a_share(1, 5),
                     record::Granted{1, kMiner, {1, 0, 0, 32, 1}},
                     record::Repeated{1, kMiner, 1, 5, a_digest(0)}, record::Closed{1, false},
                     record::Decided{1, 5, a_digest(0), Share::State::kVerified}});
  EXPECT_EQ(folder.ask("SELECT (SELECT count(*) FROM shares) + (SELECT count(*) FROM leases)"
                       " + (SELECT count(*) FROM repeats) + (SELECT count(*) FROM sprints)"),
            "0");
}

TEST(SqliteJournal, IsReadWithAShellWhileItWorks) {
  JournalFolder folder;
  Reports reports;
  const auto journal = folder.open();
  journal->start(reports.taker());
  journal->write(record::Announced{a_sprint(1)});
  journal->write(record::Joined{kMiner, "alice", 1});
  journal->write(a_share(1, UINT64_MAX - 1));
  ASSERT_TRUE(reports.wait_for(3));
  EXPECT_EQ(folder.ask("SELECT nonce FROM shares WHERE state = 'stored'"), "fffffffffffffffe");
  EXPECT_EQ(folder.ask("SELECT account FROM sessions JOIN shares USING (session)"), "alice");
  EXPECT_EQ(folder.ask("SELECT t_end_us - t0_us FROM sprints"), "20000000");
  EXPECT_EQ(folder.ask("SELECT value FROM meta WHERE key = 'last_sprint'"), "1");
}

/// A day's end: sprint 1 is too old at `kNoon + 25 h`, 2 is not closed, 3 is younger.
std::vector<Record> old_records() {
  std::vector<Record> records = {
      record::Joined{kMiner, "alice", 1}, record::Joined{1, "gone", 1},
      record::Joined{2, "idle", 1},       record::Announced{a_sprint(1)},
      record::Announced{a_sprint(2)},     record::Announced{a_sprint(3, kNoon + hours(2))},
      record::Closed{1, false},           record::Closed{3, true}};
  for (std::uint64_t i = 0; i < 2500; ++i) records.emplace_back(a_share(1, i));
  records.emplace_back(record::Granted{1, 1, {1, 0, 0, 32, 1}});
  records.emplace_back(record::Repeated{1, 1, 1, 5, a_digest(0)});
  records.emplace_back(a_share(2, 1));
  records.emplace_back(a_share(3, 1));
  return records;
}

void expect_pruned(const Saved& saved) {
  ASSERT_EQ(saved.races.size(), 2U);
  EXPECT_EQ(saved.races[0].sprint.number, 2U);
  EXPECT_EQ(saved.races[1].sprint.number, 3U);
  EXPECT_EQ(saved.races[0].shares.size(), 1U);
  EXPECT_EQ(saved.last_sprint, 3U);
  ASSERT_EQ(saved.sessions.size(), 1U);
  EXPECT_EQ(saved.sessions[0].session, kMiner);
}

TEST(SqliteJournal, OpeningDeletesWhatIsADayOld) {
  JournalFolder folder;
  write_all(folder, old_records());
  EXPECT_EQ(saved_at(folder, kNoon + hours(24) + seconds(20)).races.size(), 3U);
  expect_pruned(saved_at(folder, kNoon + hours(25)));
  EXPECT_EQ(folder.ask("SELECT count(*) FROM shares"), "2");
  EXPECT_EQ(folder.ask("SELECT count(*) FROM leases"), "0");
  EXPECT_EQ(folder.ask("SELECT count(*) FROM repeats"), "0");
  EXPECT_EQ(folder.ask("SELECT count(*) FROM sessions"), "1");
}

TEST(SqliteJournal, ARunDeletesWhatGetsADayOld) {
  JournalFolder folder;
  write_all(folder, old_records());
  Reports reports;
  const auto journal = folder.open(kNoon + hours(24) + seconds(20));
  journal->start(reports.taker(), milliseconds(1));
  const auto patience = std::chrono::steady_clock::now() + seconds(30);
  while (folder.ask("SELECT count(*) FROM sprints") != "2") {
    ASSERT_LT(std::chrono::steady_clock::now(), patience);
    journal->write(a_share(2, 2));
  }
  EXPECT_EQ(folder.ask("SELECT count(*) FROM shares WHERE sprint = 1"), "0");
  // A session may still be somebody's who is connected.
  EXPECT_EQ(folder.ask("SELECT count(*) FROM sessions"), "2");
}

TEST(SqliteJournal, TheNumberOfTheNewestSprintIsNeverForgotten) {
  JournalFolder folder;
  write_all(folder, {record::Announced{a_sprint(41)}, record::Closed{41, false}});
  const Saved saved = saved_at(folder, kNoon + hours(1000));
  EXPECT_TRUE(saved.races.empty());
  EXPECT_EQ(saved.last_sprint, 41U);
}

}  // namespace
}  // namespace pool
