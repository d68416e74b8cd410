#include "miner/failure_ladder.h"

#include <gtest/gtest.h>

namespace miner {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using Cause = DeviceDown::Cause;

class FailureLadderTest : public testing::Test {
 protected:
  FailureLadder::Step fail(Cause cause, base::Fault fault = base::Fault::kDevice) {
    return ladder_.failed(cause, fault, now_);
  }

  base::SteadyTime now_{};
  FailureLadder ladder_{seconds(5)};
};

TEST_F(FailureLadderTest, ADeviceThatNeverWorkedIsTriedThreeTimes) {
  EXPECT_FALSE(fail(Cause::kOpen).off);
  EXPECT_FALSE(fail(Cause::kSelfTest).off);
  const auto third = fail(Cause::kOpen);
  EXPECT_TRUE(third.off);
  EXPECT_EQ(third.failures, 3);
}

TEST_F(FailureLadderTest, OptionsThatCanNeverBeRightAreTriedOnce) {
  EXPECT_TRUE(fail(Cause::kOpen, base::Fault::kInvalid).off);
}

TEST_F(FailureLadderTest, ALostDeviceIsOpenedAgainAfterPausesThatDouble) {
  ladder_.up(now_);
  for (const int pause : {5, 10, 20, 40, 80, 160, 320}) {
    const auto step = fail(Cause::kWork);
    EXPECT_FALSE(step.off);
    EXPECT_EQ(step.pause, seconds(pause));
  }
  EXPECT_TRUE(fail(Cause::kOpen).off) << "the eighth";
}

TEST_F(FailureLadderTest, NoPauseIsLongerThanTenMinutes) {
  FailureLadder ladder{minutes(4)};
  ladder.up(now_);
  for (const int pause : {4, 8, 10, 10, 10, 10, 10}) {
    EXPECT_EQ(ladder.failed(Cause::kWork, base::Fault::kDevice, now_).pause, minutes(pause));
  }
}

TEST_F(FailureLadderTest, APauseGivenLongerStaysAsItIs) {
  FailureLadder ladder{std::chrono::hours(1)};
  ladder.up(now_);
  EXPECT_EQ(ladder.failed(Cause::kWork, base::Fault::kDevice, now_).pause, std::chrono::hours(1));
}

TEST_F(FailureLadderTest, ADeviceThatComesBackWrongIsNotTriedForLong) {
  ladder_.up(now_);
  EXPECT_FALSE(fail(Cause::kWork).off);
  EXPECT_FALSE(fail(Cause::kSelfTest).off);
  EXPECT_FALSE(fail(Cause::kOpen).off);
  EXPECT_FALSE(fail(Cause::kSelfTest).off);
  EXPECT_TRUE(fail(Cause::kSelfTest).off);
}

TEST_F(FailureLadderTest, OneWrongAnswerAfterLossesIsNotTheEnd) {
  ladder_.up(now_);
  for (int i = 0; i < 5; ++i) EXPECT_FALSE(fail(Cause::kWork).off);
  EXPECT_FALSE(fail(Cause::kSelfTest).off);
  ladder_.up(now_);
  EXPECT_FALSE(fail(Cause::kSelfTest).off) << "the one before it was forgiven";
}

TEST_F(FailureLadderTest, TenMinutesOfSoundWorkForgive) {
  for (int day = 0; day < 100; ++day) {
    ladder_.up(now_);
    now_ += minutes(11);
    const auto step = fail(Cause::kWork);
    EXPECT_EQ(step.failures, 1);
    EXPECT_FALSE(step.off);
  }
}

TEST_F(FailureLadderTest, APauseIsNoSoundWork) {
  ladder_.up(now_);
  for (int i = 1; i < 8; ++i) {
    EXPECT_FALSE(fail(Cause::kOpen).off);
    now_ += minutes(30);
  }
  EXPECT_TRUE(fail(Cause::kOpen).off);
}

}  // namespace
}  // namespace miner
