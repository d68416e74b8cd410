// Files that a journal does not open, and rows that it does not take.

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <random>

#include "tests/pool/journal_rig.h"

namespace pool {
namespace {

using testing::HasSubstr;
using tests::a_digest;
using tests::a_sprint;
using tests::JournalFolder;
using tests::kNoon;

/// A journal with a row of every kind, closed.
void fill(JournalFolder& folder) {
  const auto journal = folder.open();
  journal->write(record::Joined{1, "alice", 1});
  for (std::uint64_t number = 1; number <= 3; ++number) {
    journal->write(record::Announced{a_sprint(number)});
    journal->write(record::Granted{number, 1, {1, 0, 0, 32, 1}});
    for (std::uint64_t nonce = 0; nonce < 100; ++nonce) {
      journal->write(record::Stored{number, 1, nonce, nonce, a_digest(nonce), 1});
    }
    journal->write(record::Repeated{number, 1, 7, 0, a_digest(0)});
  }
}

void write_file(const std::string& path, const std::string& content) {
  std::ofstream(path, std::ios::binary) << content;
}

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(SqliteJournalRefuses, AFileThatAnotherUses) {
  JournalFolder folder;
  tests::Reports reports;
  const auto first = folder.open();
  EXPECT_THAT(folder.refusal(), HasSubstr("another sprintpool uses it: stop that one"));
  std::filesystem::create_symlink(folder.file(), folder.path() + "/link");
  const auto by_link = SqliteJournal::open(folder.path() + "/link", "rig", kNoon, folder.log,
                                           tests::counting_random());
  EXPECT_FALSE(by_link.ok());
  first->start(reports.taker());
  first->write(record::Announced{a_sprint(1)});
  EXPECT_TRUE(reports.wait_for(1)) << "the first one has to go on";
}

TEST(SqliteJournalRefuses, AnotherPoolsFile) {
  JournalFolder folder;
  fill(folder);
  EXPECT_THAT(folder.refusal("other"),
              HasSubstr("belongs to the pool 'rig', and this one is 'other'"));
  EXPECT_EQ(folder.open()->take_saved().races.size(), 3U);
}

TEST(SqliteJournalRefuses, ANewerFormat) {
  JournalFolder folder;
  fill(folder);
  folder.sql("PRAGMA user_version = 4");
  EXPECT_THAT(folder.refusal(), HasSubstr("newer sprintpool (format 4, this one knows 3)"));
  EXPECT_EQ(folder.ask("PRAGMA user_version"), "4");
}

TEST(SqliteJournalRefuses, WhatIsNoDatabaseOfAPool) {
  JournalFolder folder;
  const std::string garbage(10'000, 'x');
  write_file(folder.file(), garbage);
  EXPECT_THAT(folder.refusal(), HasSubstr("no database of a pool: name another file"));
  EXPECT_EQ(read_file(folder.file()), garbage);
  std::filesystem::remove(folder.file());
  folder.sql("CREATE TABLE songs (title TEXT)");
  EXPECT_THAT(folder.refusal(), HasSubstr("no database of a pool: name another file"));
  EXPECT_EQ(folder.ask("SELECT count(*) FROM sqlite_schema"), "1");
  EXPECT_EQ(folder.ask("PRAGMA journal_mode"), "delete");
}

TEST(SqliteJournalRefuses, PlacesWhereNoFileCanBe) {
  JournalFolder folder;
  const auto refusal = [&](const std::string& path) {
    const auto opened =
        SqliteJournal::open(path, "rig", kNoon, folder.log, tests::counting_random());
    return opened.ok() ? "opened" : opened.message();
  };
  EXPECT_THAT(refusal(folder.path() + "/none/pool.db"), HasSubstr("its folder is missing"));
  EXPECT_THAT(refusal(folder.path()), HasSubstr("it cannot be opened"));
  EXPECT_THAT(refusal(""), HasSubstr("it has no name"));
}

TEST(SqliteJournalRefuses, WithoutRandomNumbers) {
  JournalFolder folder;
  const auto opened = SqliteJournal::open(folder.file(), "rig", kNoon, folder.log,
                                          [](std::span<std::uint8_t>) { return false; });
  ASSERT_FALSE(opened.ok());
  EXPECT_THAT(opened.message(), HasSubstr("random generator"));
  EXPECT_EQ(folder.open()->take_saved().last_sprint, 0U);
}

/// What `open` says to a user who is not root.
std::string refusal_to_nobody(JournalFolder& folder) {
  int ends[2];
  EXPECT_EQ(pipe2(ends, O_CLOEXEC), 0);
  const pid_t child = fork();
  if (child == 0) {
    if (geteuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0)) _exit(1);
    const std::string said = folder.refusal();
    _exit(write(ends[1], said.data(), said.size()) < 0 ? 1 : 0);
  }
  close(ends[1]);
  std::string said(1000, ' ');
  const ssize_t size = read(ends[0], said.data(), said.size());
  close(ends[0]);
  waitpid(child, nullptr, 0);
  said.resize(static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
  return said;
}

TEST(SqliteJournalRefuses, AFileThatMayOnlyBeRead) {
  JournalFolder folder;
  fill(folder);
  ASSERT_EQ(chmod(folder.path().c_str(), 0777), 0);
  ASSERT_EQ(chmod((folder.file() + "-lock").c_str(), 0666), 0);
  ASSERT_EQ(chmod(folder.file().c_str(), 0444), 0);
  EXPECT_THAT(refusal_to_nobody(folder), HasSubstr("let the pool's user write it"));
  ASSERT_EQ(chmod(folder.file().c_str(), 0600), 0);
  EXPECT_EQ(folder.open()->take_saved().races.size(), 3U);
}

TEST(SqliteJournalRefuses, AFileThatWasCut) {
  JournalFolder folder;
  fill(folder);
  std::filesystem::resize_file(folder.file(), std::filesystem::file_size(folder.file()) / 2);
  EXPECT_THAT(folder.refusal(), HasSubstr("it is damaged: put a copy of it back"));
}

TEST(SqliteJournalRefuses, TablesThatAreNotItsOwn) {
  for (const char* change : {"DROP TABLE shares", "ALTER TABLE sprints DROP COLUMN secret",
                             "DELETE FROM meta WHERE key = 'pool'",
                             "UPDATE meta SET value = 'short' WHERE key = 'mac_key'",
                             "UPDATE meta SET value = -1 WHERE key = 'last_sprint'",
                             "DROP TABLE leases; CREATE VIEW leases AS SELECT * FROM shares"}) {
    JournalFolder folder;
    fill(folder);
    folder.sql(change);
    EXPECT_THAT(folder.refusal(), HasSubstr("name another file")) << change;
  }
}

/// Any byte may change: a refusal or fewer rows, never a crash.
TEST(SqliteJournalRefuses, OrSurvivesAnyDamage) {
  JournalFolder folder;
  fill(folder);
  const std::string sound = read_file(folder.file());
  std::mt19937_64 random(1);
  for (int round = 0; round < 100; ++round) {
    std::string damaged = sound;
    for (int i = 0; i < 20; ++i) {
      damaged[random() % damaged.size()] = static_cast<char>(random());
    }
    write_file(folder.file(), damaged);
    const auto opened =
        SqliteJournal::open(folder.file(), "rig", kNoon, folder.log, tests::counting_random());
    if (!opened.ok()) continue;
    EXPECT_LE((*opened)->take_saved().races.size(), 3U);
  }
}

struct Tampering {
  const char* sql;
  std::size_t races, leases, shares;  // left of 3 races with a lease and 100 shares each
};

TEST(SqliteJournalRefuses, RowsThatMakeNoSense) {
  const Tampering tamperings[] = {
      {"UPDATE sprints SET layers = 1000000 WHERE number = 2", 2, 2, 200},
      {"UPDATE sprints SET number = -2 WHERE number = 2", 2, 2, 200},
      {"UPDATE sprints SET secret = 'AB' WHERE number = 2", 2, 2, 200},
      {"UPDATE sprints SET id = 'no id' WHERE number = 2", 2, 2, 200},
      {"UPDATE sprints SET t_end_us = t0_us WHERE number = 2", 2, 2, 200},
      {"UPDATE sprints SET t0_us = 9223372036854775807 WHERE number = 2", 2, 2, 200},
      {"UPDATE sprints SET started = 2 WHERE number = 2", 2, 2, 200},
      {"UPDATE sprints SET identity = CAST(x'ff' AS TEXT) WHERE number = 2", 2, 2, 200},
      {"UPDATE leases SET bits = 64 WHERE sprint = 1", 3, 2, 300},
      {"UPDATE leases SET base = '0000000000000001' WHERE sprint = 1", 3, 2, 300},
      {"UPDATE leases SET difficulty = 0 WHERE sprint = 1", 3, 2, 300},
      {"UPDATE leases SET session = '00000000000000ff' WHERE sprint = 1", 3, 2, 300},
      {"UPDATE leases SET device = 4294967296 WHERE sprint = 1", 3, 2, 300},
      {"UPDATE shares SET nonce = 7 WHERE id = 1", 3, 3, 299},
      {"UPDATE shares SET nonce = NULL WHERE id = 1", 3, 3, 299},
      {"UPDATE shares SET digest = upper(digest) WHERE id = 1", 3, 3, 299},
      {"UPDATE shares SET state = 'paid' WHERE id = 1", 3, 3, 299},
      {"UPDATE shares SET seq = 1.5 WHERE id = 1", 3, 3, 299},
      {"UPDATE shares SET difficulty = 1 << 60 WHERE id = 1", 3, 3, 299},
      {"UPDATE shares SET nonce = '0000000000000001' WHERE id = 100", 3, 3, 299},
      {"UPDATE shares SET sprint = 9 WHERE id = 1", 3, 3, 299},
      {"UPDATE sessions SET account = ''", 3, 0, 0},
      {"UPDATE sessions SET generation = -1", 3, 0, 0},
  };
  for (const auto& [sql, races, leases, shares] : tamperings) {
    JournalFolder folder;
    fill(folder);
    folder.sql(sql);
    const Saved saved = folder.open()->take_saved();
    EXPECT_EQ(saved.races.size(), races) << sql;
    std::size_t leases_left = 0, shares_left = 0;
    for (const Saved::Race& race : saved.races) {
      leases_left += race.leases.size();
      shares_left += race.shares.size();
    }
    EXPECT_EQ(leases_left, leases) << sql;
    EXPECT_EQ(shares_left, shares) << sql;
    EXPECT_EQ(folder.log.warnings("rows that make no sense"), 1U) << sql;
  }
}

TEST(SqliteJournalRefuses, ToRunATriggerOfTheFile) {
  JournalFolder folder;
  fill(folder);
  folder.sql("CREATE TRIGGER thief AFTER INSERT ON shares BEGIN DELETE FROM sprints; END");
  {
    const auto journal = folder.open();
    journal->write(record::Stored{1, 1, 1, 1000, a_digest(0), 1});
  }
  EXPECT_EQ(folder.open()->take_saved().races.size(), 3U);
}

}  // namespace
}  // namespace pool
