#include "miner/job_slot.h"

#include <atomic>
#include <thread>

#include "tests/miner/support.h"

namespace miner {
namespace {

std::shared_ptr<const Assignment> paused(const std::string& why) {
  Assignment assignment;
  assignment.paused = Pause{PauseCause::kUser, why};
  return std::make_shared<const Assignment>(std::move(assignment));
}

TEST(JobSlot, BeginsWithNothingToDo) {
  const JobSlot slot;
  EXPECT_EQ(slot.generation(), 0u);
  ASSERT_NE(slot.latest().assignment, nullptr);
  EXPECT_EQ(*slot.latest().assignment, Assignment());
}

TEST(JobSlot, LatestReplacesWhatWasBefore) {
  JobSlot slot;
  slot.publish(paused("a"));
  slot.publish(paused("b"));
  EXPECT_EQ(slot.generation(), 2u);
  EXPECT_EQ(slot.latest().generation, 2u);
  EXPECT_EQ(slot.latest().assignment->paused->reason, "b");
}

TEST(JobSlot, DoesNotWaitForWhatIsThere) {
  JobSlot slot;
  slot.publish(paused("a"));
  EXPECT_TRUE(slot.wait_newer(0));
  EXPECT_TRUE(slot.wait_newer(0, base::SteadyTime()));
}

TEST(JobSlot, WaitsNoLongerThanTheDeadline) {
  const JobSlot slot;
  EXPECT_FALSE(slot.wait_newer(0, base::SteadyTime()));
  EXPECT_FALSE(slot.wait_newer(0, base::SystemClock().now() + std::chrono::milliseconds(1)));
}

TEST(JobSlot, PublishingEndsAWait) {
  JobSlot slot;
  std::atomic<std::uint64_t> seen{0};
  std::thread waiter([&] {
    for (std::uint64_t generation = 0; generation < 100; ++generation) {
      EXPECT_TRUE(slot.wait_newer(generation));
      seen = generation + 1;
    }
  });
  for (std::uint64_t i = 1; i <= 100; ++i) {
    slot.publish(paused("x"));
    EXPECT_TRUE(tests::eventually([&] { return seen >= i; }));
  }
  waiter.join();
}

}  // namespace
}  // namespace miner
