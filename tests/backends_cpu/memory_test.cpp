#include "backends/cpu/memory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "backends/cpu/cgroup.h"
#include "backends/cpu/pages.h"

namespace backends::cpu {
namespace {

TEST(Memory, ReadsWhatIsAvailable) {
  EXPECT_EQ(parse_available("MemTotal:  9 kB\nMemAvailable:    1024 kB\nx: 1 kB\n"), 1U << 20);
  EXPECT_EQ(parse_available("MemAvailable: 7"), 7U << 10);
  EXPECT_EQ(parse_available("MemTotal: 9 kB\n"), std::nullopt);
  EXPECT_EQ(parse_available("MemAvailable: many kB\n"), std::nullopt);
  EXPECT_EQ(parse_available("MemAvailable:"), std::nullopt);
  EXPECT_EQ(parse_available("MemAvailable: 18446744073709551615 kB\n"), std::nullopt);
  const auto here = available_memory();
  ASSERT_TRUE(here.has_value());
  EXPECT_GT(*here, 0U);
}

TEST(Memory, KeepsAReserve) {
  EXPECT_EQ(memory_reserve(0), 200'000'000U);
  EXPECT_EQ(memory_reserve(4'000'000'000), 200'000'000U);
  EXPECT_EQ(memory_reserve(100'000'000'000), 5'000'000'000U);
}

TEST(Memory, IsRefusedWithNumbersBeforeItIsTaken) {
  EXPECT_TRUE(check_memory("profile x", 800'000'000, 0, 1'000'000'000).ok());
  EXPECT_TRUE(check_memory("profile x", 800'000'000, 0, std::nullopt).ok());
  const auto refused = check_memory("profile x", 800'000'001, 0, 1'000'000'000);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().fault, base::Fault::kNoMemory);
  EXPECT_EQ(refused.message(),
            "profile x needs 801 MB, 800 MB can be taken (1000 MB available, less a reserve)");
}

TEST(Memory, PromisedBytesAreNotGivenTwice) {
  EXPECT_TRUE(check_memory("profile x", 500'000'000, 300'000'000, 1'000'000'000).ok());
  EXPECT_FALSE(check_memory("profile x", 500'000'001, 300'000'000, 1'000'000'000).ok());
  EXPECT_FALSE(check_memory("profile x", 1, 2'000'000'000, 1'000'000'000).ok());
}

/// A tree of control groups in a folder of the test's own.
class ControlGroups : public testing::Test {
 protected:
  void SetUp() override { std::filesystem::remove_all(root_); }
  void TearDown() override { std::filesystem::remove_all(root_); }

  void limit(const std::string& group, const std::string& max, const std::string& current,
             const std::string& stat = "") {
    std::filesystem::create_directories(root_ + group);
    std::ofstream(root_ + group + "/memory.max") << max << '\n';
    std::ofstream(root_ + group + "/memory.current") << current << '\n';
    std::ofstream(root_ + group + "/memory.stat") << stat;
  }

  const std::string root_ = testing::TempDir() + "sprintminer_cgroup_" +
                            testing::UnitTest::GetInstance()->current_test_info()->name();
};

TEST_F(ControlGroups, LeaveTheLimitLessWhatIsInUse) {
  limit("/a", "1000", "400");
  EXPECT_EQ(cgroup_available(root_, "0::/a\n"), 600U);
  limit("/a", "1000", "400", "anon 7\ninactive_file 150\nactive_file 9\n");
  EXPECT_EQ(cgroup_available(root_, "0::/a"), 750U);
  limit("/a", "1000", "1200");
  EXPECT_EQ(cgroup_available(root_, "4:memory:/x\n0::/a\n"), 0U);
  limit("/a", "1000", "100", "inactive_file 150\n");
  EXPECT_EQ(cgroup_available(root_, "0::/a"), 1000U);
}

TEST_F(ControlGroups, TheOnesAboveCountToo) {
  limit("/a/b/c", "max", "400");
  EXPECT_EQ(cgroup_available(root_, "0::/a/b/c\n"), std::nullopt);
  limit("/a/b", "5000", "400");
  EXPECT_EQ(cgroup_available(root_, "0::/a/b/c\n"), 4600U);
  limit("/a", "4000", "3000");
  EXPECT_EQ(cgroup_available(root_, "0::/a/b/c\n"), 1000U);
}

TEST_F(ControlGroups, OfTheRootAreAContainersOwn) {
  limit("", "900", "100");
  EXPECT_EQ(cgroup_available(root_, "0::/\n"), 800U);
  EXPECT_EQ(cgroup_available(root_, "0::/init.scope\n"), 800U);
}

TEST_F(ControlGroups, ThatAreNotThereLimitNothing) {
  EXPECT_EQ(cgroup_available(root_, "0::/a\n"), std::nullopt);
  EXPECT_EQ(cgroup_available(root_, "4:memory:/x\n"), std::nullopt);
  EXPECT_EQ(cgroup_available(root_, ""), std::nullopt);
}

TEST(PageBuffer, IsZeroedAndMoves) {
  auto made = PageBuffer::make(100'000, "a test");
  ASSERT_TRUE(made.ok());
  PageBuffer buffer = std::move(made).value();
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(buffer.data()) % 64, 0U);
  EXPECT_EQ(buffer.data()[99'999], std::byte{0});
  buffer.data()[99'999] = std::byte{3};
  PageBuffer other = std::move(buffer);
  EXPECT_EQ(other.data()[99'999], std::byte{3});
  EXPECT_EQ(other.size(), 100'000U);
  other = PageBuffer();
  EXPECT_EQ(other.data(), nullptr);
}

TEST(PageBuffer, RefusesWhatTheSystemRefuses) {
  const auto refused = PageBuffer::make(std::uint64_t{1} << 62, "a test");
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().fault, base::Fault::kNoMemory);
  EXPECT_THAT(refused.message(), testing::StartsWith("a test: the system refuses"));
}

}  // namespace
}  // namespace backends::cpu
