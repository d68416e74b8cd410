#include "backends/cpu/group.h"

#include <gtest/gtest.h>

#include <vector>

namespace backends::cpu {
namespace {

poc::Profile profile(std::string_view text) {
  return poc::parse_profile(text).value();
}

TEST(AutoGroup, KeepsTheWidestRowsInThreeQuartersOfL2) {
  constexpr std::uint64_t kMiB = 1 << 20;
  EXPECT_EQ(auto_group(profile("base"), kMiB), 8U);
  EXPECT_EQ(auto_group(profile("large"), kMiB), 8U);
  EXPECT_EQ(auto_group(profile("base"), 2 * kMiB), 16U);
  EXPECT_EQ(auto_group(profile("1,8192,8192"), kMiB), 6U);
}

TEST(AutoGroup, StaysWithinFourAndSixteen) {
  EXPECT_EQ(auto_group(profile("nano"), 1 << 20), 16U);
  EXPECT_EQ(auto_group(profile("micro"), 1 << 20), 16U);
  EXPECT_EQ(auto_group(profile("base"), 256 << 10), 4U);
  EXPECT_EQ(auto_group(profile("1,8192,32768"), 1 << 20), 4U);
}

TEST(PlanGroups, SpreadsAFewNoncesOverTheThreads) {
  const GroupPlan plan = plan_groups(8, 2, 8);
  EXPECT_EQ(plan.group, 4U);
  EXPECT_EQ(plan.groups, 2U);
  EXPECT_EQ(plan_groups(1, 4, 8).group, 1U);
  EXPECT_EQ(plan_groups(0, 4, 8).groups, 0U);
}

TEST(PlanGroups, MakesRoundsEven) {
  EXPECT_EQ(plan_groups(20, 2, 8).group, 5U);  // two rounds of 5 + 5, not 8 + 8 and 4
  EXPECT_EQ(plan_groups(32, 2, 8).group, 8U);
  EXPECT_EQ(plan_groups(33, 2, 8).group, 6U);
}

TEST(PlanGroups, NeverExceedsTheLimitAndCoversAll) {
  for (std::uint64_t count = 1; count < 300; ++count) {
    for (const std::uint32_t threads : {1U, 2U, 3U, 16U, 1024U}) {
      for (const std::uint32_t limit : {1U, 5U, 8U, 64U}) {
        const GroupPlan plan = plan_groups(count, threads, limit);
        ASSERT_GE(plan.group, 1U);
        ASSERT_LE(plan.group, limit);
        ASSERT_GE(plan.groups * plan.group, count);
        ASSERT_LT((plan.groups - 1) * plan.group, count);
      }
    }
  }
}

TEST(PlanGroups, TakesTheLargestRange) {
  const GroupPlan plan = plan_groups(UINT64_MAX, 2, 8);
  EXPECT_EQ(plan.group, 8U);
  EXPECT_EQ(plan.groups, (UINT64_MAX >> 3) + 1);
}

TEST(GroupClaims, HandOutEachNonceOnce) {
  GroupClaims claims(plan_groups(21, 2, 4));
  std::vector<int> seen(21);
  while (const auto group = claims.claim()) {
    for (std::uint64_t i = 0; i < group->size; ++i) ++seen.at(group->first + i);
  }
  EXPECT_EQ(seen, std::vector<int>(21, 1));
  EXPECT_FALSE(claims.claim().has_value());
}

}  // namespace
}  // namespace backends::cpu
