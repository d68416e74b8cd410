#include "pool/race.h"

#include <gtest/gtest.h>

#include <set>

#include "poc/target.h"
#include "stratum/sprint_secret.h"
#include "tests/pool/rig.h"

namespace pool {
namespace {

using stratum::Code;
using stratum::server::SubmitWanted;
using tests::kNoon;
using tests::microseconds;
using tests::right_digest;
using tests::seconds;

const base::UnixTime kT0 = kNoon + seconds(10);
const base::UnixTime kEnd = kT0 + seconds(20);

TEST(Sprint, CommitsToItsSecretAndNamesItselfAnew) {
  const Config config = tests::rig_config();
  const auto random = tests::counting_random();
  std::set<std::string> ids;
  for (std::uint64_t n = 1; n <= 10; ++n) {
    const auto sprint = make_sprint(config, {n, kT0, kEnd}, random);
    ASSERT_TRUE(sprint.ok());
    EXPECT_TRUE(stratum::is_sprint_id(sprint->start.sprint)) << sprint->start.sprint;
    ids.insert(sprint->start.sprint);
    EXPECT_EQ(sprint->announcement.sprint, sprint->start.sprint);
    EXPECT_EQ(sprint->announcement.commitment, stratum::commit_to(sprint->start.secret));
    EXPECT_EQ(sprint->announcement.beacon, "none");
    EXPECT_EQ(sprint->start.start_seed,
              stratum::make_start_seed("rig", sprint->start.sprint, sprint->start.secret, "none"));
    EXPECT_EQ(sprint->announcement.t0, kT0);
    EXPECT_EQ(sprint->start.t_end, kEnd);
  }
  EXPECT_EQ(ids.size(), 10U);
}

TEST(Sprint, IsNotMadeWithoutRandomBytes) {
  const auto none = [](std::span<std::uint8_t>) { return false; };
  EXPECT_FALSE(make_sprint(tests::rig_config(), {1, kT0, kEnd}, none).ok());
}

constexpr std::size_t kBudget = 64;  // shares that may wait

/// A race with one participant and one lease of it.
class RaceTest : public testing::Test {
 protected:
  explicit RaceTest(std::uint64_t difficulty = 1) {
    config_.difficulty = difficulty;
    race_.emplace(config_, budgets_,
                  *make_sprint(config_, {1, kT0, kEnd}, tests::counting_random()));
    alice_.account = *poc::hash_identity("alice");
    bob_.account = *poc::hash_identity("bob");
    lease_ = grant(alice_, 0).at(0);
  }

  std::vector<stratum::Lease> grant(Participant& who, std::uint32_t device,
                                    std::uint32_t bits = kLeaseBits) {
    const stratum::ReadyDevice ready{device, "d", 0};
    return race_->grant(who, {&ready, 1}, bits, kNoon);
  }
  void start() { race_->start({1, kT0, kEnd}); }

  poc::Digest digest(std::uint64_t nonce) const {
    const Sprint& sprint = race_->sprint();
    return right_digest(
        poc::input_key({sprint.model(), sprint.start.start_seed, alice_.account}, nonce));
  }
  SubmitWanted claim(std::uint64_t nonce, base::UnixTime stamp = kT0) {
    return {0, "alice.w", race_->id(), {lease_.id, nonce, digest(nonce)}, ++seq_, stamp};
  }
  Code submit(const SubmitWanted& wanted) { return race_->submit(alice_, wanted).code; }

  Config config_ = tests::rig_config();
  VerifyBudgets budgets_{VerifyBudget(kBudget)};
  VerifyBudget& budget_ = budgets_.waiting;
  std::optional<Race> race_;
  Participant alice_;
  Participant bob_;
  std::vector<record::Decided> decided_;
  stratum::Lease lease_;
  std::uint64_t seq_ = 0;
};

class HardRaceTest : public RaceTest {
 protected:
  HardRaceTest() : RaceTest(poc::kMaxDifficulty) {}
};

TEST_F(RaceTest, StoresAGoodShare) {
  start();
  EXPECT_EQ(submit(claim(lease_.base)), Code::kOk);
  EXPECT_EQ(race_->book().count(Share::State::kStored), 1U);
}

// Each of the gate's codes, with nothing else wrong.

TEST_F(RaceTest, NotOpenBeforeTheStart) {
  const GateAnswer answer = race_->submit(alice_, claim(lease_.base));
  EXPECT_EQ(answer.code, Code::kNotOpen);
  EXPECT_GT(answer.retry_ms, 0U);
}

TEST_F(RaceTest, NotOpenForAStampBeforeT0) {
  start();
  EXPECT_EQ(submit(claim(lease_.base, kT0 - microseconds(1))), Code::kNotOpen);
  EXPECT_EQ(submit(claim(lease_.base, kT0)), Code::kOk);
}

TEST_F(RaceTest, LateIsAfterTheEndAndNotAtTheEnd) {
  start();
  EXPECT_EQ(submit(claim(lease_.base, kEnd)), Code::kOk);
  EXPECT_EQ(submit(claim(lease_.base + 1, kEnd + microseconds(1))), Code::kLate);
}

TEST_F(RaceTest, NotYourLease) {
  start();
  SubmitWanted unknown = claim(lease_.base);
  unknown.share.lease = 99;
  EXPECT_EQ(submit(unknown), Code::kNotYourLease);
  EXPECT_EQ(submit(claim(lease_.base + lease_.size())), Code::kNotYourLease);
  EXPECT_EQ(race_->submit(bob_, claim(lease_.base)).code, Code::kNotYourLease);
}

TEST_F(HardRaceTest, AboveTarget) {
  start();
  EXPECT_EQ(submit(claim(lease_.base)), Code::kAboveTarget);
  EXPECT_EQ(race_->book().size(), 0U);
}

TEST_F(RaceTest, AnotherDigestOfANonce) {
  start();
  EXPECT_EQ(submit(claim(lease_.base)), Code::kOk);
  SubmitWanted other = claim(lease_.base);
  other.share.digest.fill(1);
  EXPECT_EQ(submit(other), Code::kDuplicate);
}

TEST_F(RaceTest, BusyWhenTooManyWaitForVerification) {
  start();
  for (std::uint64_t i = 0; i < kBudget / 2; ++i) {
    ASSERT_EQ(submit(claim(lease_.base + i)), Code::kOk);
  }
  while (budget_.waiting() < kBudget) budget_.add(base::Bytes32{9});  // of other sprints
  SubmitWanted one_more = claim(lease_.base + kBudget);
  const GateAnswer busy = race_->submit(alice_, one_more);
  EXPECT_EQ(busy.code, Code::kBusy);
  EXPECT_GT(busy.retry_ms, 0U);
  while (budget_.of(base::Bytes32{9}) > 0) budget_.remove(base::Bytes32{9});
  tests::HandChecker checker;
  race_->feed(checker, kT0);
  race_->take(checker.right(), kT0, decided_);
  EXPECT_EQ(submit(one_more), Code::kOk);
}

// The order of the checks: of two faults the earlier is told.

TEST_F(RaceTest, AStoredRepeatIsTrueWhateverElseIsWrong) {
  start();
  SubmitWanted again = claim(lease_.base);
  EXPECT_EQ(submit(again), Code::kOk);
  again.share.lease = 99;
  again.stamp = kEnd + seconds(3600);
  const GateAnswer answer = race_->submit(alice_, again);
  EXPECT_EQ(answer.code, Code::kOk);
  EXPECT_TRUE(answer.repeat);
  EXPECT_EQ(race_->book().size(), 1U);
}

TEST_F(RaceTest, NotOpenComesBeforeLease) {
  SubmitWanted wanted = claim(lease_.base);
  wanted.share.lease = 99;
  EXPECT_EQ(submit(wanted), Code::kNotOpen);
}

TEST_F(RaceTest, LateComesBeforeLease) {
  start();
  SubmitWanted wanted = claim(lease_.base, kEnd + seconds(1));
  wanted.share.lease = 99;
  EXPECT_EQ(submit(wanted), Code::kLate);
}

TEST_F(HardRaceTest, LeaseComesBeforeTarget) {
  start();
  SubmitWanted wanted = claim(lease_.base);
  wanted.share.lease = 99;
  EXPECT_EQ(submit(wanted), Code::kNotYourLease);
}

/// A digest of this nonce whose ticket misses (or meets) the target of `difficulty`.
poc::Digest digest_for(const Sprint& sprint, const Participant& who, std::uint64_t nonce,
                       std::uint64_t difficulty, bool meets) {
  const poc::InputKey key =
      poc::input_key({sprint.model(), sprint.start.start_seed, who.account}, nonce);
  const auto target = poc::Target::from_difficulty(difficulty);
  poc::Digest digest{};
  while (target.met_by(poc::make_ticket(key, digest)) != meets) ++digest[0];
  return digest;
}

class EasyRaceTest : public RaceTest {
 protected:
  EasyRaceTest() : RaceTest(2) {}
};

TEST_F(EasyRaceTest, TargetComesBeforeAnotherDigest) {
  start();
  SubmitWanted wanted = claim(lease_.base);
  wanted.share.digest = digest_for(race_->sprint(), alice_, lease_.base, 2, true);
  ASSERT_EQ(submit(wanted), Code::kOk);
  wanted.share.digest = digest_for(race_->sprint(), alice_, lease_.base, 2, false);
  EXPECT_EQ(submit(wanted), Code::kAboveTarget);
}

TEST_F(RaceTest, AnotherDigestComesBeforeBusy) {
  start();
  for (std::uint64_t i = 0; i < kBudget; ++i) submit(claim(lease_.base + i));
  ASSERT_EQ(submit(claim(lease_.base + kBudget)), Code::kBusy);
  SubmitWanted other = claim(lease_.base);
  other.share.digest.fill(1);
  EXPECT_EQ(submit(other), Code::kDuplicate);
}

// Leases.

TEST_F(RaceTest, GrantsSixteenLeasesADevice) {
  for (int i = 1; i < 16; ++i) EXPECT_EQ(grant(alice_, 0).size(), 1U);
  EXPECT_TRUE(grant(alice_, 0).empty());
  EXPECT_EQ(grant(alice_, 1).size(), 1U);
  EXPECT_EQ(grant(bob_, 0).size(), 1U);
}

TEST_F(RaceTest, GrantsLeasesToSixtyFourDevicesOfASession) {
  for (std::uint32_t device = 1; device < 64; ++device) {
    EXPECT_EQ(grant(alice_, device).size(), 1U);
  }
  EXPECT_TRUE(grant(alice_, 64).empty());
}

TEST_F(RaceTest, KeepsADevicesRateForItsLaterLeases) {
  config_.difficulty.reset();
  stratum::ReadyDevice ready{7, "d", 4'800'000};
  EXPECT_EQ(race_->grant(bob_, {&ready, 1}, kLeaseBits, kNoon).at(0).difficulty, 4000U);
  ready.rate_per_1000s = 0;
  EXPECT_EQ(race_->grant(bob_, {&ready, 1}, kLeaseBits, kNoon).at(0).difficulty, 4000U);
  // In mid-race it is for what remains.
  start();
  EXPECT_EQ(race_->grant(bob_, {&ready, 1}, kLeaseBits, kEnd - seconds(5)).at(0).difficulty, 1000U);
}

// Withdrawals and what is told.

TEST_F(RaceTest, WithdrawsUntilTheGraceIsOver) {
  start();
  for (std::uint64_t i = 0; i < 3; ++i) submit(claim(lease_.base + i));
  const base::UnixTime last = kEnd + config_.withdraw_grace;
  EXPECT_EQ(race_->withdraw(alice_, {0, race_->id(), {1, 99}, kT0}).size(), 1U);
  EXPECT_EQ(race_->withdraw(alice_, {0, race_->id(), {1}, kT0}).size(), 0U);
  EXPECT_EQ(race_->withdraw(alice_, {0, race_->id(), {2}, last}).size(), 1U);
  EXPECT_EQ(race_->withdraw(alice_, {0, race_->id(), {3}, last + microseconds(1)}).size(), 0U);
  EXPECT_EQ(race_->withdraw(bob_, {0, race_->id(), {3}, kT0}).size(), 0U);
}

TEST_F(RaceTest, TellsEachShareByTheSeqItWasLastSentWith) {
  start();
  SubmitWanted bad = claim(lease_.base);
  bad.share.digest.fill(1);
  submit(bad);
  bad.seq = 50;
  submit(bad);
  submit(claim(lease_.base + 1));
  tests::HandChecker checker;
  race_->feed(checker, kT0);
  race_->take(checker.right(), kT0, decided_);
  const stratum::Verdict verdict = race_->verdict(alice_);
  EXPECT_EQ(verdict.verified, 1U);
  ASSERT_EQ(verdict.voided.size(), 1U);
  EXPECT_EQ(verdict.voided[0].seq, 50U);
  EXPECT_EQ(verdict.voided[0].code, Code::kWrongDigest);
}

TEST_F(RaceTest, AWrongDigestSaysNothingAboutAnother) {
  start();
  SubmitWanted bad = claim(lease_.base);
  bad.share.digest.fill(1);
  submit(bad);
  tests::HandChecker checker;
  race_->feed(checker, kT0);
  race_->take(checker.right(), kT0, decided_);
  EXPECT_EQ(submit(claim(lease_.base)), Code::kOk);
  race_->feed(checker, kT0);
  race_->take(checker.right(), kT0, decided_);
  const stratum::Verdict verdict = race_->verdict(alice_);
  EXPECT_EQ(verdict.verified, 1U);
  ASSERT_EQ(verdict.voided.size(), 1U);
  EXPECT_EQ(verdict.voided[0].seq, 1U);
}

TEST_F(RaceTest, CountsFinallyAnsweredSeqs) {
  EXPECT_EQ(submit(claim(lease_.base)), Code::kNotOpen);  // not final
  start();
  seq_ = 0;
  submit(claim(lease_.base));
  submit(claim(lease_.base));                  // a repeat
  submit(claim(lease_.base + lease_.size()));  // refused
  EXPECT_EQ(alice_.acked, 3U);
}

// Verification.

TEST_F(RaceTest, S13_KeepsSharesProvisionalWhileVerificationFails) {
  start();
  submit(claim(lease_.base));
  tests::HandChecker checker;
  race_->feed(checker, kT0);
  EXPECT_FALSE(race_->take(checker.failed("no"), kT0, decided_));
  EXPECT_EQ(race_->book().count(Share::State::kStored), 1U);
  race_->feed(checker, kT0 + microseconds(1));
  EXPECT_TRUE(checker.jobs.empty()) << "tried again at once";
  ASSERT_TRUE(race_->wake({true, true}));
  race_->feed(checker, *race_->wake({true, true}));
  EXPECT_TRUE(race_->take(checker.right(), *race_->wake({true, true}), decided_));
  EXPECT_EQ(race_->book().count(Share::State::kVerified), 1U);
}

TEST_F(RaceTest, WaitsForRoomAtTheChecker) {
  start();
  for (std::uint64_t i = 0; i < 5; ++i) submit(claim(lease_.base + i));
  tests::HandChecker checker;
  checker.capacity = 2;
  base::UnixTime now = kT0;
  for (int round = 0; race_->book().count(Share::State::kVerified) < 5; ++round) {
    ASSERT_LT(round, 5);
    race_->feed(checker, now);
    race_->take(checker.right(), now, decided_);
    now = race_->wake({true, true}).value_or(now);
  }
}

TEST_F(RaceTest, IsHopelessAfterManyFailuresSinceTheEnd) {
  start();
  submit(claim(lease_.base));
  tests::HandChecker checker;
  base::UnixTime now = kT0;
  const auto fail = [&](int times) {
    for (int i = 0; i < times; ++i) {
      race_->feed(checker, now);
      race_->take(checker.failed("no"), now, decided_);
      now += seconds(1);
    }
  };
  fail(20);
  EXPECT_FALSE(race_->hopeless());
  race_->end();
  EXPECT_FALSE(race_->hopeless());
  fail(7);
  EXPECT_FALSE(race_->hopeless());
  fail(1);
  EXPECT_TRUE(race_->hopeless());
}

TEST_F(RaceTest, IsSettledJustAfterTheEndUnlessSomethingIsOpen) {
  start();
  EXPECT_FALSE(race_->settled_at());
  race_->end();
  EXPECT_EQ(race_->settled_at(), kEnd + microseconds(1));
  submit(claim(lease_.base, kEnd));
  EXPECT_FALSE(race_->settled_at());
}

}  // namespace
}  // namespace pool
