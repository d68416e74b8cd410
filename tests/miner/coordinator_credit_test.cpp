// What the coordinator makes of results: proofs that it asks for, rates, and the end of a run.
#include <gmock/gmock.h>

#include "tests/miner/coordinator_fixture.h"

namespace miner {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;

class CoordinatorCredit : public CoordinatorTest {
 protected:
  /// A sprint in which the first device finds so many shares, credited and told.
  void sprint_with(std::uint64_t shares, const std::string& id = "s-1") {
    race(id);
    for (std::uint64_t n = 0; n < shares; ++n) find(0, n);
    finish(id);
  }
  /// The next request is sent, and answered.
  void tick() {
    clock_.advance(milliseconds(100));
    coordinator_->tick(clock_.now());
    pump_if_connected();
  }
};

TEST_F(CoordinatorCredit, AFewSharesAreProvenAndTheRunEndsAfterThat) {
  make(1);
  connect();
  sprint_with(20);
  EXPECT_FALSE(coordinator_->ending()) << "the pool is still to be asked";
  tick();
  tick();
  ASSERT_TRUE(coordinator_->ending());
  EXPECT_EQ(coordinator_->ending()->code, ExitCode::kClean);
  EXPECT_EQ(snapshot().credit_checks, (CreditChecks{1, 0, 0, 8, ""}));
  EXPECT_EQ(pool_.statuses.size(), 2U);
}

TEST_F(CoordinatorCredit, AllSharesWhereTheUserWantsThat) {
  make(1);
  coordinator_->set_check_credit(true);
  connect();
  sprint_with(20);
  for (int i = 0; i < 5; ++i) tick();
  EXPECT_EQ(snapshot().credit_checks.shares, 20U);
  EXPECT_TRUE(coordinator_->ending());
}

TEST_F(CoordinatorCredit, AWrongProofIsToldAndCountedAndTheExitCode) {
  make(1);
  connect();
  pool_.spoil_status = [](stratum::SprintStatus& status) {
    status.shares.back().proof->siblings.at(0)[0] ^= 1;
  };
  sprint_with(3);
  tick();
  ASSERT_TRUE(coordinator_->ending());
  EXPECT_EQ(coordinator_->ending()->code, ExitCode::kCreditWrong);
  EXPECT_EQ(snapshot().credit_checks.wrong, 1U);
  EXPECT_THAT(snapshot().credit_checks.last_wrong, HasSubstr("pool 0, sprint s-1, nonce "));
  EXPECT_TRUE(sink_.has("the pool's credit is wrong"));
}

TEST_F(CoordinatorCredit, TooLittleCreditIsTold) {
  make(1);
  connect();
  race("s-1");
  for (std::uint64_t n = 0; n < 3; ++n) find(0, n);
  stratum::SprintResult result = pool_.result("s-1");
  --result.credit;
  server_->result(result);
  pump();
  EXPECT_THAT(snapshot().credit_checks.last_wrong,
              HasSubstr("it credits 2 nonces, our 3 accepted shares stand for 3"));
  ASSERT_TRUE(coordinator_->ending());
  EXPECT_EQ(coordinator_->ending()->code, ExitCode::kCreditWrong);
}

TEST_F(CoordinatorCredit, ALostConnectionEndsTheWaitOfARunThatIsDone) {
  make(1);
  connect();
  sprint_with(20);
  disconnect();
  ASSERT_TRUE(coordinator_->ending());
  EXPECT_EQ(coordinator_->ending()->code, ExitCode::kClean);
  coordinator_->close_ledger(clock_.now());
  EXPECT_EQ(snapshot().credit_checks.unproven, 1U);
}

TEST_F(CoordinatorCredit, GoesOnInTheNextSessionOfThePool) {
  make();
  connect();
  sprint_with(20);
  tick();
  disconnect();
  tick();
  connect();
  tick();
  EXPECT_EQ(snapshot().credit_checks, (CreditChecks{1, 0, 0, 8, ""}));
}

TEST_F(CoordinatorCredit, RatesAreOfAllSprintsAndOfTheLast) {
  make();
  connect();
  EXPECT_FALSE(snapshot().rates);
  const auto announcement = race("s-1");
  board_.add_work(0, assigned_.at(0).race->key, 20, 0, clock_.now());
  for (std::uint64_t n = 0; n < 20; ++n) find(0, n);
  finish("s-1");
  const Snapshot one = snapshot();
  ASSERT_TRUE(one.rates && one.last_rates);
  EXPECT_EQ(one.rates->nonces.raw, 2);
  EXPECT_EQ(one.rates->nonces.verified.per_second, 2);
  EXPECT_EQ(one.rates->nonces.credited.per_second, 2);
  EXPECT_EQ(one.rates->nonces.credited.against_raw, AgainstRaw::kAgrees);
  EXPECT_EQ(one.rates->macs.raw, 2.0 * static_cast<double>(announcement.profile.mac_per_nonce()));
  EXPECT_EQ(one.last_sprints.at(0).rates, one.rates);
  EXPECT_TRUE(sink_.has("raw_per_s=2"));
  race("s-2", 2);
  finish("s-2");
  EXPECT_EQ(snapshot().rates->nonces.raw, 1);
  EXPECT_EQ(snapshot().last_rates, snapshot().rates);
  EXPECT_EQ(snapshot().last_sprints.at(1).rates->nonces.raw, 0);
  EXPECT_TRUE(snapshot().last_sprints.at(1).rates->nonces.verified.interval)
      << "its leases tell what a share would have been worth";
}

/// Else it would look as if the pool credited too little.
TEST_F(CoordinatorCredit, ASprintWithoutAResultIsComparedWithNothing) {
  make();
  connect();
  const auto race_of_20_nonces = [&](const std::string& id, std::uint8_t seed) {
    race(id, seed);
    board_.add_work(0, assigned_.at(0).race->key, 20, 0, clock_.now());
  };
  race_of_20_nonces("s-1", 1);
  for (std::uint64_t n = 0; n < 20; ++n) find(0, n);
  finish("s-1");
  const auto rates = snapshot().rates;
  ASSERT_TRUE(rates);
  race_of_20_nonces("s-2", 2);
  server_->cancel("s-2", "a fault");
  pump();
  race_of_20_nonces("s-3", 3);
  disconnect();
  for (int i = 0; i < 600; ++i) tick();
  const Snapshot all = snapshot();
  ASSERT_EQ(all.sprints, 3U);
  EXPECT_EQ(all.rates, rates);
  EXPECT_EQ(all.last_rates, rates);
  EXPECT_EQ(all.rates->nonces.verified.against_raw, AgainstRaw::kAgrees);
  EXPECT_FALSE(all.last_sprints.at(1).rates);
  EXPECT_FALSE(all.last_sprints.at(2).rates);
  EXPECT_EQ(all.nonces, 60U);
}

TEST_F(CoordinatorCredit, APoolThatIsAlwaysBusyHoldsTheEndForAMinute) {
  make(1);
  connect();
  pool_.refuse_status = {stratum::Code::kBusy, "behind", 1000};
  sprint_with(20);
  for (int i = 0; i < 599; ++i) tick();
  EXPECT_FALSE(coordinator_->ending());
  EXPECT_GT(pool_.statuses.size(), 40U);
  tick();
  ASSERT_TRUE(coordinator_->ending());
  EXPECT_EQ(coordinator_->ending()->code, ExitCode::kClean);
  EXPECT_EQ(snapshot().credit_checks.unproven, 1U);
  EXPECT_TRUE(sink_.has("the pool's credit is not proven"));
}

TEST_F(CoordinatorCredit, ABusyPoolHasLongerWhileTheRunGoesOn) {
  make();
  connect();
  pool_.refuse_status = {stratum::Code::kBusy, "behind", 1000};
  sprint_with(20);
  for (int i = 0; i < 700; ++i) tick();
  pool_.refuse_status.reset();
  for (int i = 0; i < 20; ++i) tick();
  EXPECT_EQ(snapshot().credit_checks, (CreditChecks{1, 0, 0, 8, ""}));
}

/// A pool keeps proofs for ten minutes after T_end, however late its result is.
TEST_F(CoordinatorCredit, ProofsAreWaitedForAsLongAsThePoolKeepsThem) {
  make();
  connect();
  race("s-1");
  find(0, 0);
  clock_.advance(std::chrono::minutes(8));
  coordinator_->tick(clock_.now());
  finish("s-1");
  disconnect();
  clock_.advance(std::chrono::seconds(100));
  coordinator_->tick(clock_.now());
  EXPECT_EQ(snapshot().credit_checks.unproven, 0U);
  clock_.advance(std::chrono::seconds(60));
  coordinator_->tick(clock_.now());
  EXPECT_EQ(snapshot().credit_checks.unproven, 1U);
}

/// A share that was stored in the session before, whose result comes after the record was closed.
TEST_F(CoordinatorCredit, AResultThatComesAfterAllCounts) {
  make();
  connect();
  race("s-1");
  for (std::uint64_t n = 0; n < 20; ++n) find(0, n);
  disconnect();
  for (int i = 0; i < 600; ++i) tick();
  ASSERT_EQ(snapshot().sprints, 1U);
  EXPECT_FALSE(snapshot().rates) << "nothing to hold it against yet";
  EXPECT_FALSE(snapshot().last_sprints.at(0).rates);
  connect();
  server_->result(pool_.result("s-1"));
  pump();
  EXPECT_EQ(snapshot().rates->nonces.credited.per_second, 2);
  EXPECT_EQ(snapshot().rates->nonces.verified.per_second, 2);
  EXPECT_EQ(snapshot().last_sprints.at(0).rates, snapshot().rates);
  EXPECT_EQ(snapshot().credit_checks.wrong, 0U);
  tick();
  tick();
  EXPECT_EQ(snapshot().credit_checks, (CreditChecks{1, 0, 0, 8, ""}));
}

}  // namespace
}  // namespace miner
