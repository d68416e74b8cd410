// Verifiers that lie, fail and hang, and miners that lie: nobody honest is blamed, and nothing
// false is credited.
#include <gtest/gtest.h>

#include <condition_variable>
#include <map>
#include <mutex>
#include <random>

#include "pool/verification.h"
#include "tests/pool/rig.h"
#include "tests/pool/scripted_verifier.h"

namespace pool {
namespace {

using tests::milliseconds;
using tests::seconds;
using tests::true_digest;
using tests::VerifierScript;

constexpr base::Bytes32 kHonest{1};
constexpr base::Bytes32 kLiar{2};

/// A pool's side of the verification: asks again what is to be asked again, and keeps what was
/// decided of each share.
class FaultyVerifiers : public testing::Test {
 protected:
  ~FaultyVerifiers() override { verification.reset(); }

  void open(int verifiers) {
    std::vector<VerifierSource> sources;
    for (int i = 0; i < verifiers; ++i) {
      sources.push_back(scripts[static_cast<std::size_t>(i)].source("card:" + std::to_string(i)));
    }
    const auto take = [this](Checked answer) {
      const std::lock_guard lock(mutex);
      came.push_back(std::move(answer));
      changed.notify_all();
    };
    verification.emplace(std::move(sources), take, clock, log);
  }

  CheckJob share(const base::Bytes32& account, bool right) {
    CheckJob job{1, ++last, {}, account, {}, {}};
    for (std::size_t i = 0; i < 8; ++i) job.key[i] = static_cast<std::uint8_t>(last >> (8 * i));
    job.claim = true_digest(job.key);
    if (!right) job.claim[31] ^= 1;
    jobs[job.nonce] = job;
    return job;
  }
  void ask(const CheckJob& job) { EXPECT_TRUE(verification->check(model, job)); }

  /// Until every share is decided, or nothing is heard any more: failures are asked again after a
  /// second of the pool's time.
  void settle() {
    std::unique_lock lock(mutex);
    while (decided.size() < jobs.size()) {
      ASSERT_TRUE(changed.wait_for(lock, seconds(30), [&] { return !came.empty(); }));
      for (const Checked& answer : std::exchange(came, {})) take(answer);
    }
  }
  void take(const Checked& answer) {
    for (std::size_t i = 0; i < answer.jobs.size(); ++i) {
      const std::uint64_t nonce = answer.jobs[i].nonce;
      if (answer.digests.ok()) {
        decided[nonce] = (*answer.digests)[i] == jobs.at(nonce).claim;
        continue;
      }
      if (answer.digests.error().fault != base::Fault::kWrong) {
        ++failures;
        clock.advance(seconds(1));
      }
      if (const auto before = decided.find(nonce); before != decided.end()) {
        if (before->second) continue;  // right stays right: the pool doubts no other
        decided.erase(before);
      }
      ask(jobs.at(nonce));
    }
  }

  /// Each share is what its digest says.
  void expect_justice() const {
    for (const auto& [nonce, right] : decided) {
      const CheckJob& job = jobs.at(nonce);
      EXPECT_EQ(right, job.claim == true_digest(job.key)) << "nonce " << nonce;
    }
  }

  base::ManualClock clock;
  tests::LogBook log;
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<Checked> came;
  std::map<std::uint64_t, bool> decided;  // whether it was right
  std::map<std::uint64_t, CheckJob> jobs;
  std::uint64_t last = 0;
  int failures = 0;
  const poc::ModelSpec model{{2, 128, 256}, {}};
  VerifierScript scripts[3] = {VerifierScript(clock), VerifierScript(clock), VerifierScript(clock)};
  std::optional<Verification> verification;
};

TEST_F(FaultyVerifiers, AMismatchIsFoundByTwoBeforeItIsWrong) {
  open(2);
  ask(share(kHonest, true));
  settle();
  ask(share(kLiar, false));
  settle();
  expect_justice();
  EXPECT_EQ(scripts[1].keys_asked(), 1U) << "the other one recomputed it";
  EXPECT_EQ(log.warnings(""), 0U);
  const VerificationState state = verification->state();
  EXPECT_EQ(state.answered, 2U);
  EXPECT_EQ(state.wrong, 1U);
  EXPECT_EQ(state.again, 0U);
}

TEST_F(FaultyVerifiers, OneThatAlwaysLiesBlamesNobodyAndIsNamed) {
  scripts[0].answer = tests::lies_every(1);
  open(2);
  for (int i = 0; i < 100; ++i) ask(share(kHonest, true));
  settle();
  expect_justice();
  EXPECT_EQ(log.warnings("verifier=card:0"), 1U) << "told once";
  EXPECT_EQ(log.warnings("card:1 finds a share as its miner sent it"), 1U);
  EXPECT_EQ(log.warnings("verifier=card:1"), 0U);
  const auto states = verification->state().verifiers;
  EXPECT_FALSE(states[0].works);
  EXPECT_TRUE(states[1].works);
}

TEST_F(FaultyVerifiers, OneThatLiesInAHundredIsFoundWithin50Checks) {
  scripts[0].answer = tests::lies_every(100);
  open(2);
  for (int i = 0; i < 500; ++i) ask(share(kHonest, true));
  settle();
  expect_justice();
  EXPECT_EQ(log.warnings("verifier=card:0"), 1U);
  EXPECT_EQ(verification->state().verifiers[0].works, false);
}

TEST_F(FaultyVerifiers, OneThatBeginsToLieAfterAThousandIsFound) {
  scripts[0].answer = [n = 0](const poc::InputKey& key) mutable {
    poc::Digest digest = true_digest(key);
    if (++n > 1000) digest[3] ^= 4;  // always the same way: memory that is broken
    return digest;
  };
  open(2);
  for (int i = 0; i < 2000; ++i) ask(share(i % 10 == 0 ? kLiar : kHonest, i % 10 != 0));
  settle();
  expect_justice();
  EXPECT_EQ(log.warnings("verifier=card:0"), 1U);
}

TEST_F(FaultyVerifiers, WhenTheSecondOneLiesNobodyIsBlamedEither) {
  scripts[1].answer = tests::lies_every(1);
  open(2);
  ask(share(kHonest, true));
  settle();
  for (int i = 0; i < 20; ++i) ask(share(i % 2 == 0 ? kHonest : kLiar, i % 2 == 0));
  settle();
  expect_justice();
  EXPECT_EQ(log.warnings("verifier=card:1"), 1U);
  EXPECT_EQ(log.warnings("verifier=card:0"), 0U);
}

/// What the first says wrong alone, after others used up the time for second opinions, is asked
/// again when it turns out to lie.
TEST_F(FaultyVerifiers, WhatOneDecidedAloneIsAskedAgainOnceItIsFoundToLie) {
  bool broken = false;
  const poc::InputKey victim = share(kHonest, true).key;
  scripts[0].answer = [&](const poc::InputKey& key) {
    poc::Digest digest = true_digest(key);
    if (key == victim || broken) digest[0] ^= 1;  // a kernel that is wrong for this input
    return digest;
  };
  scripts[1].each = Disputes::kTime;
  open(2);
  const CheckJob wronged = jobs.at(1);
  jobs.clear();
  ask(share(kHonest, true));
  ask(share(kLiar, false));  // uses up the time
  settle();
  ask(jobs[wronged.nonce] = wronged);
  settle();
  EXPECT_FALSE(decided.at(wronged.nonce)) << "found wrong by its word alone";
  {
    const std::lock_guard lock(scripts[0].mutex);
    broken = true;
  }
  ask(share(kHonest, true));
  settle();
  for (int heard = 0; heard < 10 && !decided[wronged.nonce] && !HasFatalFailure(); ++heard) {
    decided.erase(wronged.nonce);  // what was said before
    settle();
  }
  expect_justice();
  EXPECT_EQ(log.warnings("verifier=card:0"), 1U);
}

TEST_F(FaultyVerifiers, A13_ALiarCostsTheSlowReferenceThreeSharesASprint) {
  scripts[1].each = seconds(1);
  open(2);
  ask(share(kHonest, true));
  settle();
  for (int i = 0; i < 2000; ++i) ask(share(kLiar, false));
  for (int i = 0; i < 20; ++i) ask(share(kHonest, true));
  settle();
  expect_justice();
  EXPECT_EQ(scripts[1].keys_asked(), static_cast<std::size_t>(Disputes::kProofs));
  EXPECT_LE(scripts[0].keys_asked(), 2021U + 2000U + 2000U) << "two for a lie, and known answers";
  EXPECT_EQ(log.warnings(""), 0U);
}

TEST_F(FaultyVerifiers, A13_ManyLiarsCostTheSlowReferenceTenSecondsASprint) {
  scripts[1].each = seconds(3);
  open(2);
  ask(share(kHonest, true));
  settle();
  for (std::uint8_t who = 10; who < 210; ++who) ask(share(base::Bytes32{who}, false));
  settle();
  expect_justice();
  EXPECT_EQ(scripts[1].keys_asked(), 4U) << "the fourth begins before the ten seconds are over";
}

/// All at once, at random: liars among miners, one verifier that lies and one that comes and goes.
TEST_F(FaultyVerifiers, JusticeIsDoneWhateverHappens) {
  std::minstd_rand random(5);
  scripts[0].answer = tests::lies_every(61);
  scripts[1].answer = [lies = tests::lies_every(83)](const poc::InputKey& key) mutable {
    return lies(key);
  };
  scripts[2].each = milliseconds(300);
  open(3);
  for (int round = 0; round < 40; ++round) {
    for (int i = 0; i < 30; ++i) {
      const bool lies = random() % 4 == 0;
      ask(share(base::Bytes32{static_cast<std::uint8_t>(lies ? 100 + random() % 3 : random() % 5)},
                !lies));
    }
    if (random() % 3 == 0) {
      const std::lock_guard lock(scripts[1].mutex);
      scripts[1].fails = !scripts[1].fails;
    }
    settle();
    clock.advance(seconds(random() % 40));
    expect_justice();
  }
  EXPECT_GE(log.warnings("verifier=card:0"), 1U);
  EXPECT_EQ(log.warnings("verifier=card:2"), 0U);
}

TEST_F(FaultyVerifiers, S13_TheOtherOneGoesOnWhenOneFails) {
  scripts[0].fails = true;
  open(2);
  for (int i = 0; i < 50; ++i) ask(share(kHonest, true));
  settle();
  expect_justice();
  EXPECT_EQ(failures, 0) << "nothing waited";
  EXPECT_EQ(log.warnings("verifier=card:0"), 1U);
  EXPECT_EQ(scripts[1].keys_asked(), 50U);
}

TEST_F(FaultyVerifiers, S13_WhenAllFailNothingIsDecidedUntilOneRecovers) {
  scripts[0].throws = true;
  scripts[1].opens = false;
  open(2);
  ask(share(kHonest, true));
  ask(share(kLiar, false));
  {
    std::unique_lock lock(mutex);
    for (int heard = 0; heard < 5; ++heard) {
      ASSERT_TRUE(changed.wait_for(lock, seconds(30), [&] { return !came.empty(); }));
      for (const Checked& answer : std::exchange(came, {})) {
        EXPECT_FALSE(answer.digests.ok());
        take(answer);
      }
    }
  }
  EXPECT_TRUE(decided.empty());
  EXPECT_GE(failures, 5);
  {
    const std::lock_guard lock(scripts[0].mutex);
    scripts[0].throws = false;
  }
  settle();
  expect_justice();
  EXPECT_EQ(log.warnings("verifier=card:0"), 1U) << "told once";
  EXPECT_EQ(log.count("verifier is back in service verifier=card:0"), 1U);
}

TEST_F(FaultyVerifiers, S13_OneThatHangsIsEndedWhenItIsLookedAt) {
  scripts[0].set_open(false);
  open(2);
  ask(share(kHonest, true));
  ASSERT_TRUE(scripts[0].wait_for_calls(1));
  verification->look();
  EXPECT_EQ(log.warnings("hangs"), 0U);
  clock.advance(seconds(3600));
  verification->look();
  EXPECT_EQ(log.warnings("verifier hangs"), 1U);
  settle();
  expect_justice();
  EXPECT_EQ(scripts[1].keys_asked(), 1U);
}

}  // namespace
}  // namespace pool
