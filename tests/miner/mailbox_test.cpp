#include "miner/mailbox.h"

#include <poll.h>

#include <thread>
#include <vector>

#include "tests/miner/support.h"

namespace miner {
namespace {

bool readable(const Mailbox& mailbox) {
  pollfd mail{mailbox.fd(), POLLIN, 0};
  return poll(&mail, 1, 0) == 1;
}

Mail lease_low(std::uint32_t device, SprintKey sprint) {
  return {device, WorkerEvent(LeaseLow{sprint})};
}

TEST(Mailbox, IsQuietWithoutMail) {
  Mailbox mailbox;
  EXPECT_FALSE(readable(mailbox));
  EXPECT_TRUE(mailbox.drain().empty());
}

TEST(Mailbox, KeepsTheOrder) {
  Mailbox mailbox;
  for (SprintKey key = 1; key <= 5; ++key) EXPECT_TRUE(mailbox.post(lease_low(3, key)));
  EXPECT_TRUE(readable(mailbox));
  const auto mail = mailbox.drain();
  ASSERT_EQ(mail.size(), 5u);
  for (SprintKey key = 1; key <= 5; ++key) {
    EXPECT_EQ(mail[key - 1].device, 3u);
    EXPECT_EQ(std::get<LeaseLow>(std::get<WorkerEvent>(mail[key - 1].what)).sprint, key);
  }
  EXPECT_FALSE(readable(mailbox)) << "until the next";
  mailbox.post(lease_low(0, 1));
  EXPECT_TRUE(readable(mailbox));
}

TEST(Mailbox, WakesWithoutMail) {
  Mailbox mailbox;
  mailbox.wake();
  mailbox.wake();
  EXPECT_TRUE(readable(mailbox));
  EXPECT_TRUE(mailbox.drain().empty());
  EXPECT_FALSE(readable(mailbox));
}

TEST(Mailbox, FloodThatNobodyDrainsIsRefused) {
  Mailbox mailbox;
  int taken = 0;
  while (taken < 10'000'000 && mailbox.post(lease_low(0, 1))) ++taken;
  EXPECT_GE(taken, 1000);
  EXPECT_LT(taken, 10'000'000);
  EXPECT_EQ(mailbox.drain().size(), static_cast<std::size_t>(taken));
  EXPECT_TRUE(mailbox.post(lease_low(0, 1)));
}

TEST(Mailbox, NothingIsLostBetweenThreads) {
  constexpr std::size_t kThreads = 4;
  constexpr std::size_t kEach = 1000;
  Mailbox mailbox;
  std::vector<std::thread> threads;
  for (std::uint32_t device = 0; device < kThreads; ++device) {
    threads.emplace_back([&mailbox, device] {
      for (SprintKey key = 1; key <= kEach; ++key) mailbox.post(lease_low(device, key));
    });
  }
  std::vector<SprintKey> last(kThreads, 0);
  std::size_t count = 0;
  while (count < kThreads * kEach) {  // blocks, and fails by time-out, when a wake-up is lost
    pollfd mail{mailbox.fd(), POLLIN, 0};
    if (poll(&mail, 1, 20'000) != 1) break;
    for (const Mail& item : mailbox.drain()) {
      const SprintKey key = std::get<LeaseLow>(std::get<WorkerEvent>(item.what)).sprint;
      EXPECT_EQ(key, last[item.device] + 1);
      last[item.device] = key;
      ++count;
    }
  }
  EXPECT_EQ(count, kThreads * kEach);
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace miner
