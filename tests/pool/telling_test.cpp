// What is said to all is said to some of them a turn, and still each hears everything once, in
// order.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "pool/broadcasts.h"
#include "tests/pool/rig.h"

namespace pool {
namespace {

using testing::ElementsAre;
using testing::ElementsAreArray;
using testing::HasSubstr;
using tests::kNoon;
using tests::microseconds;
using tests::seconds;
using tests::TestMiner;

constexpr base::UnixTime kRaceBegins = kNoon + seconds(10);
constexpr base::UnixTime kRaceIsOver = kRaceBegins + seconds(20) + microseconds(1);

TEST(BroadcastsTest, SaysOneToAllBeforeItBeginsTheNext) {
  Broadcasts broadcasts;
  std::string said;
  for (const char name : {'a', 'b'}) {
    broadcasts.add([&said, name, to = 0](std::size_t& left) mutable {
      for (; to < 3 && left > 0; --left, ++to) said += name;
      return to == 3;
    });
  }
  broadcasts.run(2);
  EXPECT_EQ(said, "aa");
  broadcasts.run(2);
  EXPECT_EQ(said, "aaab");
  EXPECT_FALSE(broadcasts.empty());
  broadcasts.run(Broadcasts::kAll);
  EXPECT_EQ(said, "aaabbb");
  EXPECT_TRUE(broadcasts.empty());
}

TEST(BroadcastsTest, AWalkMindsNeitherWhatComesNorWhatGoes) {
  std::map<int, bool> map{{1, true}, {3, false}, {4, true}, {6, true}};
  Walk<std::map<int, bool>> walk;
  std::vector<int> visited;
  const auto visit = [&](const std::pair<const int, bool>& entry) {
    const auto [key, counts] = entry;
    visited.push_back(key);
    map.erase(key);
    return counts;
  };
  std::size_t left = 2;
  EXPECT_FALSE(walk.on(map, left, visit));
  EXPECT_THAT(visited, ElementsAre(1, 3, 4)) << "3 does not count";
  map[2] = true;  // behind
  map[5] = true;
  left = 10;
  EXPECT_TRUE(walk.on(map, left, visit));
  EXPECT_THAT(visited, ElementsAre(1, 3, 4, 5, 6));
  EXPECT_EQ(left, 8U);
}

const std::vector<std::string> kWhole = {"sprint.announce", "mining.notify", "sprint.end",
                                         "sprint.verdict", "sprint.result"};

/// Its notices about the sprint, in order.
std::vector<std::string> heard_of(const TestMiner& miner, const std::string& sprint) {
  std::vector<std::string> methods;
  for (const std::string& notice : miner.heard()) {
    if (notice.ends_with(sprint)) methods.push_back(notice.substr(0, notice.find(' ')));
  }
  return methods;
}

class TellingTest : public testing::Test {
 protected:
  static constexpr std::size_t kMiners = 150;  // more than two turns

  TellingTest() : rig(tests::rig_config()) {
    for (std::size_t i = 0; i < kMiners; ++i) {
      miners.push_back(&rig.connect("account" + std::to_string(i)));
    }
  }
  std::size_t told(const std::string& method, const std::string& sprint) const {
    std::size_t count = 0;
    for (const TestMiner* miner : miners) count += miner->heard(method, sprint) ? 1U : 0U;
    return count;
  }
  /// At once, or after what it leaves between results.
  bool has_more_to_say() const {
    const auto due = rig.pool.wake();
    return due && *due <= rig.now + tests::milliseconds(5);
  }
  void take_turn() { rig.at(std::max(rig.now, rig.pool.wake().value_or(rig.now))); }
  /// As the server does it: a turn whenever the pool wants one.
  void say_all() {
    for (int turns = 0; has_more_to_say() && turns < 100; ++turns) take_turn();
    EXPECT_FALSE(has_more_to_say());
  }
  /// To the start, all of it said.
  void to_start() {
    rig.at(kNoon);
    say_all();
    rig.at(kRaceBegins);
    say_all();
    one = rig.sprint(1);
  }
  void store_one_each() {
    for (TestMiner* miner : miners) {
      leases.push_back(miner->ready(one));
      const std::uint64_t nonce = leases.back().base;
      EXPECT_EQ(miner->submit(one, leases.back(), nonce, miner->digest(one, nonce), 1), 0);
    }
  }

  tests::PoolRig rig;
  std::vector<TestMiner*> miners;
  std::vector<stratum::Lease> leases;
  std::string one;
};

TEST_F(TellingTest, TellsSomeATurn) {
  rig.at(kNoon);
  one = rig.sprint(1);
  const std::size_t first = told("sprint.announce", one);
  EXPECT_GT(first, 0U);
  EXPECT_LT(first, kMiners);
  EXPECT_TRUE(has_more_to_say());
  rig.at(rig.now);
  EXPECT_EQ(told("sprint.announce", one), 2 * first);
  say_all();
  EXPECT_EQ(told("sprint.announce", one), kMiners);
}

TEST_F(TellingTest, ResultsLeaveTimeBetweenTurnsAndComeAfterAllNews) {
  to_start();
  rig.at(kRaceIsOver);  // the next one begins, nobody has shares in this one
  const std::string two = rig.sprint(2);
  const auto heard_of_two = [&] { return told("mining.notify", two); };
  ASSERT_LT(heard_of_two(), kMiners);
  for (int turns = 0; heard_of_two() < kMiners && turns < 20; ++turns) {
    EXPECT_EQ(told("sprint.result", one), 0U);
    rig.at(rig.now);
  }
  EXPECT_EQ(told("sprint.result", one), 32U) << "twice as many as usual: the end waited, too";
  rig.at(rig.now);
  EXPECT_EQ(told("sprint.result", one), 32U) << "at the same time";
  EXPECT_GT(rig.pool.wake(), rig.now);
  rig.at(*rig.pool.wake());
  EXPECT_EQ(told("sprint.result", one), 48U);
  say_all();
  EXPECT_EQ(told("sprint.result", one), kMiners);
}

TEST_F(TellingTest, TheStartOfTheNextSprintComesAfterTheEnd) {
  to_start();
  rig.at(kRaceIsOver - microseconds(1) - seconds(1));
  say_all();
  const std::string two = rig.sprint(2);
  rig.at(kRaceIsOver);  // at its end the next one begins
  say_all();
  for (const TestMiner* miner : miners) {
    const std::vector<std::string> heard = miner->heard();
    const auto end = std::find(heard.begin(), heard.end(), "sprint.end " + one);
    const auto start = std::find(heard.begin(), heard.end(), "mining.notify " + two);
    ASSERT_NE(end, heard.end());
    ASSERT_NE(start, heard.end());
    EXPECT_LT(end, start);
    EXPECT_EQ(std::count(heard.begin(), heard.end(), "sprint.end " + one), 1);
  }
}

TEST_F(TellingTest, EachHearsEverythingOnceAndInOrderHoweverItFallsTogether) {
  rig.at(kNoon);
  rig.at(kRaceBegins);  // while most were told nothing yet
  rig.at(kRaceIsOver);
  say_all();
  one = rig.sprint(1);
  std::size_t raced = 0;
  for (const TestMiner* miner : miners) {
    const std::vector<std::string> notices = heard_of(*miner, one);
    // One whose turn came when all was over had nothing to do with it.
    if (notices.empty()) continue;
    EXPECT_THAT(notices, ElementsAreArray(kWhole));
    ++raced;
  }
  EXPECT_GT(raced, 0U);
}

TEST_F(TellingTest, EachHearsAWholeSprintOnceAndInOrder) {
  to_start();
  rig.at(kRaceIsOver);
  say_all();
  for (const TestMiner* miner : miners) {
    EXPECT_THAT(heard_of(*miner, one), ElementsAreArray(kWhole));
  }
}

TEST_F(TellingTest, WhoComesInTheMiddleIsToldAtOnceAndNotAgain) {
  rig.at(kNoon);
  one = rig.sprint(1);
  TestMiner& late = rig.connect("late");
  EXPECT_EQ(late.times_heard("sprint.announce", one), 1U);
  say_all();
  EXPECT_EQ(late.times_heard("sprint.announce", one), 1U);
  rig.at(kRaceBegins);
  TestMiner& later = rig.connect("later");
  EXPECT_EQ(later.times_heard("mining.notify", one), 1U);
  say_all();
  for (const TestMiner* miner : {&late, &later}) {
    EXPECT_EQ(miner->times_heard("sprint.announce", one), 1U);
    EXPECT_EQ(miner->times_heard("mining.notify", one), 1U);
  }
}

TEST_F(TellingTest, WhoComesBackInTheMiddleIsToldOnceOverTheNewConnection) {
  to_start();
  store_one_each();
  rig.at(kRaceIsOver);  // the end is said to some
  std::vector<TestMiner*> back;
  for (TestMiner* miner : miners) {
    miner->leave();
    back.push_back(&rig.connect(""));
    EXPECT_TRUE(back.back()->resume(miner->token()));
  }
  say_all();
  rig.verify();
  take_turn();  // some are told, and lose their connection again
  std::vector<TestMiner*> again;
  for (TestMiner*& miner : back) {
    if (!miner->heard("sprint.result", one)) continue;
    const std::string token = miner->token();
    miner->leave();
    again.push_back(miner = &rig.connect(""));
    EXPECT_TRUE(miner->resume(token));
  }
  say_all();
  EXPECT_FALSE(again.empty());
  for (const TestMiner* miner : back) {
    const bool came_after_it = std::find(again.begin(), again.end(), miner) != again.end();
    EXPECT_EQ(miner->times_heard("sprint.end", one), came_after_it ? 0U : 1U);
    EXPECT_EQ(miner->times_heard("sprint.verdict", one), 1U);
    EXPECT_EQ(miner->times_heard("sprint.result", one), 1U);
  }
}

TEST_F(TellingTest, NobodyHearsTheEndAfterTheResult) {
  to_start();
  store_one_each();
  rig.verify();
  rig.at(kRaceIsOver);  // end and result are waiting to be said to most
  for (std::size_t i = kMiners; i > 0; --i) {
    const std::uint64_t nonce = leases[i - 1].base;
    miners[i - 1]->submit(one, leases[i - 1], nonce, miners[i - 1]->digest(one, nonce), 1);
  }
  say_all();
  for (const TestMiner* miner : miners) {
    EXPECT_THAT(heard_of(*miner, one), ElementsAreArray(kWhole));
  }
}

TEST_F(TellingTest, ARepeatBeforeItsTurnIsFollowedByVerdictAndResultOnce) {
  to_start();
  store_one_each();
  rig.verify();
  say_all();
  rig.at(kRaceIsOver);
  for (int turns = 0; told("sprint.result", one) == 0 && turns < 100; ++turns) take_turn();
  ASSERT_LT(told("sprint.result", one), kMiners);
  for (std::size_t i = 0; i < kMiners; ++i) {
    const std::uint64_t nonce = leases[i].base;
    EXPECT_EQ(miners[i]->submit(one, leases[i], nonce, miners[i]->digest(one, nonce), 1), 0);
    EXPECT_TRUE(miners[i]->heard("sprint.result", one));
  }
  say_all();
  for (const TestMiner* miner : miners) {
    EXPECT_EQ(miner->times_heard("sprint.verdict", one), 1U);
    EXPECT_EQ(miner->times_heard("sprint.result", one), 1U);
    EXPECT_THAT(miner->last("sprint.verdict", one), HasSubstr(R"("verified":1)"));
  }
}

TEST_F(TellingTest, APoolThatStopsSaysItAllAtOnce) {
  to_start();
  rig.pool.stop(rig.now);
  rig.settle();
  EXPECT_EQ(told("sprint.cancel", one), kMiners);
  EXPECT_EQ(rig.pool.waiting(), 0U);
}

}  // namespace
}  // namespace pool
