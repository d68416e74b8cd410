#include "miner/losses.h"

#include <gtest/gtest.h>

namespace miner {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(Losses, EstimatesHaveTwoDigitsThatCount) {
  const auto of = [](double nonces) { return Loss{seconds(1), seconds(1), nonces}.estimate(); };
  EXPECT_EQ(of(41'499), 41'000U);
  EXPECT_EQ(of(41'500), 42'000U);
  EXPECT_EQ(of(99'600), 100'000U);
  EXPECT_EQ(of(87), 87U);
  EXPECT_EQ(of(4), 4U);
  EXPECT_EQ(of(0.3), 0U);
  EXPECT_EQ(of(1.23e15), 1'200'000'000'000'000U);
  EXPECT_EQ((Loss{seconds(1), seconds(0), 0}.estimate()), std::nullopt);
}

TEST(Losses, OneCauseIsAWordAndMoreHaveTheirTimes) {
  LostSprint sprint;
  sprint.by_cause[static_cast<std::size_t>(LossCause::kWeights)].time = milliseconds(12'340);
  EXPECT_EQ(causes_of(sprint), "weights not ready");
  sprint.by_cause[static_cast<std::size_t>(LossCause::kPool)].time = milliseconds(20);
  EXPECT_EQ(causes_of(sprint), "weights not ready") << "nothing to a tenth";
  sprint.by_cause[static_cast<std::size_t>(LossCause::kNetwork)].time = milliseconds(510);
  EXPECT_EQ(causes_of(sprint), "weights not ready 12.3 s, network 0.5 s");
}

}  // namespace
}  // namespace miner
