#include "base/queue.h"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

namespace base {
namespace {

TEST(Queue, KeepsTheOrder) {
  Queue<int> queue(10);
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(queue.push(i));
  EXPECT_EQ(queue.size(), 5u);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(queue.pop(), i);
  EXPECT_EQ(queue.size(), 0u);
}

TEST(Queue, IsBounded) {
  Queue<int> queue(2);
  EXPECT_TRUE(queue.push(1));
  EXPECT_TRUE(queue.push(2));
  EXPECT_FALSE(queue.push(3));
  EXPECT_EQ(queue.size(), 2u);
  EXPECT_EQ(queue.pop(), 1);  // room again
  EXPECT_TRUE(queue.push(4));
  EXPECT_EQ(queue.pop(), 2);
  EXPECT_EQ(queue.pop(), 4);
}

TEST(Queue, WithoutRoomTakesNothing) {
  Queue<int> queue(0);
  EXPECT_FALSE(queue.push(1));
  EXPECT_TRUE(queue.drain().empty());
}

TEST(Queue, DrainsAllInOrderAndNeverWaits) {
  Queue<int> queue(4);
  EXPECT_TRUE(queue.drain().empty());
  for (int i = 0; i < 4; ++i) queue.push(i);
  EXPECT_EQ(queue.drain(), (std::vector<int>{0, 1, 2, 3}));
  EXPECT_TRUE(queue.drain().empty());
  EXPECT_TRUE(queue.push(7));  // drained is empty, not closed
}

TEST(Queue, CarriesWhatCannotBeCopied) {
  Queue<std::unique_ptr<int>> queue(2);
  queue.push(std::make_unique<int>(1));
  queue.push(std::make_unique<int>(2));
  EXPECT_EQ(**queue.pop(), 1);
  EXPECT_EQ(*queue.drain().at(0), 2);
}

TEST(Queue, ClosedGivesWhatIsLeftThenNothing) {
  Queue<int> queue(4);
  queue.push(1);
  queue.push(2);
  queue.close();
  EXPECT_FALSE(queue.push(3));
  EXPECT_EQ(queue.pop(), 1);
  EXPECT_EQ(queue.pop(), 2);
  EXPECT_EQ(queue.pop(), std::nullopt);
  EXPECT_EQ(queue.pop(), std::nullopt);
}

TEST(Queue, ClosedCanStillBeDrained) {
  Queue<int> queue(4);
  queue.push(1);
  queue.close();
  queue.close();  // twice is once
  EXPECT_EQ(queue.drain(), std::vector<int>{1});
  EXPECT_EQ(queue.pop(), std::nullopt);
}

TEST(Queue, CloseEndsEveryWait) {
  Queue<int> queue(4);
  std::atomic<int> ended = 0;
  std::vector<std::thread> waiters;
  for (int i = 0; i < 4; ++i) {
    waiters.emplace_back([&] {
      if (!queue.pop()) ++ended;
    });
  }
  queue.close();  // whether a waiter is there already or comes later
  for (std::thread& waiter : waiters) waiter.join();
  EXPECT_EQ(ended, 4);
}

TEST(Queue, APushEndsAWait) {
  Queue<int> queue(4);
  std::optional<int> got;
  std::thread waiter([&] { got = queue.pop(); });
  EXPECT_TRUE(queue.push(9));
  waiter.join();
  EXPECT_EQ(got, 9);
}

/// (producer, its running number)
using Item = std::pair<int, int>;

TEST(Queue, KeepsEachProducersOrderAndLosesNothing) {
  constexpr int kProducers = 4;
  constexpr int kItems = 3000;
  Queue<Item> queue(16);  // full most of the time
  std::vector<std::thread> producers;
  for (int p = 0; p < kProducers; ++p) {
    producers.emplace_back([&queue, p] {
      for (int i = 0; i < kItems; ++i) {
        while (!queue.push({p, i})) std::this_thread::yield();
      }
    });
  }
  std::vector<int> next(kProducers, 0);
  for (int taken = 0; taken < kProducers * kItems; ++taken) {
    const auto item = queue.pop();
    ASSERT_TRUE(item.has_value());
    ASSERT_EQ(item->second, next[static_cast<std::size_t>(item->first)]++);
  }
  for (std::thread& producer : producers) producer.join();
  EXPECT_EQ(queue.size(), 0u);
}

TEST(Queue, GivesEachItemToOneConsumer) {
  constexpr int kItems = 3000;
  Queue<int> queue(kItems);
  std::vector<std::atomic<int>> seen(kItems);
  std::vector<std::thread> consumers;
  for (int c = 0; c < 4; ++c) {
    consumers.emplace_back([&] {
      while (const auto item = queue.pop()) ++seen[static_cast<std::size_t>(*item)];
    });
  }
  for (int i = 0; i < kItems; ++i) ASSERT_TRUE(queue.push(i));
  queue.close();
  for (std::thread& consumer : consumers) consumer.join();
  for (int i = 0; i < kItems; ++i) ASSERT_EQ(seen[static_cast<std::size_t>(i)], 1) << i;
}

}  // namespace
}  // namespace base
