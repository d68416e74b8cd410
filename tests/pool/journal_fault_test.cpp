// A journal whose process is killed, whose disk fails, or whose file is locked.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <random>
#include <thread>

#include "tests/pool/journal_rig.h"

namespace pool {
namespace {

using tests::a_digest;
using tests::a_sprint;
using tests::JournalFolder;
using tests::kNoon;
using tests::milliseconds;
using tests::Reports;
using tests::seconds;

record::Stored a_share(std::uint64_t nonce) {
  return {1, 1, nonce, nonce, a_digest(nonce), 1};
}

/// The journal's records 1 and 2; a_share(3) is its third, and so on.
void begin(SqliteJournal& journal) {
  journal.write(record::Announced{a_sprint(1)});
  journal.write(record::Joined{1, "alice", 1});
}

/// Writes shares in bursts for ever, and each reported number to `out`.
[[noreturn]] void write_for_ever(JournalFolder& folder, int out, std::uint64_t seed) {
  const auto journal = folder.open();
  journal->start([out](std::uint64_t written) {
    if (write(out, &written, sizeof written) != sizeof written) _exit(1);
  });
  begin(*journal);
  std::mt19937_64 random(seed);
  for (std::uint64_t nonce = 3;;) {
    for (std::uint64_t burst = random() % 200; burst > 0; --burst) {
      journal->write(a_share(nonce++));
    }
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 3000));
  }
}

/// The newest number reported by a child that is killed at some time after its first report.
std::uint64_t reported_before_kill(JournalFolder& folder, std::uint64_t seed) {
  int ends[2];
  EXPECT_EQ(pipe2(ends, O_CLOEXEC), 0);
  const pid_t child = fork();
  if (child == 0) write_for_ever(folder, ends[1], seed);
  close(ends[1]);
  std::uint64_t newest = 0;
  std::uint64_t next = 0;
  EXPECT_EQ(read(ends[0], &next, sizeof next), ssize_t{sizeof next});
  std::this_thread::sleep_for(std::chrono::microseconds(seed * 7919 % 100'000));
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  do {
    EXPECT_GT(next, newest);
    newest = next;
  } while (read(ends[0], &next, sizeof next) == ssize_t{sizeof next});
  close(ends[0]);
  return newest;
}

TEST(SqliteJournalFaults, AKilledProcessHasWrittenWhatItReported) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    JournalFolder folder;
    const std::uint64_t reported = reported_before_kill(folder, seed);
    const Saved saved = folder.open()->take_saved();
    ASSERT_EQ(saved.races.size(), 1U) << "seed " << seed;
    const auto& shares = saved.races[0].shares;
    EXPECT_GE(shares.size() + 2, reported) << "seed " << seed;
    for (std::size_t i = 0; i < shares.size(); ++i) ASSERT_EQ(shares[i].share.nonce, i + 3);
  }
}

/// While it lives, no file of this process grows: what is written fails as on a broken disk.
class NoGrowth {
 public:
  NoGrowth() {
    signal(SIGXFSZ, SIG_IGN);
    EXPECT_EQ(getrlimit(RLIMIT_FSIZE, &before_), 0);
    rlimit none = before_;
    none.rlim_cur = 0;
    EXPECT_EQ(setrlimit(RLIMIT_FSIZE, &none), 0);
  }
  ~NoGrowth() { setrlimit(RLIMIT_FSIZE, &before_); }
  NoGrowth(const NoGrowth&) = delete;
  NoGrowth& operator=(const NoGrowth&) = delete;

 private:
  rlimit before_{};
};

template <class Condition>
void wait_until(const Condition& condition) {
  const auto patience = std::chrono::steady_clock::now() + seconds(30);
  while (!condition()) {
    ASSERT_LT(std::chrono::steady_clock::now(), patience);
    std::this_thread::sleep_for(milliseconds(1));
  }
}

TEST(SqliteJournalFaults, ADiskThatFailsLosesNothing) {
  JournalFolder folder;
  Reports reports;
  auto journal = folder.open();
  journal->start(reports.taker());
  begin(*journal);
  ASSERT_TRUE(reports.wait_for(2));
  {
    const NoGrowth failing;
    for (std::uint64_t i = 3; i <= 100; ++i) journal->write(a_share(i));
    wait_until([&] { return folder.log.warnings("journal cannot be written") > 0; });
    for (std::uint64_t i = 101; i <= 200; ++i) journal->write(a_share(i));
    EXPECT_EQ(reports.newest(), 2U);
  }
  ASSERT_TRUE(reports.wait_for(200));
  EXPECT_EQ(folder.log.warnings(""), 1U);
  EXPECT_EQ(folder.log.warnings(folder.file()), 1U);
  EXPECT_EQ(folder.log.count("journal works again"), 1U);
  journal.reset();
  EXPECT_EQ(folder.open()->take_saved().races.at(0).shares.size(), 198U);
}

/// A person at the sqlite3 shell who began to write and went for lunch.
class Shell {
 public:
  explicit Shell(const JournalFolder& folder) {
    EXPECT_EQ(sqlite3_open(folder.file().c_str(), &handle_), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(handle_, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr), SQLITE_OK);
  }
  ~Shell() { sqlite3_close(handle_); }
  Shell(const Shell&) = delete;
  Shell& operator=(const Shell&) = delete;

 private:
  sqlite3* handle_ = nullptr;
};

TEST(SqliteJournalFaults, AFileThatIsLockedIsWaitedFor) {
  JournalFolder folder;
  Reports reports;
  const auto journal = folder.open();
  journal->start(reports.taker());
  {
    const Shell shell(folder);
    begin(*journal);
    wait_until([&] { return folder.log.warnings("another program holds it locked") > 0; });
    EXPECT_EQ(reports.newest(), 0U);
  }
  EXPECT_TRUE(reports.wait_for(2));
  EXPECT_EQ(folder.log.count("journal works again"), 1U);
}

TEST(SqliteJournalFaults, AnEndDoesNotWaitForEverAndSaysWhatIsLost) {
  JournalFolder folder;
  Reports reports;
  auto journal = folder.open();
  journal->start(reports.taker());
  {
    const Shell shell(folder);
    begin(*journal);
    for (std::uint64_t i = 3; i <= 10; ++i) journal->write(a_share(i));
    journal.reset();
    EXPECT_EQ(reports.newest(), 0U);
    EXPECT_EQ(folder.log.warnings("records are lost"), 1U);
    EXPECT_EQ(folder.log.warnings("records=10"), 1U);
  }
  EXPECT_TRUE(folder.open()->take_saved().races.empty());
}

TEST(SqliteJournalFaults, AnEndWritesWhatWaitsForADiskThatComesBack) {
  JournalFolder folder;
  Reports reports;
  auto journal = folder.open();
  journal->start(reports.taker());
  {
    const Shell shell(folder);
    begin(*journal);
    wait_until([&] { return folder.log.warnings("another program holds it locked") > 0; });
  }
  journal.reset();
  EXPECT_EQ(reports.newest(), 2U);
  EXPECT_EQ(folder.log.warnings("lost"), 0U);
}

TEST(SqliteJournalFaults, AFullDiskUndoesATransactionAndIsNamed) {
  JournalFolder folder;
  folder.sql("CREATE TABLE words (word TEXT)");
  auto database = Database::open(folder.file());
  ASSERT_TRUE(database.ok()) << database.message();
  ASSERT_TRUE(database->run("PRAGMA max_page_count = 8; BEGIN IMMEDIATE").ok());
  auto put = database->prepare("INSERT INTO words VALUES (?1)");
  ASSERT_TRUE(put.ok()) << put.message();
  const std::string word(2000, 'x');
  base::Status done = put->run(word);
  for (int i = 0; i < 100 && done.ok(); ++i) done = put->run(word);
  ASSERT_FALSE(done.ok());
  EXPECT_EQ(done.message(), "the disk is full: make room");
  database->roll_back();
  EXPECT_TRUE(database->run("PRAGMA max_page_count = 1000; BEGIN IMMEDIATE").ok());
  EXPECT_TRUE(put->run(word).ok());
  EXPECT_TRUE(database->run("COMMIT").ok());
  EXPECT_EQ(folder.ask("SELECT count(*) FROM words"), "1");
}

TEST(SqliteJournalFaults, ADiskThatIsFullAtTheStartIsAnError) {
  JournalFolder folder;
  (void)folder.open();
  const NoGrowth failing;
  const auto opened =
      SqliteJournal::open(folder.file(), "rig", kNoon, folder.log, tests::counting_random());
  EXPECT_FALSE(opened.ok());
}

}  // namespace
}  // namespace pool
