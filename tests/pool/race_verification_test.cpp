// What a race and a pool do with shares that wait for verification, and with what it says.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "poc/target.h"
#include "pool/race.h"
#include "tests/pool/rig.h"

namespace pool {
namespace {

using stratum::Code;
using tests::kNoon;
using tests::PoolRig;
using tests::seconds;
using tests::TestMiner;
using State = Share::State;

constexpr std::size_t kRoom = 64;  // shares that may wait

/// A running race of three accounts, each with a lease.
class RaceVerification : public testing::Test {
 protected:
  RaceVerification() {
    config.difficulty = 1;
    race.emplace(config, budgets,
                 *make_sprint(config, {1, kNoon, kNoon + seconds(20)}, tests::counting_random()));
    for (const char* name : {"alice", "bob", "carol"}) {
      Participant& one = who.emplace_back();
      one.account = *poc::hash_identity(name);
      const stratum::ReadyDevice device{0, "d", 0};
      leases.push_back(race->grant(one, {&device, 1}, kLeaseBits, kNoon).at(0));
    }
    race->start({1, kNoon, kNoon + seconds(20)});
  }
  /// The account's next share.
  Code send(std::size_t from, bool right = true) {
    const std::uint64_t nonce = leases[from].base + sent[from]++;
    const poc::RaceSpec spec{race->sprint().model(), race->sprint().start.start_seed,
                             who[from].account};
    poc::Digest digest = tests::right_digest(poc::input_key(spec, nonce));
    if (!right) digest[0] ^= 1;
    return race
        ->submit(who[from],
                 {0, "w", race->id(), {leases[from].id, nonce, digest}, sent[from], kNoon})
        .code;
  }
  /// How many are taken before the first 29.
  std::size_t flood(std::size_t from, bool right = true) {
    std::size_t taken = 0;
    while (send(from, right) == Code::kOk) ++taken;
    return taken;
  }
  void answer() {
    race->feed(checker, now);
    if (!checker.jobs.empty()) race->take(checker.right(), now, decided);
  }

  Config config = tests::rig_config();
  VerifyBudgets budgets{VerifyBudget(kRoom)};
  VerifyBudget& budget = budgets.waiting;
  std::optional<Race> race;
  std::vector<Participant> who;
  std::vector<stratum::Lease> leases;
  std::uint64_t sent[3] = {};
  tests::HandChecker checker;
  base::UnixTime now = kNoon;
  std::vector<record::Decided> decided;
};

TEST_F(RaceVerification, A13_AnAccountOverItsBudgetIsBusyAlone) {
  EXPECT_EQ(flood(0), kRoom / 2);
  EXPECT_EQ(send(1), Code::kOk);
  EXPECT_EQ(send(0), Code::kBusy);
  EXPECT_EQ(flood(1), kRoom / 4 - 1);
  EXPECT_EQ(send(2), Code::kOk) << "and there is room for whoever has none";
  answer();
  EXPECT_EQ(budget.waiting(), 0U);
  EXPECT_EQ(send(0), Code::kOk);
}

TEST_F(RaceVerification, A13_AnAccountProvedWrongIsSlowedAndKeepsWhatItEarns) {
  for (int i = 0; i < 3; ++i) EXPECT_EQ(send(0, false), Code::kOk);
  answer();
  EXPECT_EQ(race->book().count(State::kWrong), 3U);
  EXPECT_EQ(flood(0), VerifyBudget::kSlowed);
  EXPECT_EQ(flood(1), kRoom / 2 - VerifyBudget::kSlowed / 2);
  answer();
  EXPECT_EQ(send(0), Code::kOk) << "slowed, not shut out";
}

TEST_F(RaceVerification, A13_ACardThatFailsNowAndThenSlowsNobody) {
  for (int i = 0; i < 25; ++i) EXPECT_EQ(send(0, true), Code::kOk);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(send(0, false), Code::kOk);
  answer();
  EXPECT_EQ(flood(0), kRoom / 2);
}

TEST_F(RaceVerification, WhatWasFoundWrongIsStoredAgainWhereThatIsInDoubt) {
  send(0, false);
  send(1, true);
  race->feed(checker, now);
  const std::vector<CheckJob> jobs = checker.jobs;
  EXPECT_EQ(jobs[0].claim, race->book().at(jobs[0].nonce).digest);
  EXPECT_EQ(jobs[0].account, who[0].account);
  race->take(checker.right(), now, decided);
  ASSERT_EQ(decided.size(), 2U);
  decided.clear();
  EXPECT_TRUE(race->take({jobs, base::wrong_result("another is asked")}, now, decided));
  ASSERT_EQ(decided.size(), 1U) << "the right one stays right";
  EXPECT_EQ(decided[0].state, State::kStored);
  EXPECT_EQ(decided[0].nonce, jobs[0].nonce);
  EXPECT_EQ(budget.waiting(), 1U);
  race->end();
  EXPECT_FALSE(race->settled_at());
  race->feed(checker, now);
  ASSERT_EQ(checker.jobs.size(), 1U) << "asked again at once";
  Checked truth{checker.jobs, std::vector<poc::Digest>{jobs[0].claim}};
  race->take(truth, now, decided);
  EXPECT_EQ(race->book().count(State::kVerified), 2U);
  EXPECT_EQ(race->book().count(State::kWrong), 0U);
  EXPECT_TRUE(race->settled_at());
  EXPECT_EQ(budget.waiting(), 0U);
}

TEST_F(RaceVerification, NothingChangesWhileItsResultIsBeingCounted) {
  for (std::size_t i = 0; i < 8; ++i) ASSERT_EQ(send(i % 3, i != 0), Code::kOk);
  race->feed(checker, now);
  const auto asked = checker.jobs;
  race->take(checker.right(), now, decided);
  race->end();
  ASSERT_TRUE(race->decided());
  ASSERT_EQ(race->book().count(State::kWrong), 1U);
  ASSERT_FALSE(race->settle_some(1));
  decided.clear();
  EXPECT_TRUE(race->take({asked, base::wrong_result("it computes wrong")}, now, decided));
  const stratum::server::WithdrawWanted wanted{0, race->id(), {1}, kNoon + seconds(20)};
  EXPECT_TRUE(race->withdraw(who[1], wanted).empty());
  EXPECT_TRUE(decided.empty());
  EXPECT_TRUE(race->decided());
  EXPECT_EQ(race->book().count(State::kWrong), 1U);
  while (!race->settle_some(1)) {
  }
  race->close(false);
  EXPECT_EQ(race->result({}).total, 7U);
}

TEST_F(RaceVerification, ARaceThatIsOverGivesItsRoomBack) {
  flood(0);
  flood(1);
  EXPECT_GT(budget.waiting(), 0U);
  race->close(true);
  EXPECT_EQ(budget.waiting(), 0U);
}

TEST_F(RaceVerification, LooksAtTheCheckerEachSecondWhileAnswersAreAwaited) {
  EXPECT_FALSE(race->wake({false, true}));
  send(0);
  race->feed(checker, now);
  EXPECT_EQ(race->wake({false, true}), now + seconds(1));
  send(0);
  race->feed(checker, now + tests::milliseconds(500));
  EXPECT_EQ(race->wake({false, true}), now + seconds(1)) << "whatever comes meanwhile";
  race->feed(checker, now + seconds(1));
  EXPECT_EQ(race->wake({false, true}), now + seconds(2));
  race->take(checker.right(), now, decided);
  race->feed(checker, now + seconds(2));
  EXPECT_FALSE(race->wake({false, true}));
}

/// A pool whose leases ask for work, and claims that a hash or two refuse.
class CheapClaims : public testing::Test {
 protected:
  static Config config() {
    Config hard = tests::rig_config();
    hard.difficulty = 1000;
    return hard;
  }
  CheapClaims() {
    for (std::size_t i = 0; i < 100; ++i) {
      miners.push_back(&rig.connect(fmt::format("mallory{}", i)));
    }
    rig.at(kNoon);
    one = rig.sprint(1);
    for (TestMiner* miner : miners) leases.push_back(miner->ready(one));
    lease = alice.ready(one);
    rig.at(kNoon + seconds(10));
  }
  /// Whether the digest is one for the lease's target.
  bool meets(const TestMiner& miner, std::uint64_t nonce, const poc::Digest& digest) const {
    const poc::InputKey key = poc::input_key({{config().profile, model_seed()},
                                              rig.starts.at(one).start_seed,
                                              *poc::hash_identity(miner.account)},
                                             nonce);
    return poc::Target::from_difficulty(1000).met_by(poc::make_ticket(key, digest));
  }
  poc::Seed model_seed() const { return rig.checker.prepared.front().model_seed; }

  PoolRig rig{config()};
  TestMiner& alice = rig.connect("alice");
  std::vector<TestMiner*> miners;
  std::vector<stratum::Lease> leases;
  stratum::Lease lease;
  std::string one;
};

TEST_F(CheapClaims, A13_TheVerifierSeesNoneOfTenThousandFromAHundredSessions) {
  std::map<int, int> codes;
  for (std::uint64_t n = 0; n < 10'000; ++n) {
    TestMiner& miner = *miners[n % 100];
    const stratum::Lease& own = leases[n % 100];
    const std::uint64_t nonce = own.base + n;
    poc::Digest digest{};
    while (meets(miner, nonce, digest)) ++digest[0];
    int code = 0;
    switch (n / 100 % 4) {
      case 0:
        code = miner.submit(one, own, nonce, digest, n + 1);
        break;
      case 1:  // a lease of somebody else
        code = miner.submit(one, lease, lease.base, digest, n + 1);
        break;
      case 2:  // outside its lease
        code = miner.submit(one, own, own.base + own.size(), digest, n + 1);
        break;
      default:
        code = miner.submit("s-none", own, nonce, digest, n + 1);
    }
    ++codes[code];
  }
  EXPECT_EQ(codes, (std::map<int, int>{{21, 2500}, {23, 2500}, {27, 5000}}));
  EXPECT_TRUE(rig.checker.jobs.empty());
  std::uint64_t nonce = lease.base;
  while (!meets(alice, nonce, alice.digest(one, nonce))) ++nonce;
  EXPECT_EQ(alice.submit(one, lease, nonce, alice.digest(one, nonce), 1), 0);
  EXPECT_EQ(rig.checker.jobs.size(), 1U);
}

/// A pool says that verification fails when it begins to, and that it works again.
TEST(VerificationNews, S13_AreToldOncePerChange) {
  PoolRig rig(tests::rig_config());
  TestMiner& alice = rig.connect("alice");
  rig.at(kNoon);
  const std::string one = rig.sprint(1);
  const stratum::Lease lease = alice.ready(one);
  rig.at(kNoon + seconds(10));
  for (std::uint64_t i = 0; i < 5; ++i) {
    EXPECT_EQ(alice.submit(one, lease, lease.base + i, alice.digest(one, lease.base + i), i + 1), 0)
        << "acknowledged all the same";
    rig.at(rig.now + seconds(1));
    rig.pool.checked(rig.checker.failed("the card is gone"), rig.now);
    EXPECT_EQ(rig.log.warnings("verification fails"), 1U);
  }
  rig.at(rig.now + seconds(1));
  rig.verify();
  rig.verify();
  EXPECT_EQ(rig.log.count("verification works again"), 1U);
}

}  // namespace
}  // namespace pool
