#include "base/thread_priority.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <thread>

namespace base {
namespace {

int niceness() {
  return getpriority(PRIO_PROCESS, 0);
}

TEST(ThreadPriority, OneThreadStepsBackWithThoseItStartsAndNoOther) {
  const int before = niceness();
  if (before > 14) GTEST_SKIP() << "nothing is behind us";
  int own = 0;
  int started = 0;
  std::thread([&] {
    step_back();
    own = niceness();
    std::thread([&] { started = niceness(); }).join();
  }).join();
  EXPECT_EQ(own, before + 5);
  EXPECT_EQ(started, before + 5);
  EXPECT_EQ(niceness(), before);
}

TEST(ThreadPriority, StepsBackToTheLastPlaceAndNoFurther) {
  std::thread([] {
    for (int i = 0; i < 8; ++i) step_back();  // -20 to 19
    EXPECT_EQ(niceness(), 19);
  }).join();
}

}  // namespace
}  // namespace base
