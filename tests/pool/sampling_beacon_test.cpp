#include "tests/pool/sampling_pool_fixture.h"

// Draws by the value of a beacon.
namespace pool {
namespace {

using State = Share::State;
using testing::HasSubstr;
using testing::Not;

TEST_F(SamplingPoolTest, WithABeaconTheDrawWaitsForItsValue) {
  TestMiner& alice = raced(seconds(2));
  EXPECT_THAT(alice.last("sprint.announce", sprint()), HasSubstr(R"("draw_beacon":"fake:5:draw")"));
  EXPECT_EQ(asked_for_draw(), kEnd + seconds(10)) << "after the last withdrawal, as planned";
  rig_->at(kEnd + seconds(10));
  EXPECT_TRUE(rig_->checker.jobs.empty());
  tell(BeaconUse::kDraw, "v2");
  EXPECT_FALSE(rig_->checker.jobs.empty());
  rig_->verify();
  EXPECT_THAT(alice.last("sprint.result", sprint()), HasSubstr(R"("value":"v2")"));
  EXPECT_EQ(failed_checks(audit()), std::vector<std::string>());
  EXPECT_GT(count("alice", State::kUnseen), 0U);
}

TEST_F(SamplingPoolTest, AValueThatDoesNotComeIsNotWaitedForForEver) {
  TestMiner& alice = raced(seconds(2));
  rig_->at(kEnd + seconds(70) - microseconds(1));
  EXPECT_TRUE(rig_->checker.jobs.empty());
  rig_->at(kEnd + seconds(70));
  EXPECT_EQ(rig_->checker.jobs.size(), kShares);
  EXPECT_EQ(rig_->log.warnings("every share is recomputed"), 1U);
  rig_->verify();
  EXPECT_THAT(alice.last("sprint.result", sprint()), Not(HasSubstr("draw")));
  EXPECT_EQ(failed_checks(audit()), std::vector<std::string>());
  EXPECT_EQ(judged("alice").moved.held, kReward) << "all the same";
  tell(BeaconUse::kDraw, "v2");  // too late, and of no use
}

TEST_F(SamplingPoolTest, AStartThatSlippedBeyondTheDrawMeansAll) {
  raced(seconds(6));
  tell(BeaconUse::kDraw, "known while shares can be withdrawn");
  EXPECT_TRUE(rig_->checker.jobs.empty());
  rig_->at(kLastWord + seconds(6));
  EXPECT_EQ(rig_->checker.jobs.size(), kShares);
}

TEST_F(SamplingPoolTest, TheValueIsAskedForAgainAfterARestart) {
  raced(seconds(2));
  fake_.wanted.clear();
  restart();
  rig_->at(rig_->now);
  EXPECT_EQ(asked_for_draw(), kEnd + seconds(10));
  rig_->at(kEnd + seconds(10));
  tell(BeaconUse::kDraw, "v2");
  EXPECT_FALSE(rig_->checker.jobs.empty());
  EXPECT_LT(rig_->checker.jobs.size(), kShares);
}

}  // namespace
}  // namespace pool
