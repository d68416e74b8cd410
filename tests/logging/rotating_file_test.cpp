#include "logging/rotating_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdio>
#include <filesystem>

#include "tests/logging/files.h"

namespace logging {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using tests::content;
using tests::FullDisk;
using tests::TemporaryFolder;

std::unique_ptr<RotatingFile> opened(const std::string& path, RotatingFile::Limits limits = {}) {
  auto file = RotatingFile::open(path, limits);
  EXPECT_TRUE(file.ok()) << (file.ok() ? "" : file.message());
  return file.ok() ? std::move(file).value() : nullptr;
}

/// Writes a line as a log does; whether all went well.
bool put(RotatingFile& file, const std::string& line) {
  bool well = true;
  if (file.full_for(line.size())) well = file.rotate().ok();
  return file.write(line).ok() && well;
}

std::string numbered(int number) {
  return "line " + std::to_string(number) + "\n";
}

TEST(RotatingFile, GoesOnBehindWhatIsThere) {
  const TemporaryFolder folder;
  const std::string path = folder / "a.log";
  EXPECT_TRUE(put(*opened(path), "one\n"));
  EXPECT_TRUE(put(*opened(path), "two\n"));
  EXPECT_EQ(content(path), "one\ntwo\n");
}

TEST(RotatingFile, IsNotForEverybody) {
  const TemporaryFolder folder;
  opened(folder / "a.log");
  struct stat info {};
  ASSERT_EQ(stat((folder / "a.log").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0137U, 0U) << "others neither read nor write, the group only reads";
}

TEST(RotatingFile, KeepsEveryLineInOrderOverManySmallFiles) {
  const TemporaryFolder folder;
  const std::string path = folder / "a.log";
  constexpr int kLines = 1000;
  const auto file = opened(path, {100, kLines});
  std::string all;
  for (int i = 0; i < kLines; ++i) {
    ASSERT_TRUE(put(*file, numbered(i)));
    all += numbered(i);
  }
  const std::size_t files = folder.names().size();
  EXPECT_GT(files, 90U);
  std::string found;
  for (std::size_t i = files - 1; i > 0; --i) {
    const std::string part = content(path + "." + std::to_string(i));
    EXPECT_LE(part.size(), 100U);
    EXPECT_TRUE(part.ends_with('\n')) << "no line is cut in two";
    found += part;
  }
  EXPECT_EQ(found + content(path), all);
}

TEST(RotatingFile, KeepsSoManyFilesAndTheNewestLines) {
  const TemporaryFolder folder;
  const std::string path = folder / "a.log";
  const auto file = opened(path, {14, 3});  // two lines each
  for (int i = 0; i < 9; ++i) ASSERT_TRUE(put(*file, numbered(i)));
  EXPECT_THAT(folder.names(), ElementsAre("a.log", "a.log.1", "a.log.2"));
  EXPECT_EQ(content(path), "line 8\n");
  EXPECT_EQ(content(path + ".1"), "line 6\nline 7\n");
  EXPECT_EQ(content(path + ".2"), "line 4\nline 5\n");
}

TEST(RotatingFile, OfOneFileIsEmptied) {
  const TemporaryFolder folder;
  const auto file = opened(folder / "a.log", {14, 1});
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(put(*file, numbered(i)));
  EXPECT_THAT(folder.names(), ElementsAre("a.log"));
  EXPECT_EQ(content(folder / "a.log"), "line 4\n");
}

TEST(RotatingFile, WithoutALimitNeverMoves) {
  const TemporaryFolder folder;
  const auto file = opened(folder / "a.log", {0, 3});
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(put(*file, std::string(1000, 'x') + "\n"));
  EXPECT_THAT(folder.names(), ElementsAre("a.log"));
}

TEST(RotatingFile, TakesALineThatIsLongerThanAFile) {
  const TemporaryFolder folder;
  const std::string path = folder / "a.log";
  const auto file = opened(path, {10, 3});
  const std::string line = std::string(50, 'x') + "\n";
  EXPECT_TRUE(put(*file, line));
  EXPECT_TRUE(put(*file, "short\n"));
  EXPECT_EQ(content(path + ".1"), line);
  EXPECT_EQ(content(path), "short\n");
}

TEST(RotatingFile, CountsWhatWasThereBefore) {
  const TemporaryFolder folder;
  const std::string path = folder / "a.log";
  EXPECT_TRUE(put(*opened(path, {14, 3}), "line 0\nline 1\n"));
  EXPECT_TRUE(put(*opened(path, {14, 3}), "line 2\n"));
  EXPECT_EQ(content(path), "line 2\n");
}

TEST(RotatingFile, LosesNothingWhenItCannotMove) {
  const TemporaryFolder folder;
  const std::string path = folder / "a.log";
  std::filesystem::create_directories(path + ".1/full");  // rename(2) cannot take its place
  const auto file = opened(path, {14, 2});
  std::string all;
  int failures = 0;
  for (int i = 0; i < 8; ++i) {
    failures += put(*file, numbered(i)) ? 0 : 1;
    all += numbered(i);
  }
  EXPECT_EQ(content(path), all);
  EXPECT_EQ(failures, 3) << "tried again after each 14 bytes, not at each line";
  std::filesystem::remove_all(path + ".1");
  EXPECT_TRUE(put(*file, "after\n"));
  EXPECT_EQ(content(path + ".1"), all);
  EXPECT_EQ(content(path), "after\n");
}

TEST(RotatingFile, ReopenFollowsAFileThatWasMoved) {
  const TemporaryFolder folder;
  const std::string path = folder / "a.log";
  const auto file = opened(path);
  EXPECT_TRUE(put(*file, "one\n"));
  std::filesystem::rename(path, path + ".moved");
  EXPECT_TRUE(put(*file, "two\n"));
  EXPECT_TRUE(file->reopen().ok());
  EXPECT_TRUE(put(*file, "three\n"));
  EXPECT_EQ(content(path + ".moved"), "one\ntwo\n");
  EXPECT_EQ(content(path), "three\n");
}

TEST(RotatingFile, GoesOnWithTheOldFileWhenItCannotBeReopened) {
  const TemporaryFolder folder;
  const std::string path = folder / "a.log";
  const auto file = opened(path);
  std::filesystem::rename(path, path + ".moved");
  std::filesystem::create_directory(path);
  EXPECT_THAT(file->reopen().message(), HasSubstr("Is a directory"));
  EXPECT_TRUE(put(*file, "one\n"));
  EXPECT_EQ(content(path + ".moved"), "one\n");
}

TEST(RotatingFile, SaysWhyItCannotBeOpened) {
  const TemporaryFolder folder;
  const auto error_of = [](const std::string& path) {
    const auto file = RotatingFile::open(path, {});
    EXPECT_FALSE(file.ok());
    return file.ok() ? "" : file.message();
  };
  const std::string missing = folder / "no/a.log";
  EXPECT_EQ(error_of(missing),
            "log file '" + missing + "' cannot be written: No such file or directory");
  EXPECT_FALSE(std::filesystem::exists(folder / "no"));
  EXPECT_THAT(error_of(folder / ""), HasSubstr("Is a directory"));
  const std::string pipe = folder / "pipe";
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_THAT(error_of(pipe), HasSubstr("No such device or address")) << "nobody reads it";
}

TEST(RotatingFile, CanBeTriedWithoutMakingIt) {
  const TemporaryFolder folder;
  const std::string path = folder / "a.log";
  EXPECT_TRUE(RotatingFile::try_open(path).ok());
  EXPECT_FALSE(std::filesystem::exists(path));
  opened(path);
  EXPECT_TRUE(RotatingFile::try_open(path).ok());
  for (const std::string& bad : {folder / "none/a.log", folder / ""}) {
    const base::Status tried = RotatingFile::try_open(bad);
    ASSERT_FALSE(tried.ok());
    EXPECT_EQ(tried.message(), RotatingFile::open(bad, {}).message());
  }
}

TEST(RotatingFile, SaysThatTheDiskIsFull) {
  const auto file = opened("/dev/full", {10, 3});
  for (int i = 0; i < 3; ++i) {
    const base::Status status = file->write("line\n");
    ASSERT_FALSE(status.ok());
    EXPECT_EQ(status.message(), "log file '/dev/full' cannot be written: No space left on device");
  }
  EXPECT_FALSE(file->full_for(100)) << "a device does not move";
}

TEST(RotatingFile, LeavesNoHalfLineOnAFullDisk) {
  const TemporaryFolder folder;
  const std::string path = folder / "a.log";
  const auto file = opened(path);
  EXPECT_TRUE(put(*file, "one\n"));
  {
    const FullDisk disk(10);
    EXPECT_FALSE(put(*file, "this is too long\n"));
    EXPECT_TRUE(put(*file, "short\n"));
    EXPECT_FALSE(put(*file, "x\n"));
  }
  EXPECT_TRUE(put(*file, "two\n"));
  EXPECT_EQ(content(path), "one\nshort\ntwo\n");
}

}  // namespace
}  // namespace logging
