// Spool files on a disk that fails.
#include <gmock/gmock.h>

#include <cerrno>
#include <filesystem>

#include "miner/spool_file.h"
#include "miner/spool_folder.h"
#include "miner/spool_record.h"
#include "tests/miner/spool_file_fixture.h"

namespace miner::spool {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using tests::make_share;
using tests::read_file;

using SpoolFileFaults = SpoolFileTest;

TEST_F(SpoolFileFaults, AFullDiskIsOneWarningAMinuteAndHeals) {
  const auto file = opened();
  keep(*file, make_share(1));
  disk_.room = 100;
  keep(*file, make_share(2));
  keep(*file, make_share(3));
  EXPECT_THAT(sink_.lines(),
              ElementsAre("spool: found shares are not kept on disk file=" + file->path() +
                          " reason=\"No space left on device\" shares=1"));
  EXPECT_THAT(contents_of(file->path()).shares, ElementsAre(make_share(1)));
  EXPECT_EQ(contents_of(file->path()).damaged_lines, 0u) << "half a record was taken back";
  clock_.advance(std::chrono::minutes(1));
  keep(*file, make_share(4));
  EXPECT_EQ(lines_with("not kept on disk"), 2u);
  EXPECT_TRUE(sink_.has("shares=2"));

  disk_.room = 1 << 20;
  keep(*file, make_share(5));
  EXPECT_THAT(
      contents_of(file->path()).shares,
      ElementsAre(make_share(1), make_share(2), make_share(3), make_share(4), make_share(5)));
  EXPECT_EQ(lines_with("kept on disk again"), 1u);
}

TEST_F(SpoolFileFaults, EveryReasonIsToldForItself) {
  const auto file = opened();
  for (const int error : {EIO, EDQUOT, EIO, EDQUOT}) {
    disk_.write_error = error;
    keep(*file, make_share(1));
  }
  EXPECT_EQ(lines_with("Input/output error"), 1u);
  EXPECT_EQ(lines_with("Disk quota exceeded"), 1u);
}

TEST_F(SpoolFileFaults, ShortAndInterruptedWritesAreGoneOnWith) {
  const auto file = opened();
  disk_.most = 7;
  disk_.interruptions = 2;
  keep(*file, make_share(1));
  keep(*file, make_share(2));
  EXPECT_THAT(contents_of(file->path()).shares, ElementsAre(make_share(1), make_share(2)));
  EXPECT_THAT(sink_.lines(), IsEmpty());
}

TEST_F(SpoolFileFaults, AVeryLongFailureKeepsNoRecordsTwice) {
  const auto file = opened();
  disk_.write_error = EIO;
  for (std::uint64_t i = 0; i < 9000; ++i) {
    const SpoolId id = keep(*file, make_share(i));
    if (i > 10) settle(*file, id);
  }
  disk_.write_error = 0;
  keep(*file, make_share(77));
  EXPECT_EQ(contents_of(file->path()).shares.size(), 12u);
  EXPECT_LT(std::filesystem::file_size(file->path()), 5000u) << "it was written anew";
}

TEST_F(SpoolFileFaults, AfterAFailedSyncAllIsWrittenAnew) {
  const auto file = opened();
  keep(*file, make_share(1));
  EXPECT_TRUE(tests::eventually([&] { return disk_.data_syncs == 1; }));
  disk_.sync_error = EIO;
  keep(*file, make_share(2));
  EXPECT_TRUE(tests::eventually([&] {
    keep(*file, make_share(3));
    return sink_.has("Input/output error");
  }));
  disk_.sync_error = 0;
  const Contents contents = contents_of(file->path());
  EXPECT_EQ(contents.shares[0], make_share(1));
  EXPECT_EQ(contents.shares[1], make_share(2));
}

TEST_F(SpoolFileFaults, ARemovedFolderIsMadeAgain) {
  const auto file = opened();
  keep(*file, make_share(1));
  std::filesystem::remove_all(folder_.path("spool"));
  keep(*file, make_share(2));
  EXPECT_THAT(contents_of(file->path()).shares, ElementsAre(make_share(1), make_share(2)));
  EXPECT_THAT(sink_.lines(), IsEmpty());
}

TEST_F(SpoolFileFaults, AFolderThatCannotBeMadeCostsALine) {
  const auto file = opened();
  const std::string path = file->path();
  std::filesystem::remove_all(folder_.path("spool"));
  folder_.write("spool", "a file");
  keep(*file, make_share(1));
  keep(*file, make_share(2));
  EXPECT_EQ(lines_with("not kept on disk file=" + path + " reason=\"Not a directory\""), 1u);
  std::filesystem::remove(folder_.path("spool"));
  keep(*file, make_share(3));
  EXPECT_THAT(contents_of(file->path()).shares,
              ElementsAre(make_share(1), make_share(2), make_share(3)));
}

TEST_F(SpoolFileFaults, AFileThatWasReplacedOrCutIsWrittenAnew) {
  const auto file = opened();
  keep(*file, make_share(1));
  const std::string first = file->path();
  folder_.rename_over("spool/" + file_name_of(kPool, 0), "somebody else's");
  keep(*file, make_share(2));
  EXPECT_NE(file->path(), first);
  EXPECT_EQ(read_file(first), "somebody else's");
  EXPECT_THAT(contents_of(file->path()).shares, ElementsAre(make_share(1), make_share(2)));
  std::filesystem::resize_file(file->path(), 3);
  keep(*file, make_share(3));
  EXPECT_THAT(contents_of(file->path()).shares,
              ElementsAre(make_share(1), make_share(2), make_share(3)));
}

TEST_F(SpoolFileFaults, OpenedOnAFullDiskItLosesNothingThatWasLeft) {
  {
    const auto first = opened();
    const auto second = opened();
    keep(*first, make_share(1));
    keep(*second, make_share(2));
  }
  disk_.room = 0;
  {
    const auto file = opened();
    EXPECT_THAT(tests::shares_of(left_), ElementsAre(make_share(1), make_share(2)));
    EXPECT_TRUE(sink_.has("No space left on device"));
    settle(*file, left_[0].first);
    keep(*file, make_share(3));
  }
  EXPECT_THAT(left_now(), ElementsAre(make_share(1), make_share(2)));
  disk_.room = 1 << 20;
  EXPECT_THAT(left_now(), ElementsAre(make_share(1), make_share(2)));
  EXPECT_THAT(names(), ElementsAre(file_name_of(kPool, 0)));
}

TEST_F(SpoolFileFaults, AllNamesTakenCostsALine) {
  std::filesystem::create_directory(folder_.path("spool"));
  for (int i = 0; i < kMaxFiles; ++i) {
    std::filesystem::create_directory(folder_.path("spool/") + file_name_of(kPool, i));
  }
  const auto file = opened();
  EXPECT_EQ(file->path(), "");
  keep(*file, make_share(1));
  EXPECT_EQ(lines_with("all names for it are taken"), 1u);
  std::filesystem::remove(folder_.path("spool/") + file_name_of(kPool, 9));
  keep(*file, make_share(2));
  EXPECT_THAT(contents_of(file->path()).shares, ElementsAre(make_share(1), make_share(2)));
}

TEST_F(SpoolFileFaults, WhatIsDamagedIsToldWhereItCannotBePutAside) {
  opened();
  folder_.write("spool/" + file_name_of(kPool, 0), "torn");
  std::filesystem::create_directory(folder_.path("spool/") + file_name_of(kPool, 0) + ".damaged");
  EXPECT_THAT(left_now(), IsEmpty());
  EXPECT_TRUE(sink_.has("lines=1 kept_in=\"Is a directory\""));
}

}  // namespace
}  // namespace miner::spool
