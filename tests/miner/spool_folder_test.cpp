#include "miner/spool_folder.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <atomic>
#include <set>
#include <thread>

#include "miner/spool_disk.h"
#include "tests/miner/spool_support.h"
#include "tests/miner/support.h"
#include "tests/support/temp_folder.h"

namespace miner::spool {
namespace {

using testing::ElementsAre;
using testing::StartsWith;

TEST(SpoolFileName, ShowsThePoolAndNotWhoIsPaid) {
  const std::string name = file_name_of("stratum+tls://pool.example:3443 alice.rig", 0);
  EXPECT_THAT(name, StartsWith("stratum-tls-pool.example-3443-"));
  EXPECT_EQ(name.size(), std::string("stratum-tls-pool.example-3443-").size() + 16 + 6);
  EXPECT_EQ(name.find("alice"), std::string::npos);
  EXPECT_THAT(file_name_of("stratum+tls://bob:secret@pool.example x", 0),
              StartsWith("stratum-tls-pool.example-"));
  const std::string second = file_name_of("stratum+tls://pool.example:3443 alice.rig", 1);
  EXPECT_EQ(second, name.substr(0, name.size() - 6) + ".1.spool");
}

TEST(SpoolFileName, IsHarmlessWhateverThePoolIsCalled) {
  std::mt19937_64 random(8);
  std::vector<std::string> pools = {
      "",   ".",    "..",      "../../etc/passwd",    " x", "/", "-rf",
      ".x", "%s%n", "\x1b[2J", std::string(9999, 'a')};
  for (int i = 0; i < 1000; ++i) {
    pools.emplace_back(random() % 100, ' ');
    for (char& c : pools.back()) c = static_cast<char>(random());
  }
  std::set<std::string> names;
  for (const std::string& pool : pools) {
    for (const int number : {0, 1, kMaxFiles - 1}) {
      const std::string name = file_name_of(pool, number);
      EXPECT_LE(name.size(), 60u + 1 + 16 + 9);
      EXPECT_EQ(name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                       "0123456789.-"),
                std::string::npos)
          << name;
      EXPECT_TRUE(name[0] != '.' && name[0] != '-') << name;
      EXPECT_TRUE(is_file_name(name)) << name;
      EXPECT_TRUE(is_file_name(name + std::string(kNewSuffix)));
      EXPECT_TRUE(is_file_name(name + std::string(kDamagedSuffix)));
      names.insert(name);
    }
  }
  EXPECT_GE(names.size(), 3u * 990u) << "random names of no or one byte may come twice";
}

TEST(SpoolFileName, IsNotTakenForAnother) {
  for (const char* name :
       {"", ".spool", "notes.spool", "a-0123456789abcde.spool", "a-0123456789abcdeg.spool",
        "-0123456789abcdef.spool", "a-0123456789abcdef.spool.txt", "a-0123456789abcdef",
        "a-0123456789abcdef.x.spool", "a-0123456789abcdef.spool.new.new"}) {
    EXPECT_FALSE(is_file_name(name)) << name;
  }
}

class SpoolFolder : public ::testing::Test {
 protected:
  /// A file that was last written to so long before the start.
  std::string write(const std::string& name, std::chrono::seconds age) {
    const std::string path = folder_.write(name, "text");
    const auto at = std::chrono::floor<std::chrono::seconds>(tests::spool_start() - age);
    const timespec time{static_cast<time_t>(at.time_since_epoch().count()), 0};
    const timespec times[] = {time, time};
    EXPECT_EQ(utimensat(AT_FDCWD, path.c_str(), times, 0), 0);
    return path;
  }
  void clean() {
    remove_old_files(folder_.path(""), tests::spool_start(), base::Log(sink_, "spool"));
  }

  static constexpr auto kOld = std::chrono::seconds(7 * 24 * 3600 + 1);
  static constexpr auto kYoung = std::chrono::seconds(7 * 24 * 3600 - 1);
  const tests::TempFolder folder_;
  tests::CollectingSink sink_;
};

TEST_F(SpoolFolder, LosesFilesThatNobodyWroteToForAWeek) {
  write("a-0123456789abcdef.spool", kOld);
  write("b-0123456789abcdef.3.spool", kOld);
  write("c-0123456789abcdef.spool.new", kOld);
  write("d-0123456789abcdef.spool.damaged", kOld);
  write("e-0123456789abcdef.spool", kYoung);
  write("notes.spool", kOld);
  const std::string used = write("f-0123456789abcdef.spool", kOld);
  const auto lock = lock_existing(used);
  ASSERT_TRUE(lock.ok() && lock.value());
  clean();
  EXPECT_THAT(tests::names_in(folder_.path("")),
              ElementsAre("e-0123456789abcdef.spool", "f-0123456789abcdef.spool", "notes.spool"));
  EXPECT_THAT(sink_.lines(),
              ElementsAre("spool: old spools removed folder=" + folder_.path("") + " files=4"));
  clean();
  EXPECT_EQ(sink_.lines().size(), 1u);
}

TEST(SpoolDisk, AFileCanBeLockedOnceAtATime) {
  const tests::TempFolder folder;
  const std::string path = folder.path("a");
  EXPECT_EQ(lock_existing(path).value(), nullptr) << "it is not there";
  FilePtr first = create_locked(path).value();
  ASSERT_NE(first, nullptr);
  EXPECT_EQ(create_locked(path).value(), nullptr);
  EXPECT_EQ(lock_existing(path).value(), nullptr);
  first.reset();
  EXPECT_NE(lock_existing(path).value(), nullptr);
  EXPECT_EQ(create_locked(path).value(), nullptr);
}

/// Between the opening and the locking of a file another may take its place.
TEST(SpoolDisk, WhatIsLockedIsWhatLiesThere) {
  const tests::TempFolder folder;
  const std::string path = folder.write("a", "text");
  DiskCalls disk;
  disk.fsync = [](int) { return 0; };  // for more exchanges
  std::atomic<int> exchanges{0};
  const auto exchange = [&](const std::string& beside) {
    while (exchanges < 500) {
      const FilePtr mine = lock_existing(path).value();
      if (!mine) continue;
      ASSERT_TRUE(is_at(*mine, path));
      const FilePtr next = write_locked(disk, beside, "text").value();
      ASSERT_TRUE(put_in_place(beside, path).ok());
      ++exchanges;
    }
  };
  std::thread other([&] { exchange(path + ".1"); });
  exchange(path + ".2");
  other.join();
}

TEST(SpoolDisk, MakesFoldersOrSaysWhyNot) {
  const tests::TempFolder folder;
  EXPECT_TRUE(make_folder(folder.path("a/b/c")).ok());
  EXPECT_TRUE(make_folder(folder.path("a/b/c")).ok());
  folder.write("file", "text");
  EXPECT_EQ(make_folder(folder.path("file")).message(), "Not a directory");
  EXPECT_EQ(make_folder(folder.path("file/b")).message(), "Not a directory");
  EXPECT_EQ(make_folder("").message(), "No such file or directory");
}

}  // namespace
}  // namespace miner::spool
