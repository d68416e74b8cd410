#include "backends/cpu/team.h"

#include <gtest/gtest.h>
#include <pthread.h>
#include <sched.h>

#include <algorithm>
#include <atomic>
#include <set>
#include <span>
#include <string>
#include <thread>
#include <vector>

namespace backends::cpu {
namespace {

std::unique_ptr<Team> make_team(std::uint32_t size) {
  return Team::make(size, "cpu:0").value();
}

TEST(Team, OfOneComputesOnTheCallersThread) {
  const auto team = make_team(1);
  EXPECT_EQ(team->size(), 1U);
  std::thread::id where;
  auto work = [&](std::uint32_t member) {
    EXPECT_EQ(member, 0U);
    where = std::this_thread::get_id();
  };
  team->run(work);
  EXPECT_EQ(where, std::this_thread::get_id());
}

TEST(Team, CallsEachMemberOnceARoundAndWaitsForAll) {
  const auto team = make_team(5);
  std::vector<int> calls(5);  // plain integers: run must order what members wrote
  auto work = [&](std::uint32_t member) { ++calls.at(member); };
  for (int round = 1; round <= 200; ++round) {
    team->run(work);
    EXPECT_EQ(calls, std::vector<int>(5, round));
  }
}

TEST(Team, MembersAreThreadsOfTheirOwnWithNames) {
  const auto team = make_team(3);
  std::vector<std::thread::id> ids(3);
  std::vector<std::string> names(3);
  auto work = [&](std::uint32_t member) {
    char name[16] = {};
    pthread_getname_np(pthread_self(), name, sizeof(name));
    ids[member] = std::this_thread::get_id();
    names[member] = name;
  };
  // Thread names are set by the maker after the thread has begun, but before `make` returns.
  team->run(work);
  EXPECT_EQ(std::set<std::thread::id>(ids.begin(), ids.end()).size(), 3U);
  EXPECT_EQ(ids[0], std::this_thread::get_id());
  EXPECT_EQ(names[1], "cpu:0/1");
  EXPECT_EQ(names[2], "cpu:0/2");
}

std::uint32_t any_processor() {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  sched_getaffinity(0, sizeof(allowed), &allowed);
  std::uint32_t first = 0;
  while (!CPU_ISSET(first, &allowed)) ++first;
  return first;
}

TEST(Team, BoundMembersStayOnTheirProcessorAndLeaveTheCallerAlone) {
  const std::uint32_t processor = any_processor();
  cpu_set_t before;
  sched_getaffinity(0, sizeof(before), &before);
  const auto team = Team::make(3, "cpu:0", std::span(&processor, 1)).value();
  EXPECT_EQ(team->size(), 3U);
  std::vector<int> where(3, -1);
  std::vector<std::thread::id> ids(3);
  auto work = [&](std::uint32_t member) {
    where.at(member) = sched_getcpu();
    ids.at(member) = std::this_thread::get_id();
  };
  team->run(work);
  EXPECT_EQ(where, std::vector<int>(3, static_cast<int>(processor)));
  EXPECT_EQ(std::count(ids.begin(), ids.end(), std::this_thread::get_id()), 0);
  cpu_set_t after;
  sched_getaffinity(0, sizeof(after), &after);
  EXPECT_TRUE(CPU_EQUAL(&before, &after));
}

TEST(Team, NamesAProcessorThatDoesNotExist) {
  for (const std::uint32_t processor : {5000U, 65535U}) {
    const auto team = Team::make(2, "cpu:0", std::span(&processor, 1));
    ASSERT_FALSE(team.ok());
    EXPECT_EQ(team.error().fault, base::Fault::kInvalid);
    EXPECT_EQ(team.message(), "processor " + std::to_string(processor) +
                                  " does not exist here, or the program may not use it");
  }
}

TEST(Team, DoesDifferentWorkOneAfterTheOther) {
  const auto team = make_team(2);
  std::atomic<int> first{0};
  std::atomic<int> second{0};
  auto add_to_first = [&](std::uint32_t) { ++first; };
  auto add_to_second = [&](std::uint32_t) { second += 10; };
  team->run(add_to_first);
  team->run(add_to_second);
  team->run(add_to_first);
  EXPECT_EQ(first, 4);
  EXPECT_EQ(second, 20);
}

TEST(Team, EndsWithoutEverHavingWorked) {
  for (int i = 0; i < 20; ++i) make_team(4);
}

}  // namespace
}  // namespace backends::cpu
