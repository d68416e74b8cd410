#include "stratum/sprint_secret.h"
#include "tests/pool/sampling_pool_fixture.h"

// Whose shares wait, and when and what is drawn.
namespace pool {
namespace {

using State = Share::State;
using testing::HasSubstr;
using testing::Not;

TEST_F(SamplingPoolTest, TheAnnouncementBindsThePoolAndTheResultShowsWhy) {
  begin();
  rig_->at(kNoon);
  TestMiner& alice = miner("alice");
  const std::string announced = alice.last("sprint.announce", sprint());
  EXPECT_THAT(announced, HasSubstr(R"("draw_beacon":"none")"));
  rig_->at(kT0);
  submit(alice);
  EXPECT_THAT(alice.last("mining.notify", sprint()), Not(HasSubstr("draw")));
  rig_->at(kEnd + microseconds(1));
  rig_->at(kLastWord);
  rig_->verify();
  const auto& shown = audit().outcome.draw.value();
  EXPECT_THAT(announced, HasSubstr(base::to_hex(stratum::commit_to_draw(shown.secret))));
  EXPECT_THAT(
      alice.last("sprint.result", sprint()),
      HasSubstr(R"("draw":{"secret":")" + base::to_hex(shown.secret) + R"(","value":"none"})"));
}

TEST_F(SamplingPoolTest, OnlyNewAccountsAreRecomputedBeforeTheDraw) {
  begin();
  rig_->at(kNoon);
  TestMiner& alice = miner("alice");
  TestMiner& bob = miner("bob");
  rig_->at(kT0);
  submit(alice);
  EXPECT_TRUE(rig_->checker.jobs.empty());
  submit(bob);
  EXPECT_EQ(rig_->checker.jobs.size(), kShares);
}

TEST_F(SamplingPoolTest, TheSampleIsDrawnAfterTheLastWithdrawalAndTheRestIsCreditedUnseen) {
  begin();
  rig_->at(kNoon);
  TestMiner& alice = miner("alice");
  TestMiner& carol = miner("carol");
  rig_->at(kT0);
  submit(alice);
  submit(carol);
  rig_->at(kEnd + seconds(5));
  EXPECT_TRUE(rig_->checker.jobs.empty()) << "a share can still be withdrawn";
  EXPECT_EQ(rig_->pool.wake(), kLastWord);
  EXPECT_EQ(carol.withdraw(sprint(), 7), 1U);
  rig_->at(kLastWord);
  const std::size_t drawn = rig_->checker.jobs.size();
  EXPECT_GE(drawn, 2U + 3U);
  EXPECT_LT(drawn, kShares);
  EXPECT_FALSE(alice.heard("sprint.result", sprint())) << "not before they are recomputed";
  rig_->verify();
  EXPECT_THAT(alice.last("sprint.result", sprint()), HasSubstr(R"("credit":24,"total":47)"));
  EXPECT_THAT(carol.last("sprint.result", sprint()), HasSubstr(R"("credit":23)"));
  EXPECT_EQ(failed_checks(audit()), std::vector<std::string>());
  EXPECT_EQ(count("alice", State::kVerified) + count("carol", State::kVerified), drawn);
  EXPECT_EQ(count("carol", State::kWithdrawn), 1U);
  EXPECT_EQ(rig_->pool.summary().unseen, 47 - drawn);
  EXPECT_EQ(judged("alice").moved, (Moved{24'511, 24'000, 0}));
}

TEST_F(SamplingPoolTest, AnUnseenShareHasItsProof) {
  const auto miners = raced_by({{"alice", kShares}});
  TestMiner& alice = *miners[0];
  rig_->at(kLastWord);
  rig_->verify();
  const auto unseen =
      std::find_if(audit().shares.begin(), audit().shares.end(),
                   [](const AuditShare& share) { return share.state == State::kUnseen; });
  ASSERT_NE(unseen, audit().shares.end());
  const std::string told =
      alice.ask("sprint.status", R"({"sprint":")" + sprint() + R"(","nonces":[")" +
                                     base::to_hex(unseen->nonce) + R"("]})");
  EXPECT_THAT(told, HasSubstr(R"("state":"unseen","difficulty":1,"index":)"));
  EXPECT_THAT(told, HasSubstr(R"("proof":[")"));
}

TEST_F(SamplingPoolTest, SprintsAreDrawnAndJudgedInTheirOrder) {
  begin();
  rig_->at(kNoon);
  TestMiner& alice = miner("alice");
  rig_->at(kT0);
  submit(alice);
  rig_->at(kEnd);
  number_ = 6;
  leases_["alice"] = alice.ready(sprint());
  rig_->at(kEnd + microseconds(1));
  submit(alice);
  rig_->at(kLastWord);
  const std::size_t first = rig_->checker.jobs.size();
  EXPECT_LT(first, kShares);
  rig_->at(kLastWord + seconds(25));
  EXPECT_EQ(rig_->checker.jobs.size(), first) << "the first is not judged";
  rig_->verify();
  EXPECT_FALSE(rig_->checker.jobs.empty()) << "now it is";
  rig_->verify();
  EXPECT_TRUE(alice.heard("sprint.result", sprint()));
  EXPECT_EQ(judged("alice").held.back().sprint, 6U);
}

TEST_F(SamplingPoolTest, ARestartDrawsTheSameSample) {
  raced_by({{"alice", kShares}});
  restart();
  rig_->at(kEnd + seconds(5));
  EXPECT_TRUE(rig_->checker.jobs.empty());
  rig_->at(kLastWord);
  const auto nonces = [&] {
    std::vector<std::uint64_t> all;
    for (const CheckJob& job : rig_->checker.jobs) all.push_back(job.nonce);
    return all;
  };
  const auto drawn = nonces();
  ASSERT_FALSE(drawn.empty());
  restart();
  rig_->at(rig_->now);
  EXPECT_EQ(nonces(), drawn);
  rig_->verify();
  EXPECT_EQ(count("alice", State::kUnseen), kShares - drawn.size());
  EXPECT_EQ(failed_checks(audit()), std::vector<std::string>());
  const AuditRecord before = audit();
  restart();
  EXPECT_EQ(rig_->connect("alice").code_of("mining.ping", "[]"), 0);
  const auto& last = std::get<record::Closed>(journal_.records.back());
  EXPECT_EQ(last.settled->credits.at("alice"), 24U);
}

TEST_F(SamplingPoolTest, APoolThatDoesNotSampleAnyMoreRecomputesAll) {
  for (const bool drawn : {false, true}) {
    journal_.records.clear();
    config_ = sampling_config();
    now_ = kNoon;
    begin();
    rig_->at(kNoon);
    TestMiner& alice = miner("alice");
    rig_->at(kT0);
    submit(alice);
    if (drawn) rig_->at(kEnd + microseconds(1));
    if (drawn) rig_->at(kLastWord);
    config_.sampling.reset();
    restart();
    rig_->at(std::max(rig_->now, kEnd + microseconds(1)));
    EXPECT_EQ(rig_->checker.jobs.size(), kShares);
    rig_->verify();
    ASSERT_EQ(rig_->audits.records.size(), 1U);
    EXPECT_EQ(count("alice", State::kVerified), kShares);
    EXPECT_FALSE(audit().outcome.draw.has_value());
    EXPECT_EQ(failed_checks(audit()), std::vector<std::string>());
    EXPECT_FALSE(std::get<record::Closed>(journal_.records.back()).settled->judged.has_value());
    EXPECT_FALSE(journal_.saved().races.at(0).sprint.draw->value.has_value());
  }
}

TEST_F(SamplingPoolTest, ASprintWithoutASharePassesAtOnceAndReleases) {
  begin();
  rig_->at(kNoon);
  rig_->connect("alice");
  rig_->at(kT0);
  rig_->at(kEnd + microseconds(1));
  rig_->at(kLastWord);
  EXPECT_EQ(judged("alice").moved, (Moved{0, 24'000, 0}));
}

}  // namespace
}  // namespace pool
