#include "base/owner_thread.h"

#include <gtest/gtest.h>

#include <thread>

namespace base {
namespace {

void use_from_another_thread(const OwnerThread& owner) {
  std::thread([&owner] { owner.assert_here(); }).join();
}

TEST(OwnerThread, TheFirstThreadThatAsksMayAskAgain) {
  const OwnerThread owner;
  owner.assert_here();
  owner.assert_here();
}

TEST(OwnerThread, BelongsToNobodyBeforeItIsUsed) {
  const OwnerThread owner;  // made here, used there
  std::thread([&owner] {
    owner.assert_here();
    owner.assert_here();
  }).join();
}

TEST(OwnerThread, MayBeHandedOver) {
  OwnerThread owner;
  owner.assert_here();
  owner.rebind();
  use_from_another_thread(owner);
  owner.rebind();
  owner.assert_here();
}

#ifdef NDEBUG
TEST(OwnerThread, CostsNothingInReleaseBuilds) {
  EXPECT_TRUE(std::is_empty_v<OwnerThread>);
  const OwnerThread owner;
  owner.assert_here();
  use_from_another_thread(owner);
}
#else
TEST(OwnerThreadDeathTest, AbortsOnAnyOtherThread) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(
      {
        const OwnerThread owner;
        owner.assert_here();
        use_from_another_thread(owner);
      },
      "owner_thread\\.h:[0-9]+: check failed");
}

TEST(OwnerThreadDeathTest, TheOldOwnerIsAStrangerAfterAHandOver) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(
      {
        OwnerThread owner;
        owner.assert_here();
        owner.rebind();
        use_from_another_thread(owner);
        owner.assert_here();
      },
      "owner_thread\\.h:[0-9]+: check failed");
}
#endif

}  // namespace
}  // namespace base
