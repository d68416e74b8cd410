#include "miner/settings/config_watch.h"

#include <gtest/gtest.h>

#include <atomic>

#include "tests/miner/support.h"
#include "tests/support/temp_folder.h"

namespace miner {
namespace {

using tests::eventually;
using tests::TempFolder;

class ConfigWatchTest : public ::testing::Test {
 protected:
  /// Watches, and waits for the call that comes first in any case.
  void begin(const std::string& path) {
    watch_ = std::make_unique<ConfigWatch>(path);
    const auto started = watch_->start([this](bool asked) { ++(asked ? asked_ : changed_); });
    ASSERT_TRUE(started.ok()) << started.message();
    ASSERT_TRUE(eventually([&] { return changed_ == 1; }));
  }
  bool seen() {
    const int before = last_;
    const bool more = eventually([&] { return changed_ > before; });
    last_ = changed_;
    return more;
  }

  const TempFolder folder_;
  std::atomic<int> changed_{0};
  std::atomic<int> asked_{0};
  int last_ = 1;
  std::unique_ptr<ConfigWatch> watch_;
};

TEST_F(ConfigWatchTest, SeesWritingRenamingAndCreating) {
  begin(folder_.write("c.json", "1"));
  folder_.write("c.json", "2");
  EXPECT_TRUE(seen());
  folder_.rename_over("c.json", "3");
  EXPECT_TRUE(seen());
  std::filesystem::remove(folder_.path("c.json"));
  folder_.write("c.json", "4");
  EXPECT_TRUE(seen());
  EXPECT_EQ(asked_, 0);
}

TEST_F(ConfigWatchTest, SeesTheFileBehindALink) {
  std::filesystem::create_directory(folder_.path("real"));
  folder_.write("real/c.json", "1");
  std::filesystem::create_symlink("real/c.json", folder_.path("c.json"));
  begin(folder_.path("c.json"));
  folder_.write("real/c.json", "2");
  EXPECT_TRUE(seen());
}

TEST_F(ConfigWatchTest, TellsThatSomebodyAsked) {
  begin(folder_.write("c.json", "1"));
  watch_->ask();
  EXPECT_TRUE(eventually([&] { return asked_ == 1; }));
}

TEST_F(ConfigWatchTest, StopsAndStartsAgain) {
  begin(folder_.write("c.json", "1"));
  watch_->stop();
  watch_->stop();
  folder_.write("c.json", "2");
  ASSERT_TRUE(watch_->start([this](bool) { ++changed_; }).ok());
  EXPECT_TRUE(seen());
}

TEST_F(ConfigWatchTest, AFolderThatIsNotThereLeavesTheAsking) {
  watch_ = std::make_unique<ConfigWatch>(folder_.path("none/c.json"));
  const auto started = watch_->start([this](bool asked) { ++(asked ? asked_ : changed_); });
  ASSERT_FALSE(started.ok());
  EXPECT_NE(started.message().find("no changes are seen of"), std::string::npos);
  watch_->ask();
  EXPECT_TRUE(eventually([&] { return asked_ == 1; }));
}

}  // namespace
}  // namespace miner
