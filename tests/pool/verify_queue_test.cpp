#include "pool/verify_queue.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "pool/verify_budget.h"

namespace pool {
namespace {

using Account = base::Bytes32;

Account account(std::size_t n) {
  return {static_cast<std::uint8_t>(n), static_cast<std::uint8_t>(n >> 8)};
}

poc::ModelSpec model_of(std::uint64_t sprint) {
  return {{2, 128, 256}, base::Bytes32{static_cast<std::uint8_t>(sprint)}};
}

CheckJob share(std::uint64_t sprint, std::size_t who, std::uint64_t nonce) {
  return {sprint, nonce, {}, account(who), {}, {}};
}

bool push(VerifyQueue& queue, const CheckJob& job) {
  return queue.push(model_of(job.sprint), job);
}

TEST(VerifyQueue, AFloodDelaysAnothersShareByOneRound) {
  VerifyQueue queue(20'000);
  for (std::uint64_t nonce = 0; nonce < 10'000; ++nonce) push(queue, share(1, 1, nonce));
  push(queue, share(1, 2, 77));
  const auto next = queue.pop(16);
  ASSERT_TRUE(next);
  EXPECT_EQ(next->jobs[0].account, account(1));
  EXPECT_EQ(next->jobs[1].nonce, 77U);
}

/// Whatever comes and goes: before a share goes no more of any other account than one more than of
/// its own account, counted since it came.
TEST(VerifyQueue, IsFairWhateverComes) {
  for (unsigned seed = 1; seed <= 10; ++seed) {
    std::minstd_rand random(seed);
    VerifyQueue queue(100'000);
    struct Came {
      std::size_t who;
      std::map<Account, std::size_t> taken;  // of all accounts, when it came
      std::size_t before;                    // of its own account that waited
    };
    std::map<std::uint64_t, Came> came;
    std::map<Account, std::size_t> taken;
    std::map<Account, std::size_t> waiting;
    std::uint64_t nonce = 0;
    for (int step = 0; step < 400; ++step) {
      const std::size_t who = random() % 7;
      const std::size_t many = random() % 20 == 0 ? 200 : random() % 3;
      for (std::size_t i = 0; i < many; ++i) {
        came[nonce] = {who, taken, waiting[account(who)]++};
        ASSERT_TRUE(push(queue, share(1, who, nonce++)));
      }
      const auto group = queue.pop(1 + random() % 16);
      if (!group) continue;
      for (const CheckJob& job : group->jobs) {
        const Came& was = came.at(job.nonce);
        for (auto& [other, count] : taken) {
          const auto then = was.taken.find(other);
          const std::size_t since = count - (then == was.taken.end() ? 0 : then->second);
          if (other == job.account) {
            ASSERT_EQ(since, was.before) << "an account's shares keep their order";
          } else {
            ASSERT_LE(since, was.before + 1) << "seed " << seed;
          }
        }
        ++taken[job.account];
        --waiting[job.account];
      }
    }
  }
}

TEST(VerifyQueue, GoesThroughTheOldestSprintFirstAndMixesNone) {
  VerifyQueue queue(1000);
  std::minstd_rand random(1);
  for (std::uint64_t nonce = 0; nonce < 300; ++nonce) {
    push(queue, share(5 + random() % 3, random() % 4, nonce));
  }
  std::uint64_t last = 0;
  std::size_t seen = 0;
  int changes = 0;
  while (const auto group = queue.pop(16)) {
    const std::uint64_t sprint = group->jobs.front().sprint;
    EXPECT_EQ(group->model, model_of(sprint));
    for (const CheckJob& job : group->jobs) EXPECT_EQ(job.sprint, sprint);
    EXPECT_GE(sprint, last);
    changes += sprint != last ? 1 : 0;
    last = sprint;
    seen += group->jobs.size();
  }
  EXPECT_EQ(seen, 300U);
  EXPECT_EQ(changes, 3) << "a verifier makes weights once a sprint";
  EXPECT_EQ(queue.size(), 0U);
}

TEST(VerifyQueue, TakesNoMoreThanItHolds) {
  VerifyQueue queue(3);
  for (std::uint64_t nonce = 0; nonce < 3; ++nonce) EXPECT_TRUE(push(queue, share(1, 1, nonce)));
  EXPECT_FALSE(push(queue, share(1, 2, 3)));
  ASSERT_TRUE(queue.pop(1));
  EXPECT_TRUE(push(queue, share(1, 2, 3)));
}

using Room = VerifyBudget::Room;

/// How many the account may have.
std::size_t fill_up(VerifyBudget& budget, std::size_t who) {
  while (budget.room(account(who), false) == Room::kFree) budget.add(account(who));
  return budget.of(account(who));
}

TEST(VerifyBudget, OneAccountAloneMayHaveHalf) {
  VerifyBudget budget(1000);
  EXPECT_EQ(fill_up(budget, 1), 500U);
  EXPECT_EQ(budget.room(account(1), false), Room::kAccountFull);
  EXPECT_EQ(budget.room(account(2), false), Room::kFree);
}

TEST(VerifyBudget, AFloodOfManyLeavesRoomForWhoeverHasNone) {
  VerifyBudget budget(1000);
  for (int round = 0; round < 1000; ++round) {  // a share each in turns
    for (std::size_t who = 1; who <= 9; ++who) {
      if (budget.room(account(who), false) == Room::kFree) budget.add(account(who));
    }
  }
  for (std::size_t who = 1; who <= 9; ++who) EXPECT_EQ(budget.of(account(who)), 100U);
  EXPECT_GE(fill_up(budget, 10), 50U);
}

TEST(VerifyBudget, HoldsNoMoreThanItsTotal) {
  VerifyBudget budget(100);
  std::size_t refused = 0;
  for (std::size_t who = 0; who < 300; ++who) {
    if (budget.room(account(who), false) == Room::kFree) {
      budget.add(account(who));
    } else {
      ++refused;
    }
  }
  EXPECT_EQ(budget.waiting(), 100U);
  EXPECT_EQ(refused, 200U);
  EXPECT_EQ(budget.room(account(999), false), Room::kFull);
  budget.remove(account(7));
  EXPECT_EQ(budget.room(account(999), false), Room::kFree);
}

TEST(VerifyBudget, AnAccountThatIsSlowedHasAFewAndKeepsThem) {
  VerifyBudget budget(1000);
  for (std::size_t i = 0; i < VerifyBudget::kSlowed; ++i) {
    EXPECT_EQ(budget.room(account(1), true), Room::kFree);
    budget.add(account(1));
  }
  EXPECT_EQ(budget.room(account(1), true), Room::kAccountFull);
  budget.remove(account(1));
  EXPECT_EQ(budget.room(account(1), true), Room::kFree);
}

}  // namespace
}  // namespace pool
