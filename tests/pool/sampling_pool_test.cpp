#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "pool/audit_check.h"
#include "stratum/sprint_secret.h"
#include "tests/pool/fake_beacon.h"
#include "tests/pool/rig.h"

// A pool that recomputes a sample: whose shares wait, when and what it draws, what a wrong share
// costs. Source: the sampling page.
namespace pool {
namespace {

using State = Share::State;
using testing::HasSubstr;
using testing::Not;
using tests::kNoon;
using tests::microseconds;
using tests::seconds;
using tests::TestMiner;

constexpr base::UnixTime kT0 = kNoon + seconds(10);
constexpr base::UnixTime kEnd = kT0 + seconds(20);
constexpr base::UnixTime kLastWord = kEnd + seconds(5) + microseconds(1);
constexpr std::uint64_t kReward = 48'000;
constexpr std::size_t kShares = 24;

Config sampling_config() {
  Config config = tests::rig_config();
  config.database = "x";
  config.sampling.emplace();
  config.rewards.reward = kReward;
  return config;
}

/// An account that was right for long, and of which so much is held in each of four sprints.
Saved::Known known(const std::string& account, std::int64_t shares, std::int64_t sprints,
                   std::uint64_t held) {
  Saved::Known row{account, {shares, sprints, 0}, {}};
  for (std::uint64_t sprint = 1; sprint <= 4 && held > 0; ++sprint) {
    row.held.push_back({sprint, held});
  }
  return row;
}

class SamplingPoolTest : public testing::Test {
 protected:
  SamplingPoolTest() {
    journal_.writes_at_once = true;
    journal_.earlier.last_sprint = 4;
    journal_.earlier.known = {known("alice", 2000, 200, 24'000), known("carol", 100, 10, 24'000),
                              known("poor", 2000, 200, 100), known("small", 2000, 200, 5000)};
  }

  void begin() {
    rig_ = std::make_unique<tests::PoolRig>(config_, &journal_, journal_.saved(), now_, beacon_);
  }
  /// With a beacon: a value that the pool asked for.
  void tell(const BeaconUse use, const std::string& value) {
    const std::string name = use == BeaconUse::kDraw ? "fake:5:draw" : "fake:5";
    rig_->pool.drawn({number_, use, name, value}, rig_->now);
    rig_->settle();
  }
  /// With a beacon: alice's shares, of a sprint whose start value came so much late.
  TestMiner& raced(base::Micros late) {
    beacon_ = &fake_;
    begin();
    rig_->at(kNoon);
    TestMiner& alice = miner("alice");
    rig_->at(kT0);
    rig_->at(kT0 + late);
    tell(BeaconUse::kStart, "v1");
    submit(alice);
    rig_->at(kEnd + late + microseconds(1));
    return alice;
  }
  /// The pool dies and comes back with what its journal holds.
  void restart() {
    now_ = rig_->now;
    rig_.reset();
    begin();
  }
  /// A miner with a lease of the sprint that is announced.
  TestMiner& miner(const std::string& account) {
    TestMiner& made = rig_->connect(account);
    leases_[account] = made.ready(sprint());
    return made;
  }
  std::string sprint() const { return rig_->sprint(number_); }
  std::uint64_t nonce(const std::string& account, std::size_t share) {
    return leases_.at(account).base + share;
  }
  void submit(TestMiner& from, std::size_t shares = kShares, std::size_t first = 0) {
    for (std::size_t i = first; i < first + shares; ++i) {
      const std::uint64_t at = nonce(from.account, i);
      ASSERT_EQ(
          from.submit(sprint(), leases_.at(from.account), at, from.digest(sprint(), at), i + 1), 0);
    }
  }
  static base::Bytes32 hash_of(const std::string& account) {
    return poc::sha256(base::as_bytes(account));
  }
  static std::size_t jobs_in(const std::vector<CheckJob>& jobs, const std::string& account) {
    return static_cast<std::size_t>(
        std::count_if(jobs.begin(), jobs.end(),
                      [&](const CheckJob& job) { return job.account == hash_of(account); }));
  }
  std::size_t jobs_of(const std::string& account) const {
    return jobs_in(rig_->checker.jobs, account);
  }
  /// All that wait are answered; these come out wrong.
  void answer_wrong(const std::function<bool(const CheckJob&)>& is_wrong) {
    rig_->pool.checked(rig_->checker.right_but_for(is_wrong), rig_->now);
    rig_->settle();
  }
  std::uint64_t forfeited_nonce(const std::string& account) const {
    for (const AuditShare& share : audit().shares) {
      const bool its = share.account == hash_of(account) && share.state == State::kForfeited;
      if (its) return share.nonce;
    }
    ADD_FAILURE() << "none is forfeited";
    return 0;
  }
  /// Of the newest audit.
  const AuditRecord& audit() const { return *rig_->audits.records.back(); }
  std::size_t count(const std::string& account, State state) const {
    const base::Bytes32 hash = hash_of(account);
    const auto& shares = audit().shares;
    return static_cast<std::size_t>(std::count_if(
        shares.begin(), shares.end(),
        [&](const AuditShare& share) { return share.account == hash && share.state == state; }));
  }
  static std::vector<std::string> failed_checks(const AuditRecord& record) {
    std::vector<std::string> names;
    for (const AuditCheck& check : check_audit_sums(record)) {
      if (check.outcome() != AuditCheck::Outcome::kPassed) names.emplace_back(check.name);
    }
    return names;
  }
  /// What the journal was told of an account by the sprint closed last.
  record::Judged judged(const std::string& account) const {
    for (auto at = journal_.records.rbegin(); at != journal_.records.rend(); ++at) {
      const auto* closed = std::get_if<record::Closed>(&*at);
      if (closed == nullptr) continue;
      for (const record::Judged& one : closed->settled.value().judged.value()) {
        if (one.account == account) return one;
      }
      break;
    }
    ADD_FAILURE() << account << " was not judged";
    return {};
  }
  bool said(const std::string& line) const { return rig_->log.count(line) > 0; }

  /// From when on the value of the draw was asked for.
  base::UnixTime asked_for_draw() const {
    for (const auto& wanted : fake_.wanted) {
      if (wanted.value.name == "fake:5:draw") return wanted.at;
    }
    ADD_FAILURE() << "not at all";
    return {};
  }

  tests::FakeBeacon fake_;
  Beacon* beacon_ = nullptr;
  Config config_ = sampling_config();
  tests::HandJournal journal_;
  base::UnixTime now_ = kNoon;
  std::unique_ptr<tests::PoolRig> rig_;
  std::map<std::string, stratum::Lease> leases_;
  std::uint64_t number_ = 5;
};

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
  begin();
  rig_->at(kNoon);
  TestMiner& alice = miner("alice");
  rig_->at(kT0);
  submit(alice);
  rig_->at(kEnd + microseconds(1));
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

TEST_F(SamplingPoolTest, OneWrongShareForfeitsWhatTheAccountEarnedAndHolds) {
  begin();
  rig_->at(kNoon);
  TestMiner& alice = miner("alice");
  TestMiner& carol = miner("carol");
  rig_->at(kT0);
  submit(alice);
  submit(carol);
  rig_->at(kEnd + microseconds(1));
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
  EXPECT_EQ(count("alice", State::kForfeited), kShares - of_alice);
  EXPECT_EQ(count("alice", State::kUnseen), 0U);
  EXPECT_GT(count("carol", State::kUnseen), 0U);
  EXPECT_EQ(failed_checks(audit()), std::vector<std::string>());
  EXPECT_THAT(alice.last("sprint.verdict", sprint()),
              HasSubstr(R"(,30,"forfeited: a share of the account is wrong"])"));
  const std::uint64_t void_nonce = forfeited_nonce("alice");
  EXPECT_EQ(
      alice.submit(sprint(), leases_["alice"], void_nonce, alice.digest(sprint(), void_nonce), 99),
      30);
  const record::Judged cost = judged("alice");
  EXPECT_EQ(cost.moved.held + cost.moved.released, 0U);
  EXPECT_EQ(cost.moved.forfeited + judged("carol").moved.held, 4 * 24'000 + kReward)
      << "all that is held, and this sprint's";
  EXPECT_EQ(cost.reputation, (ReputationRow{0, 0, 1}));
  EXPECT_TRUE(cost.held.empty());
}

TEST_F(SamplingPoolTest, OfAFloodOfFakesAFewAreRecomputed) {
  begin();
  rig_->at(kNoon);
  TestMiner& alice = miner("alice");
  rig_->at(kT0);
  submit(alice, 2000);
  rig_->at(kEnd + microseconds(1));
  rig_->checker.capacity = 16;
  rig_->at(kLastWord);
  EXPECT_EQ(rig_->checker.jobs.size(), 16U);
  answer_wrong([](const CheckJob&) { return true; });
  EXPECT_EQ(count("alice", State::kWrong), 16U);
  EXPECT_EQ(count("alice", State::kForfeited), 2000U - 16U);
  EXPECT_EQ(failed_checks(audit()), std::vector<std::string>());
}

TEST_F(SamplingPoolTest, AVerifierThatIsNotBelievedForfeitsNothing) {
  begin();
  rig_->at(kNoon);
  TestMiner& alice = miner("alice");
  TestMiner& carol = miner("carol");
  rig_->at(kT0);
  submit(alice);
  submit(carol);
  rig_->at(kEnd + microseconds(1));
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
  begin();
  rig_->at(kNoon);
  TestMiner& small = miner("small");
  TestMiner& nobody = miner("nobody");
  rig_->at(kT0);
  submit(small, 8);  // alone they are worth 6000 each: all are recomputed
  submit(nobody, 200);
  rig_->at(kEnd + microseconds(1));
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
  begin();
  rig_->at(kNoon);
  TestMiner& alice = miner("alice");
  rig_->at(kT0);
  submit(alice);
  rig_->at(kEnd + microseconds(1));
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
  EXPECT_EQ(asked_for_draw(), kEnd + seconds(10));
  rig_->at(kEnd + seconds(10));
  tell(BeaconUse::kDraw, "v2");
  EXPECT_FALSE(rig_->checker.jobs.empty());
  EXPECT_LT(rig_->checker.jobs.size(), kShares);
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
  begin();
  rig_->at(kNoon);
  TestMiner& alice = miner("alice");
  TestMiner& carol = miner("carol");
  rig_->at(kT0);
  submit(alice);
  submit(carol);
  rig_->at(kEnd + microseconds(1));
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
