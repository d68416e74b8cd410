#include "miner/spool.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <set>

#include "miner/spool_folder.h"
#include "miner/spool_reader.h"
#include "miner/spool_thread.h"
#include "tests/miner/spool_support.h"
#include "tests/miner/support.h"
#include "tests/support/temp_folder.h"

namespace miner {
namespace {

using spool::Left;
using spool::SpoolThread;
using spool::Written;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using tests::eventually;
using tests::make_share;

class SpoolTest : public ::testing::Test {
 protected:
  std::unique_ptr<Spool> opened() {
    auto spool = Spool::open(
        folder_.path("spool"), [this](SpoolNews news) { news_.put(std::move(news)); }, sink_,
        wall_);
    EXPECT_TRUE(spool.ok()) << (spool.ok() ? "" : spool.message());
    return std::move(spool).value();
  }
  /// The same on the disk that can fail.
  std::unique_ptr<SpoolThread> on_faulty_disk() {
    EXPECT_TRUE(spool::make_folder(folder_.path("spool")).ok());
    return std::make_unique<SpoolThread>(
        folder_.path("spool"), [this](SpoolNews news) { news_.put(std::move(news)); }, sink_, wall_,
        disk_.calls());
  }
  std::string path(const std::string& pool) const {
    return folder_.path("spool/") + spool::file_name_of(pool, 0);
  }
  std::vector<SpooledShare> shares_in(const std::string& pool) const {
    return spool::read_spool(tests::read_file(path(pool))).shares;
  }

  const tests::TempFolder folder_;
  tests::CollectingSink sink_;
  base::ManualClock clock_;
  const base::SteadyWallClock wall_{clock_, tests::spool_start()};
  tests::FaultyDisk disk_;
  tests::NewsBox news_;
};

TEST_F(SpoolTest, GivesBackAfterwardsWhatWasNotSettled) {
  {
    const auto spool = opened();
    spool->open_pool(0, "a");
    EXPECT_EQ(spool->found(0, make_share(1)), 1u);
    EXPECT_EQ(spool->found(0, make_share(2)), 2u);
    spool->settled(0, 1);
    EXPECT_EQ(spool->found(0, make_share(3)), 3u);
  }
  EXPECT_EQ(news_.written(), 3u);
  EXPECT_THAT(shares_in("a"), ElementsAre(make_share(2), make_share(3)));
  tests::NewsBox second;
  const auto spool = Spool::open(
      folder_.path("spool"), [&](SpoolNews news) { second.put(std::move(news)); }, sink_, wall_);
  ASSERT_TRUE(spool.ok());
  spool.value()->open_pool(4, "a");
  ASSERT_TRUE(second.wait_opened(4));
  EXPECT_THAT(second.left(4), ElementsAre(make_share(2), make_share(3)));
}

TEST_F(SpoolTest, SaysFirstWhatWasLeftOnceForEachPool) {
  const auto spool = opened();
  spool->open_pool(3, "a");
  spool->found(3, make_share(1));
  spool->open_pool(3, "a");
  spool->open_pool(1, "b");
  const SpoolId last = spool->found(1, make_share(2));
  ASSERT_TRUE(news_.wait_written(last));
  std::string order;
  for (const SpoolNews& news : news_.all()) {
    const auto* left = std::get_if<Left>(&news);
    order += left != nullptr ? "left " + std::to_string(left->pool) + ", "
                             : "to " + std::to_string(std::get<Written>(news).up_to) + ", ";
  }
  EXPECT_TRUE(order == "left 3, to 1, left 1, to 2, ") << order;
}

TEST_F(SpoolTest, IdsOfLeftSharesAreOfTheSameRow) {
  { opened()->open_pool(0, "a"); }
  {
    const auto spool = opened();
    spool->open_pool(0, "a");
    for (std::uint64_t i = 1; i <= 3; ++i) spool->found(0, make_share(i));
  }
  tests::NewsBox news;
  std::set<SpoolId> ids;
  {
    const auto spool = Spool::open(
        folder_.path("spool"), [&](SpoolNews each) { news.put(std::move(each)); }, sink_, wall_);
    ASSERT_TRUE(spool.ok());
    spool.value()->open_pool(0, "a");
    ASSERT_TRUE(news.wait_opened(0));
    const auto left = std::get<Left>(news.all().at(0));
    for (const auto& [id, share] : left.shares) {
      ids.insert(id);
      if (share == make_share(2)) spool.value()->settled(0, id);
    }
    ids.insert(spool.value()->found(0, make_share(4)));
  }
  EXPECT_THAT(ids, SizeIs(4));
  EXPECT_THAT(shares_in("a"), ElementsAre(make_share(1), make_share(3), make_share(4)));
}

TEST_F(SpoolTest, IsWrittenBeforeItSaysSo) {
  std::vector<SpooledShare> in_file;
  auto spool = Spool::open(
      folder_.path("spool"),
      [&](SpoolNews news) {
        if (std::holds_alternative<Written>(news)) in_file = shares_in("a");
        news_.put(std::move(news));
      },
      sink_, wall_);
  ASSERT_TRUE(spool.ok());
  spool.value()->open_pool(0, "a");
  std::vector<SpooledShare> expected;
  for (std::uint64_t i = 1; i <= 50; ++i) {
    expected.push_back(make_share(i));
    ASSERT_TRUE(news_.wait_written(spool.value()->found(0, expected.back())));
    ASSERT_EQ(in_file, expected);
  }
}

TEST_F(SpoolTest, ASlowSyncHoldsNoShareUp) {
  const auto spool = on_faulty_disk();
  spool->open_pool(0, "a");
  disk_.hangs = true;
  EXPECT_TRUE(news_.wait_written(spool->found(0, make_share(1)))) << "not yet synced";
  EXPECT_TRUE(eventually([&] { return disk_.data_syncs == 1; })) << "without any more calls";
  EXPECT_TRUE(news_.wait_written(spool->found(0, make_share(2)))) << "in the middle of a sync";
  disk_.hangs = false;
  EXPECT_TRUE(eventually([&] { return disk_.data_syncs == 2; }));
}

TEST_F(SpoolTest, EndsByATimeUnlessTheDiskHangs) {
  const auto spool = on_faulty_disk();
  spool->open_pool(0, "a");
  disk_.hangs = true;
  spool->found(0, make_share(1));
  const auto real_time = [] { return base::SystemClock().now(); };
  EXPECT_FALSE(spool->end_by(real_time() + std::chrono::milliseconds(100)));
  disk_.hangs = false;
  EXPECT_TRUE(spool->end_by(real_time() + std::chrono::seconds(20)));
  EXPECT_GE(disk_.data_syncs, 1);
  EXPECT_THAT(shares_in("a"), ElementsAre(make_share(1)));
}

TEST_F(SpoolTest, ADiskThatFailsHoldsNoShareUp) {
  const auto spool = on_faulty_disk();
  disk_.write_error = EIO;
  spool->open_pool(0, "a");
  EXPECT_TRUE(news_.wait_written(spool->found(0, make_share(1))));
  EXPECT_TRUE(sink_.has("not kept on disk"));
  disk_.write_error = 0;
  EXPECT_TRUE(news_.wait_written(spool->found(0, make_share(2))));
  EXPECT_THAT(shares_in("a"), ElementsAre(make_share(1), make_share(2)));
}

TEST_F(SpoolTest, MakesItsFolderAndCleansIt) {
  std::filesystem::create_directory(folder_.path("spool"));
  const std::string old = folder_.write("spool/x-0123456789abcdef.spool", "");
  std::filesystem::last_write_time(
      old, std::filesystem::file_time_type::clock::now() - std::chrono::hours(8 * 24));
  const base::SteadyWallClock today(clock_);
  auto spool = Spool::open(
      folder_.path("spool"), [](SpoolNews) {}, sink_, today);
  ASSERT_TRUE(spool.ok());
  EXPECT_TRUE(eventually([&] { return !std::filesystem::exists(old); }));
}

TEST_F(SpoolTest, SaysWhichFolderCannotBeWritten) {
  folder_.write("file", "text");
  const auto spool = Spool::open(
      folder_.path("file/in"), [](SpoolNews) {}, sink_, wall_);
  ASSERT_FALSE(spool.ok());
  EXPECT_EQ(spool.message(), "found shares cannot be kept in the folder '" +
                                 folder_.path("file/in") + "': Not a directory");
  const auto kernels = Spool::open(
      "/proc/spool", [](SpoolNews) {}, sink_, wall_);
  ASSERT_FALSE(kernels.ok());
  EXPECT_THAT(kernels.message(), HasSubstr("'/proc/spool'"));
}

TEST_F(SpoolTest, TheSamePoolTwiceIsTwoFiles) {
  const auto spool = opened();
  spool->open_pool(0, "a");
  spool->open_pool(1, "a");
  spool->found(0, make_share(1));
  ASSERT_TRUE(news_.wait_written(spool->found(1, make_share(2))));
  EXPECT_THAT(tests::names_in(folder_.path("spool")), SizeIs(2));
  EXPECT_THAT(sink_.lines(), IsEmpty());
}

}  // namespace
}  // namespace miner
