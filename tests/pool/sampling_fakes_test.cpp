#include <utility>

#include "tests/pool/sampling_pool_fixture.h"

// What a wrong share costs, its account and the verifier.
namespace pool {
namespace {

using State = Share::State;
using testing::HasSubstr;

TEST_F(SamplingPoolTest, OneWrongShareForfeitsWhatTheAccountEarnedAndHolds) {
  const auto miners = raced_by({{"alice", 60}, {"carol", kShares}});
  TestMiner& alice = *miners[0];
  rig_->at(kLastWord);
  const std::size_t of_alice = jobs_of("alice");
  ASSERT_GE(of_alice, 2U);
  bool lied = false;
  answer_wrong([&](const CheckJob& job) {
    return job.account == hash_of("alice") && !std::exchange(lied, true);
  });
  EXPECT_TRUE(rig_->checker.jobs.empty()) << "nothing is computed for what is forfeited";
  EXPECT_EQ(count("alice", State::kWrong), 1U);
  EXPECT_EQ(count("alice", State::kVerified), of_alice - 1);
  EXPECT_EQ(count("alice", State::kForfeited), 60 - of_alice);
  EXPECT_EQ(count("alice", State::kUnseen), 0U);
  EXPECT_GT(count("carol", State::kUnseen), 0U);
  EXPECT_EQ(failed_checks(audit()), std::vector<std::string>());
  EXPECT_THAT(alice.last("sprint.verdict", sprint()),
              HasSubstr(R"(,20,"forfeited: a share of the account is wrong"])"));
  const std::uint64_t void_nonce = forfeited_nonce("alice");
  EXPECT_EQ(
      alice.submit(sprint(), leases_["alice"], void_nonce, alice.digest(sprint(), void_nonce), 99),
      20);
  EXPECT_FALSE(alice.told_something()) << "one wrong share is no conduct to be warned of";
  const record::Judged cost = judged("alice");
  EXPECT_EQ(cost.moved.held + cost.moved.released, 0U);
  EXPECT_EQ(cost.moved.forfeited + judged("carol").moved.held, 4 * 24'000 + kReward)
      << "all that is held, and this sprint's";
  EXPECT_EQ(cost.reputation, (ReputationRow{0, 0, 1}));
  EXPECT_TRUE(cost.held.empty());
}

TEST_F(SamplingPoolTest, OfAFloodOfFakesAFewAreRecomputed) {
  raced_by({{"alice", 2000}});
  rig_->checker.capacity = 16;
  rig_->at(kLastWord);
  EXPECT_EQ(rig_->checker.jobs.size(), 16U);
  answer_wrong([](const CheckJob&) { return true; });
  EXPECT_EQ(count("alice", State::kWrong), 16U);
  EXPECT_EQ(count("alice", State::kForfeited), 2000U - 16U);
  EXPECT_EQ(failed_checks(audit()), std::vector<std::string>());
}

TEST_F(SamplingPoolTest, AVerifierThatIsNotBelievedForfeitsNothing) {
  raced_by({{"alice", kShares}, {"carol", kShares}});
  rig_->at(kLastWord);
  auto& jobs = rig_->checker.jobs;
  const auto first = std::find_if(jobs.begin(), jobs.end(), [&](const CheckJob& job) {
    return job.account == hash_of("alice");
  });
  std::vector<CheckJob> others(jobs.begin(), jobs.end());
  others.erase(others.begin() + (first - jobs.begin()));
  jobs = {*first};
  const Checked doubtful{{*first}, base::wrong_result("it computes wrong")};
  answer_wrong([](const CheckJob&) { return true; });
  rig_->pool.checked(doubtful, rig_->now);
  EXPECT_EQ(jobs_of("alice"), kShares - (jobs_in(others, "alice"))) << "all that nobody looked at";
  jobs.insert(jobs.end(), others.begin(), others.end());
  rig_->verify();
  EXPECT_EQ(count("alice", State::kVerified), kShares);
  EXPECT_EQ(judged("alice").moved.forfeited, 0U);
  EXPECT_EQ(failed_checks(audit()), std::vector<std::string>());
}

TEST_F(SamplingPoolTest, WhoHasTooLittleAtStakeIsRecomputedWhole) {
  begin();
  rig_->at(kNoon);
  TestMiner& poor = miner("poor");
  rig_->at(kT0);
  submit(poor);
  EXPECT_TRUE(rig_->checker.jobs.empty()) << "its standing is good: not yet";
  rig_->at(kEnd + microseconds(1));
  rig_->at(kLastWord);
  EXPECT_EQ(rig_->checker.jobs.size(), kShares);
}

/// A mass of fakes by another name makes a share look cheap, until they are void.
TEST_F(SamplingPoolTest, A10_FakesOfAThrowAwayNameMakeNoSampleSmaller) {
  // alone they are worth 6000 each: all are recomputed
  raced_by({{"small", 8}, {"nobody", 200}});
  rig_->at(kLastWord);
  const std::size_t drawn = rig_->checker.jobs.size() - 200;
  EXPECT_LT(drawn, 8U);
  rig_->pool.checked(rig_->checker.right_but_for(
                         [&](const CheckJob& job) { return job.account == hash_of("nobody"); }),
                     rig_->now);
  EXPECT_EQ(rig_->checker.jobs.size(), 8 - drawn) << "the others, now that the fakes are void";
  rig_->verify();
  EXPECT_EQ(count("small", State::kVerified), 8U);
  EXPECT_EQ(failed_checks(audit()), std::vector<std::string>());
}

/// An audit of a sampled sprint, with a fault.
struct Spoilt {
  const char* name;
  void (*spoil)(AuditRecord& record);
  const char* says;
};

AuditShare& first_of(AuditRecord& record, State state) {
  return *std::find_if(record.shares.begin(), record.shares.end(),
                       [&](const AuditShare& share) { return share.state == state; });
}

TEST_F(SamplingPoolTest, AnAuditShowsWhatWasNotRecomputedAndShouldHaveBeen) {
  raced_by({{"alice", kShares}, {"carol", kShares}});
  rig_->at(kLastWord);
  rig_->verify();
  const Spoilt cases[] = {
      {"one of the sample is unseen",
       [](AuditRecord& r) { first_of(r, State::kVerified).state = State::kUnseen; },
       "was not recomputed, and is in the sample"},
      {"a wrong one, and others unseen",
       [](AuditRecord& r) { first_of(r, State::kVerified).state = State::kWrong; },
       "was not recomputed, its account has a wrong share"},
      {"forfeited without a wrong one",
       [](AuditRecord& r) { first_of(r, State::kUnseen).state = State::kForfeited; },
       "is forfeited, its account has no wrong share"},
      {"another secret", [](AuditRecord& r) { r.outcome.draw->secret[0] ^= 1; },
       "not the one that was committed to"},
      {"a value although none was announced",
       [](AuditRecord& r) { r.outcome.draw->value = "drand:1"; }, "none announced and one used"},
      {"no draw", [](AuditRecord& r) { r.outcome.draw.reset(); }, "its account has no rate"},
      {"none announced", [](AuditRecord& r) { r.header.draw.reset(); },
       "a sample was drawn, and none announced"},
      {"no rate", [](AuditRecord& r) { r.credits[0].rate.reset(); }, "its account has no rate"},
      {"a higher rate", [](AuditRecord& r) { r.credits[0].rate = kEveryShare; },
       "and is in the sample"},
  };
  for (const Spoilt& one : cases) {
    AuditRecord record = audit();
    one.spoil(record);
    std::string said;
    for (const AuditCheck& check : check_audit_sums(record)) {
      if (check.name != "sample") continue;
      for (const std::string& fault : check.told) said += fault + "\n";
    }
    EXPECT_THAT(said, HasSubstr(one.says)) << one.name;
  }
}

}  // namespace
}  // namespace pool
