// Attacks on a whole pool, by their ids in docs/VERIFICATION.md.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "poc/target.h"
#include "pool/race.h"
#include "tests/pool/rig.h"
#include "tests/support/sanitizers.h"

namespace pool {
namespace {

using stratum::Lease;
using testing::HasSubstr;
using tests::kNoon;
using tests::microseconds;
using tests::milliseconds;
using tests::PoolRig;
using tests::seconds;
using tests::TestMiner;

const base::UnixTime kT0 = kNoon + seconds(10);
const base::UnixTime kEnd = kT0 + seconds(20);
const base::UnixTime kAfter = kEnd + microseconds(1);

/// A pool in its first race, with leases of alice's and mallory's.
class Attacks : public testing::Test {
 protected:
  Attacks() {
    rig.at(kNoon);
    one = rig.sprint(1);
    lease = alice.ready(one);
    other = mallory.ready(one);
    rig.at(kT0);
  }

  /// Alice's share of this nonce, with the parameters changed in one place.
  std::string submit_line(const std::string& worker, const std::string& nonce) const {
    return fmt::format(R"(["{}","{}",{},"{}","{}",1])", worker, one, lease.id, nonce,
                       base::to_hex(alice.digest(one, lease.base)));
  }
  int submit_good(TestMiner& miner, const Lease& from, std::uint64_t nonce) {
    return miner.submit(one, from, nonce, miner.digest(one, nonce), ++seq);
  }
  std::string result_of(TestMiner& miner) {
    rig.verify();
    rig.at(kAfter);
    rig.at(kAfter + seconds(5));
    return miner.last("sprint.result", one);
  }

  PoolRig rig{tests::rig_config()};
  TestMiner& alice = rig.connect("alice");
  TestMiner& mallory = rig.connect("mallory");
  std::string one;
  Lease lease;
  Lease other;
  std::uint64_t seq = 0;
};

TEST_F(Attacks, A1_OneNonceIsCreditedOnceHoweverItIsSpelledAndWhoeverSendsIt) {
  const std::string nonce = base::to_hex(lease.base);
  EXPECT_EQ(alice.code_of("mining.submit", submit_line("alice.w", nonce)), 0);
  std::string upper = nonce;
  upper.back() = 'F';
  for (const std::string& spelled :
       {upper, "0x" + nonce, "0x" + nonce.substr(2), " " + nonce, nonce + " ", "0" + nonce,
        nonce.substr(1), "+" + nonce.substr(1)}) {
    EXPECT_EQ(alice.code_of("mining.submit", submit_line("alice.w", spelled)), 20) << spelled;
  }
  // Again in this session, as another worker, in another session: the same share.
  EXPECT_EQ(alice.code_of("mining.submit", submit_line("alice.w", nonce)), 0);
  EXPECT_EQ(alice.code_of("mining.submit", submit_line("alice.w2", nonce)), 0);
  TestMiner& again = rig.connect("alice");
  EXPECT_EQ(again.code_of("mining.submit", submit_line("alice.w", nonce)), 0);
  // Another digest of it, another account.
  poc::Digest wrong{};
  EXPECT_EQ(alice.submit(one, lease, lease.base, wrong, 9), 22);
  EXPECT_EQ(mallory.code_of("mining.submit", submit_line("mallory.w", nonce)), 27);
  EXPECT_EQ(mallory.code_of("mining.submit", submit_line("alice.w", nonce)), 24);
  EXPECT_THAT(result_of(alice), HasSubstr(R"("credit":1,"total":1)"));
  EXPECT_EQ(rig.pool.summary().stored, 1U);
}

TEST_F(Attacks, A3_ASubmitThatWasOverheardEarnsItsThiefNothing) {
  const std::string overheard = submit_line("alice.w", base::to_hex(lease.base));
  const std::string renamed = submit_line("mallory.w", base::to_hex(lease.base));
  EXPECT_EQ(mallory.code_of("mining.submit", overheard), 24);
  EXPECT_EQ(mallory.code_of("mining.submit", renamed), 27);
  EXPECT_EQ(alice.code_of("mining.submit", overheard), 0) << "and costs its owner nothing";
  EXPECT_EQ(mallory.code_of("mining.submit", renamed), 27);
  EXPECT_EQ(mallory.withdraw(one, 1), 0U);
  EXPECT_THAT(result_of(alice), HasSubstr(R"("credit":1,"total":1)"));
  EXPECT_THAT(mallory.last("sprint.result", one), HasSubstr(R"("credit":0,"total":1)"));
}

TEST_F(Attacks, A4_ADigestForOneAccountIsWrongForAnother) {
  EXPECT_NE(alice.digest(one, 7), mallory.digest(one, 7));
  // In a lease of her own she may claim it, and recomputing finds it wrong.
  const poc::Digest alices = alice.digest(one, other.base);
  EXPECT_EQ(mallory.submit(one, other, other.base, alices, 1), 0);
  EXPECT_THAT(result_of(mallory), HasSubstr(R"("credit":0,"total":0)"));
  EXPECT_EQ(rig.pool.summary().wrong, 1U);
}

/// What alice is told when her submit's newline comes at `newline`, and the rest of it `before`.
int code_of_cut_submit(PoolRig& rig, TestMiner& alice, const std::string& params,
                       base::UnixTime before, base::UnixTime newline) {
  const std::string line =
      fmt::format(R"({{"id":9999,"method":"mining.submit","params":{}}})", params);
  EXPECT_TRUE(alice.session.feed(line, before).ok());
  rig.pool.handle(1, before);
  EXPECT_EQ(alice.session.output(), "");
  EXPECT_TRUE(alice.session.feed("\n", newline).ok());
  rig.pool.handle(1, newline);  // the first connection's number
  const std::string output(alice.session.output());
  alice.take_output();
  EXPECT_THAT(output, HasSubstr("\"id\":9999"));
  const std::size_t error = output.find("\"error\":[");
  return error == std::string::npos ? 0 : std::stoi(output.substr(error + 9));
}

TEST_F(Attacks, A5_HalfALineHeldOverTheDeadlineIsLate) {
  const auto params = [&](std::uint64_t nonce) {
    return fmt::format(R"(["alice.w","{}",{},"{}","{}",1])", one, lease.id, base::to_hex(nonce),
                       base::to_hex(alice.digest(one, nonce)));
  };
  const auto code = [&](std::uint64_t nonce, base::UnixTime newline) {
    return code_of_cut_submit(rig, alice, params(lease.base + nonce), kEnd - milliseconds(1),
                              newline);
  };
  EXPECT_EQ(code(1, kEnd - microseconds(1)), 0);
  EXPECT_EQ(code(2, kEnd), 0);
  EXPECT_EQ(code(3, kEnd + microseconds(1)), 28);
  EXPECT_EQ(code(4, kEnd + milliseconds(1)), 28);
  EXPECT_EQ(code(2, kEnd + seconds(1)), 0) << "stored before";
}

TEST(AttacksAtTheEdge, A5_BackToBackSprintsAreExactToTheMicrosecond) {
  for (const int micros : {-1, 0, 1}) {
    PoolRig rig(tests::rig_config());
    TestMiner& alice = rig.connect("alice");
    rig.at(kNoon);
    const std::string one = rig.sprint(1);
    const Lease first = alice.ready(one);
    const auto submit = [&](const std::string& sprint, const Lease& lease, std::uint64_t n) {
      return alice.submit(sprint, lease, lease.base + n, alice.digest(sprint, lease.base + n),
                          n + 1);
    };
    // The start: what is stamped before T0 is not open, even if the pool looks later.
    rig.at(kT0);
    rig.now = kT0 + microseconds(micros);
    EXPECT_EQ(submit(one, first, 0), micros < 0 ? 26 : 0) << micros;
    // The end of the one and the start of the other are one microsecond.
    rig.at(kEnd - seconds(10));
    const std::string two = rig.sprint(2);
    const Lease second = alice.ready(two);
    rig.at(kEnd);
    rig.now = kEnd + microseconds(micros);
    EXPECT_EQ(submit(one, first, 1), micros > 0 ? 28 : 0) << micros;
    EXPECT_EQ(submit(two, second, 0), micros < 0 ? 26 : 0) << micros;
  }
}

TEST_F(Attacks, A6_AMinerThatAnswersLateHasTheSameDeadline) {
  alice.session.ping();
  mallory.session.ping();
  const std::string pong = R"({"id":1,"result":true,"error":null})"
                           "\n";
  ASSERT_TRUE(alice.session.feed(pong, rig.now).ok());
  rig.now += seconds(2);
  ASSERT_TRUE(mallory.session.feed(pong, rig.now).ok());
  rig.now = kEnd;
  EXPECT_EQ(submit_good(alice, lease, lease.base), 0);
  EXPECT_EQ(submit_good(mallory, other, other.base), 0);
  rig.now = kAfter;
  EXPECT_EQ(submit_good(alice, lease, lease.base + 1), 28);
  EXPECT_EQ(submit_good(mallory, other, other.base + 1), 28);
}

/// One history: leases at random times and rates, hence difficulties; each share found early or
/// late, and submitted in any order after that.
class History {
 public:
  History(const Config& config, const Sprint& sprint, unsigned seed)
      : race_(config, budgets_, sprint), random_(seed) {
    for (const char* name : {"alice", "bob"}) {
      who_.emplace_back().account = *poc::hash_identity(name);
    }
  }

  void run() {
    race_.start({1, kT0, kEnd});
    for (int step = 0; step < 12; ++step) {
      random_() % 3 == 0 ? grant() : find_or_submit();
    }
    while (!found_.empty()) submit(0);
    tests::HandChecker checker;
    race_.feed(checker, kT0);
    std::vector<record::Decided> decided;
    if (!checker.jobs.empty()) race_.take(checker.right(), kT0, decided);
  }

  /// What each account must have, and has.
  std::map<base::Bytes32, std::uint64_t> expected;
  std::map<base::Bytes32, std::uint64_t> credited() const {
    return outcome_of(race_.book()).credits;
  }

 private:
  struct Held {
    std::size_t who;
    Lease lease;
    std::uint64_t nonce;
    std::uint64_t next;  // of this lease
  };
  struct Found {
    std::size_t who;
    Lease lease;
    std::uint64_t nonce;
    poc::Digest digest;
  };

  void grant() {
    const std::size_t who = random_() % who_.size();
    // 24 shares wanted of up to 10 nonces/s in up to 20 s: D 1..8.
    const stratum::ReadyDevice device{static_cast<std::uint32_t>(random_() % 4), "d",
                                      1 + random_() % 10'000};
    const auto when = kT0 + seconds(random_() % 20);
    for (const Lease& lease : race_.grant(who_[who], {&device, 1}, 20, when)) {
      held_.push_back({who, lease, lease.base, 0});
    }
  }

  void find_or_submit() {
    if (!found_.empty() && random_() % 3 == 0) return submit(random_() % found_.size());
    if (held_.empty()) return grant();
    Held& held = held_[random_() % held_.size()];
    const auto target = poc::Target::from_difficulty(held.lease.difficulty);
    const poc::RaceSpec spec{race_.sprint().model(), race_.sprint().start.start_seed,
                             who_[held.who].account};
    for (;; ++held.nonce) {
      const poc::InputKey key = poc::input_key(spec, held.nonce);
      const poc::Digest digest = tests::right_digest(key);
      if (!target.met_by(poc::make_ticket(key, digest))) continue;
      found_.push_back({held.who, held.lease, held.nonce++, digest});
      return;
    }
  }

  void submit(std::size_t which) {
    const Found found = found_[which];
    found_.erase(found_.begin() + static_cast<std::ptrdiff_t>(which));
    const GateAnswer answer = race_.submit(
        who_[found.who],
        {0, "w", race_.id(), {found.lease.id, found.nonce, found.digest}, ++seq_, kT0});
    if (answer.code == stratum::Code::kOk)
      expected[who_[found.who].account] += found.lease.difficulty;
  }

  VerifyBudgets budgets_;
  Race race_;
  std::minstd_rand random_;
  std::vector<Participant> who_;
  std::vector<Held> held_;
  std::vector<Found> found_;
  std::uint64_t seq_ = 0;
};

// Sanitizers are slow.
#if defined(SPRINT_ADDRESS_SANITIZER) || defined(SPRINT_THREAD_SANITIZER)
constexpr unsigned kHistories = 5'000;
#else
constexpr unsigned kHistories = 100'000;
#endif

TEST(AttacksOnDifficulty, A7_AShareEarnsItsLeasesDifficultyInEveryHistory) {
  Config config = tests::rig_config();
  config.difficulty.reset();
  const Sprint sprint = *make_sprint(config, {1, kT0, kEnd}, tests::counting_random());
  std::uint64_t total = 0;
  for (unsigned seed = 1; seed <= kHistories; ++seed) {
    History history(config, sprint, seed);
    history.run();
    ASSERT_EQ(history.credited(), history.expected) << "seed " << seed;
    for (const auto& [account, credit] : history.expected) total += credit;
  }
  EXPECT_GT(total, kHistories);
}

}  // namespace
}  // namespace pool
