#include "miner/spool_file.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <filesystem>
#include <map>

#include "miner/spool_folder.h"
#include "miner/spool_record.h"
#include "tests/miner/spool_file_fixture.h"

namespace miner::spool {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;
using tests::make_share;
using tests::read_file;

TEST_F(SpoolFileTest, IsForItsOwnerAlone) {
  const auto file = opened();
  keep(*file, make_share(1));
  struct stat info {};
  ASSERT_EQ(stat(file->path().c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777u, 0600u);
  ASSERT_EQ(stat(folder_.path("spool").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777u, 0700u);
  EXPECT_THAT(names(), ElementsAre(file_name_of(kPool, 0)));
}

TEST_F(SpoolFileTest, KeepsSharesUntilTheyAreSettled) {
  {
    const auto file = opened();
    EXPECT_THAT(left_, IsEmpty());
    keep(*file, make_share(1));
    const SpoolId second = keep(*file, make_share(2));
    keep(*file, make_share(3));
    settle(*file, second);
    settle(*file, second);
    settle(*file, 1000);
    EXPECT_THAT(contents_of(file->path()).shares, ElementsAre(make_share(1), make_share(3)));
  }
  const auto file = opened();
  EXPECT_THAT(tests::shares_of(left_), ElementsAre(make_share(1), make_share(3)));
  keep(*file, make_share(4));
  settle(*file, left_[0].first);
  EXPECT_THAT(contents_of(file->path()).shares, ElementsAre(make_share(3), make_share(4)));
  EXPECT_THAT(sink_.lines(), IsEmpty());
}

TEST_F(SpoolFileTest, WritesWhatWasGatheredAtOnce) {
  const auto file = opened();
  const int before = disk_.writes;
  for (std::uint64_t i = 0; i < 100; ++i) file->found(++last_id_, make_share(i));
  EXPECT_THAT(contents_of(file->path()).shares, IsEmpty());
  file->flush();
  EXPECT_EQ(contents_of(file->path()).shares.size(), 100u);
  EXPECT_EQ(disk_.writes, before + 1);
}

TEST_F(SpoolFileTest, IsSyncedSoonAfterAShareAndWhenItIsClosed) {
  auto file = opened();
  EXPECT_EQ(disk_.data_syncs, 0) << "it was made with fsync";
  keep(*file, make_share(1));
  EXPECT_TRUE(tests::eventually([&] { return disk_.data_syncs == 1; }));
  settle(*file, 1);
  file.reset();
  EXPECT_TRUE(tests::eventually([&] { return disk_.data_syncs == 2; }));
}

TEST_F(SpoolFileTest, IsWrittenAnewWhenItIsOpened) {
  std::string path;
  {
    const auto file = opened();
    path = file->path();
    for (std::uint64_t i = 0; i < 50; ++i) {
      const SpoolId id = keep(*file, make_share(i));
      if (i != 7) settle(*file, id);
    }
  }
  const std::string before = read_file(path);
  EXPECT_THAT(left_now(), ElementsAre(make_share(7)));
  EXPECT_LT(read_file(path).size(), before.size() / 20);
  EXPECT_THAT(names(), ElementsAre(file_name_of(kPool, 0)));
}

TEST_F(SpoolFileTest, IsCutBackToItsHeaderWhenAllIsSettled) {
  const auto file = opened();
  const std::string empty = read_file(file->path());
  std::vector<SpoolId> ids;
  for (std::uint64_t i = 0; i < 600; ++i) ids.push_back(keep(*file, make_share(i)));
  for (const SpoolId id : ids) {
    settle(*file, id);
    file->tidy();
    ASSERT_EQ(id == ids.back(), read_file(file->path()) == empty);
  }
  keep(*file, make_share(1000));
  EXPECT_THAT(contents_of(file->path()).shares, ElementsAre(make_share(1000)));
  EXPECT_EQ(contents_of(file->path()).name, kPool);
}

TEST_F(SpoolFileTest, IsNotCutBackForALittle) {
  const auto file = opened();
  settle(*file, keep(*file, make_share(1)));
  const std::string before = read_file(file->path());
  file->tidy();
  EXPECT_EQ(read_file(file->path()), before);
}

TEST_F(SpoolFileTest, DoesNotGrowWithoutBoundWhileAShareIsOpen) {
  const auto file = opened();
  keep(*file, make_share(1));
  std::size_t most = 0;
  for (std::uint64_t i = 0; i < 20'000; ++i) {
    file->found(++last_id_, make_share(i));
    if (i % 10 != 0) continue;
    file->flush();
    for (SpoolId id = last_id_ - 10; id < last_id_; ++id) file->settled(id == 1 ? 0 : id);
    file->flush();
    file->tidy();
    most = std::max<std::size_t>(most, std::filesystem::file_size(file->path()));
  }
  EXPECT_GT(most, 1000u * 1000u);
  EXPECT_LT(most, 1100u * 1024u);
  EXPECT_EQ(contents_of(file->path()).shares[0], make_share(1));
}

TEST_F(SpoolFileTest, DropsSharesOfSprintsThatEndedADayAgo) {
  const auto file = opened();
  SpooledShare late = make_share(2);
  late.t_end += std::chrono::seconds(1);
  keep(*file, make_share(1));
  keep(*file, late);
  const std::string bytes = read_file(file->path());
  const auto day = std::chrono::hours(24) + std::chrono::minutes(1);  // after its t_end
  clock_.advance(day);
  folder_.write("spool/" + file_name_of(kPool, 1), bytes);
  EXPECT_THAT(left_now(), ElementsAre(make_share(1), late));
  clock_.advance(base::Micros(1));
  EXPECT_FALSE(sink_.has("dropped"));
  folder_.write("spool/" + file_name_of(kPool, 1), bytes);
  EXPECT_THAT(left_now(), ElementsAre(late));
  EXPECT_TRUE(sink_.has("shares of sprints long over were dropped shares=1"));
}

TEST_F(SpoolFileTest, PutsAsideWhatCannotBeRead) {
  std::string path;
  {
    const auto file = opened();
    path = file->path();
    for (std::uint64_t i = 1; i < 4; ++i) keep(*file, make_share(i));
  }
  std::string bytes = read_file(path);
  bytes[bytes.find("found 2")] = 'F';
  const std::string torn = bytes + "\nfound 9 s-1 torn";
  folder_.write("spool/" + file_name_of(kPool, 0), torn);
  EXPECT_THAT(left_now(), ElementsAre(make_share(1), make_share(3)));
  EXPECT_EQ(lines_with("lines of a spool cannot be read"), 1u);
  EXPECT_TRUE(sink_.has("lines=2 kept_in=" + path + ".damaged"));
  const std::string aside = read_file(path + ".damaged");
  EXPECT_THAT(aside, HasSubstr("Found 2 s-2 "));
  EXPECT_THAT(aside, HasSubstr("\nfound 9 s-1 torn\n"));
  EXPECT_EQ(contents_of(path).damaged_lines, 0u);
  EXPECT_THAT(left_now(), ElementsAre(make_share(1), make_share(3)));
  EXPECT_EQ(read_file(path + ".damaged"), aside);

  folder_.write("spool/" + file_name_of(kPool, 0), std::string(5 << 20, 'x'));
  EXPECT_THAT(left_now(), IsEmpty());
  EXPECT_EQ(std::filesystem::file_size(path + ".damaged"), 1u << 20) << "no more than that";
}

TEST_F(SpoolFileTest, SharesAreKeptWithoutAReadableHeader) {
  const auto file = opened();
  keep(*file, make_share(1));
  std::string bytes = read_file(file->path());
  bytes[0] = 'S';
  folder_.write("spool/" + file_name_of(kPool, 1), bytes);
  EXPECT_THAT(left_now(), ElementsAre(make_share(1)));
}

TEST_F(SpoolFileTest, ReadsTheFirst64MiB) {
  opened();
  const std::string path = folder_.write("spool/" + file_name_of(kPool, 0),
                                         to_text(Header{kPool}) + to_text(Found{5, make_share(5)}));
  std::filesystem::resize_file(path, (std::size_t{64} << 20) + 1);  // NUL bytes
  {
    std::ofstream end(path, std::ios::app);
    end << to_text(Found{6, make_share(6)});
  }
  EXPECT_THAT(left_now(), ElementsAre(make_share(5)));
  EXPECT_TRUE(sink_.has("lines=2 "));
  EXPECT_LT(std::filesystem::file_size(path), 1000u);
}

TEST_F(SpoolFileTest, TwoMinersHaveAFileEach) {
  const auto first = opened();
  const auto second = opened();
  EXPECT_THAT(left_, IsEmpty());
  EXPECT_NE(first->path(), second->path());
  keep(*first, make_share(1));
  keep(*second, make_share(2));
  keep(*first, make_share(3));
  EXPECT_THAT(contents_of(first->path()).shares, ElementsAre(make_share(1), make_share(3)));
  EXPECT_THAT(contents_of(second->path()).shares, ElementsAre(make_share(2)));
  EXPECT_THAT(names(), ElementsAre(file_name_of(kPool, 1), file_name_of(kPool, 0)));
}

TEST_F(SpoolFileTest, TakesOverWhatSeveralDeadMinersLeft) {
  {
    std::vector<std::unique_ptr<SpoolFile>> files;
    for (std::uint64_t i = 0; i < 5; ++i) {
      files.push_back(opened());
      keep(*files.back(), make_share(i));
      keep(*files.back(), make_share(100));  // the same in all
    }
    files.erase(files.begin());  // one ended, four are killed
    EXPECT_EQ(names().size(), 5u);
    EXPECT_THAT(left_now(), ElementsAre(make_share(0), make_share(100)));
  }
  const auto file = opened();
  EXPECT_THAT(tests::shares_of(left_),
              UnorderedElementsAre(make_share(0), make_share(1), make_share(2), make_share(3),
                                   make_share(4), make_share(100)));
  EXPECT_THAT(names(), ElementsAre(file_name_of(kPool, 0)));
  EXPECT_EQ(contents_of(file->path()).shares, tests::shares_of(left_));
}

TEST_F(SpoolFileTest, LeavesALivingMinersFileAlone) {
  const auto living = opened();
  keep(*living, make_share(1));
  EXPECT_THAT(left_now(), IsEmpty());
  keep(*living, make_share(2));
  EXPECT_THAT(contents_of(living->path()).shares, ElementsAre(make_share(1), make_share(2)));
}

TEST_F(SpoolFileTest, OtherPoolsHaveFilesOfTheirOwn) {
  const std::string other = std::string(kPool) + "2";
  const auto first = opened();
  const auto second = opened(other);
  keep(*first, make_share(1));
  keep(*second, make_share(2));
  EXPECT_EQ(contents_of(first->path()).name, kPool);
  EXPECT_EQ(contents_of(second->path()).name, other);
  EXPECT_EQ(second->path(), folder_.path("spool/") + file_name_of(other, 0));
}

TEST_F(SpoolFileTest, AFileOfAnotherPoolUnderOurNameIsLeftAlone) {
  opened();
  const std::string text = to_text(Header{"another"}) + to_text(Found{1, make_share(1)});
  const std::string path = folder_.write("spool/" + file_name_of(kPool, 0), text);
  const auto file = opened();
  EXPECT_THAT(left_, IsEmpty());
  EXPECT_EQ(file->path(), folder_.path("spool/") + file_name_of(kPool, 1));
  EXPECT_EQ(read_file(path), text);
}

TEST_F(SpoolFileTest, WhatIsNoFileIsLeftAlone) {
  std::filesystem::create_directory(folder_.path("spool"));
  std::filesystem::create_directory(folder_.path("spool/") + file_name_of(kPool, 0));
  ASSERT_EQ(mkfifo((folder_.path("spool/") + file_name_of(kPool, 1)).c_str(), 0600), 0);
  const std::string victim = folder_.write("victim", "precious");
  std::filesystem::create_symlink(victim, folder_.path("spool/") + file_name_of(kPool, 2));
  const auto file = opened();
  keep(*file, make_share(1));
  EXPECT_EQ(file->path(), folder_.path("spool/") + file_name_of(kPool, 3));
  EXPECT_EQ(read_file(victim), "precious");
  EXPECT_EQ(names().size(), 4u);
}

TEST_F(SpoolFileTest, ANameOfAnyLengthAndBytesIsTold) {
  std::string name(5000, 'a');
  for (std::size_t i = 0; i < 600; ++i) name[i] = static_cast<char>(i);
  const auto first = opened(name);
  keep(*first, make_share(1));
  const auto second = opened(name + "b");
  EXPECT_NE(first->path(), second->path());
  EXPECT_NE(contents_of(first->path()).name, contents_of(second->path()).name);
  EXPECT_EQ(contents_of(first->path()).damaged_lines, 0u);
}

class SpoolFileProperty : public SpoolFileTest,
                          public ::testing::WithParamInterface<std::uint32_t> {};

/// Shares found and settled, the disk failing and healing, miners dying: what is open in the model
/// is what the next miner finds, as soon as the disk is well for one share.
TEST_P(SpoolFileProperty, HoldsWhatIsOpenThroughEverything) {
  std::mt19937_64 random(GetParam());
  std::map<SpoolId, SpooledShare> open;
  auto file = opened();
  const auto keep_one = [&] {
    SpooledShare share = tests::random_share(random);
    share.t_end = tests::spool_start() + std::chrono::hours(1);
    open[keep(*file, share)] = share;
  };
  for (int step = 0; step < 1500; ++step) {
    const std::uint64_t what = random() % 100;
    if (what < 50) {
      keep_one();
    } else if (what < 80 && !open.empty()) {
      const auto at = std::next(open.begin(), static_cast<long>(random() % open.size()));
      settle(*file, at->first);
      open.erase(at);
    } else if (what < 85) {
      disk_.write_error = random() % 2 == 0 ? EIO : 0;
    } else if (what < 90) {
      disk_.room = static_cast<std::int64_t>(random() % 2000);
    } else if (what < 92) {
      disk_.most = 1 + random() % 300;
    } else if (what < 94) {
      disk_.interruptions = 3;
    } else if (what < 96) {
      file->tidy();
    } else {
      disk_.write_error = 0;
      disk_.room = 1 << 30;
      keep_one();
      file.reset();
      file = opened();
      std::vector<SpooledShare> expected;
      for (const auto& [id, share] : open) expected.push_back(share);
      ASSERT_EQ(tests::shares_of(left_), expected) << "step " << step;
      open = {left_.begin(), left_.end()};
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, SpoolFileProperty, ::testing::Values(11u, 12u, 13u, 14u));

}  // namespace
}  // namespace miner::spool
