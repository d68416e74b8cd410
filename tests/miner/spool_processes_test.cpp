// What a spool is for: processes that die, and processes that do not know of each other.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <functional>
#include <thread>

#include "miner/spool.h"
#include "tests/miner/spool_support.h"
#include "tests/miner/support.h"
#include "tests/support/temp_folder.h"

namespace miner {
namespace {

using testing::IsSupersetOf;
using testing::UnorderedElementsAreArray;
using tests::make_share;

constexpr std::uint64_t kNumbersEach = 1'000'000;  // of the shares that one process finds

/// A process of the test's own; killed, if it is still there, and waited for at the end.
class Child {
 public:
  /// Runs `work` with a pipe to write to, whose other end `read_all` reads.
  explicit Child(const std::function<void(int pipe)>& work) {
    int ends[2] = {-1, -1};
    EXPECT_EQ(pipe(ends), 0);
    pid_ = fork();
    if (pid_ == 0) {
      close(ends[0]);
      work(ends[1]);
      _exit(0);
    }
    close(ends[1]);
    pipe_ = ends[0];
  }
  ~Child() {
    kill();
    close(pipe_);
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  void kill() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    wait();
  }
  void wait() {
    int status = 0;
    waitpid(pid_, &status, 0);
    pid_ = 0;
  }
  /// The numbers it wrote: as long as there are any, or `most`.
  std::vector<std::uint64_t> read(std::size_t most = SIZE_MAX) const {
    std::vector<std::uint64_t> numbers;
    std::uint64_t number = 0;
    while (numbers.size() < most && ::read(pipe_, &number, sizeof number) == sizeof number) {
      numbers.push_back(number);
    }
    return numbers;
  }

 private:
  pid_t pid_ = -1;
  int pipe_ = -1;
};

class SpoolProcesses : public ::testing::Test {
 protected:
  std::unique_ptr<Spool> opened(tests::NewsBox& news) {
    auto spool = Spool::open(
        folder_.path("spool"), [&](SpoolNews each) { news.put(std::move(each)); }, sink_, wall_);
    EXPECT_TRUE(spool.ok());
    spool.value()->open_pool(0, "a");
    return std::move(spool).value();
  }
  /// Finds shares, and writes the number of each into the pipe once it is reported as written.
  void find(std::uint64_t first, std::uint64_t count, int pipe) {
    tests::NewsBox news;
    const auto spool = opened(news);
    std::uint64_t told = 0;
    for (std::uint64_t i = 0; i < count; ++i) {
      const SpoolId id = spool->found(0, make_share(first + i));
      if (i % 4 == 3) news.wait_written(id);
      // The ids of shares that were left are of the same row.
      if (i % 4 == 3) {
        for (; told <= i; ++told) {
          const std::uint64_t number = first + told;
          if (write(pipe, &number, sizeof number) != sizeof number) return;
        }
      }
    }
    if (count < kNumbersEach) _exit(0);  // as a miner that crashes
  }
  std::vector<SpooledShare> left_now() {
    tests::NewsBox news;
    const auto spool = opened(news);
    EXPECT_TRUE(news.wait_opened(0));
    return news.left(0);
  }

  const tests::TempFolder folder_;
  tests::CollectingSink sink_;
  base::ManualClock clock_;
  const base::SteadyWallClock wall_{clock_, tests::spool_start()};
};

std::vector<SpooledShare> shares_numbered(const std::vector<std::uint64_t>& numbers) {
  std::vector<SpooledShare> shares;
  shares.reserve(numbers.size());
  for (const std::uint64_t number : numbers) shares.push_back(make_share(number));
  return shares;
}

TEST_F(SpoolProcesses, WhatWasReportedSurvivesKill9) {
  std::vector<std::uint64_t> reported;
  for (std::uint64_t round = 0; round < 10; ++round) {
    Child child([&](int pipe) { find(1 + round * kNumbersEach, kNumbersEach, pipe); });
    for (const std::uint64_t number : child.read(20 + 13 * round)) reported.push_back(number);
    child.kill();  // in the middle of anything
    for (const std::uint64_t number : child.read()) reported.push_back(number);
    const auto left = left_now();
    ASSERT_THAT(left, IsSupersetOf(shares_numbered(reported))) << "round " << round;
    for (const SpooledShare& share : left) {  // and nothing that was not found
      const std::uint64_t number = share.difficulty - 1000;
      ASSERT_EQ(share, make_share(number));
    }
  }
  EXPECT_EQ(tests::names_in(folder_.path("spool")).size(), 1u);
  EXPECT_FALSE(sink_.has("cannot be read"));
}

TEST_F(SpoolProcesses, ManyAtOnceLoseNothingAndNobodyWaits) {
  constexpr std::uint64_t kShares = 24;
  std::vector<std::uint64_t> reported;
  for (int round = 0; round < 5; ++round) {
    std::vector<std::unique_ptr<Child>> children;
    for (int i = 0; i < 6; ++i) {
      const std::uint64_t first = 1 + reported.size() + static_cast<std::uint64_t>(i) * kShares;
      children.push_back(
          std::make_unique<Child>([&, first](int pipe) { find(first, kShares, pipe); }));
    }
    for (const auto& child : children) {
      const auto numbers = child->read();
      EXPECT_EQ(numbers.size(), kShares);
      reported.insert(reported.end(), numbers.begin(), numbers.end());
      child->wait();
    }
  }
  EXPECT_THAT(left_now(), UnorderedElementsAreArray(shares_numbered(reported)));
  EXPECT_EQ(tests::names_in(folder_.path("spool")).size(), 1u);
}

TEST_F(SpoolProcesses, OneThatLivesKeepsItsFile) {
  Child child([&](int pipe) {
    tests::NewsBox news;
    const auto spool = opened(news);
    const std::uint64_t number = 1;
    news.wait_written(spool->found(0, make_share(number)));
    if (write(pipe, &number, sizeof number) != sizeof number) return;
    for (;;) pause();
  });
  ASSERT_EQ(child.read(1).size(), 1u);
  EXPECT_THAT(left_now(), testing::IsEmpty());
  child.kill();
  EXPECT_THAT(left_now(), testing::ElementsAre(make_share(1)));
}

}  // namespace
}  // namespace miner
