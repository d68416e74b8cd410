#include "pool/verification.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <condition_variable>
#include <future>
#include <mutex>

#include "base/clock.h"
#include "tests/pool/rig.h"
#include "tests/pool/scripted_verifier.h"

namespace pool {
namespace {

using tests::milliseconds;
using tests::seconds;
using tests::true_digest;
using tests::VerifierScript;

constexpr auto kPatience = seconds(30);

poc::ModelSpec model(std::uint8_t seed) {
  poc::ModelSpec spec{{2, 128, 256}, {}};
  spec.model_seed.fill(seed);
  return spec;
}

poc::InputKey key(std::uint64_t n) {
  poc::InputKey key{};
  key[0] = static_cast<std::uint8_t>(n);
  key[1] = static_cast<std::uint8_t>(n >> 8);
  return key;
}

/// A share of the account, rightly claimed.
CheckJob job(std::uint64_t sprint, std::uint64_t n, std::uint8_t account = 1) {
  return {sprint, n, key(n), base::Bytes32{account}, true_digest(key(n)), {}};
}

/// A verifier whose gate is closed at first, and one for second opinions.
class VerificationTest : public testing::Test {
 protected:
  VerificationTest() { script.set_open(false); }

  void run() {
    std::vector<VerifierSource> sources;
    sources.push_back(script.source("first"));
    if (with_second) sources.push_back(second.source("second"));
    const auto take = [this](Checked answer) {
      const std::lock_guard lock(mutex);
      answers.push_back(std::move(answer));
      changed.notify_all();
    };
    verification.emplace(std::move(sources), take, clock, log);
  }
  void check(std::uint64_t sprint, std::uint64_t n) {
    ASSERT_TRUE(verification->check(model(static_cast<std::uint8_t>(sprint)), job(sprint, n)));
  }
  /// Waits until `count` shares were answered.
  bool wait_for_shares(std::size_t count) {
    std::unique_lock lock(mutex);
    return changed.wait_for(lock, kPatience, [&] {
      std::size_t done = 0;
      for (const Checked& answer : answers) done += answer.jobs.size();
      return done >= count;
    });
  }
  std::vector<std::size_t> group_sizes() const {
    std::vector<std::size_t> sizes;
    for (const Checked& answer : answers) sizes.push_back(answer.jobs.size());
    return sizes;
  }

  base::ManualClock clock;
  tests::LogBook log;
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<Checked> answers;
  VerifierScript script{clock};
  VerifierScript second{clock};
  bool with_second = false;
  std::optional<Verification> verification;
};

TEST_F(VerificationTest, AnswersInOrderWithTheDigestsOfItsJobs) {
  run();
  for (std::uint64_t n = 0; n < 40; ++n) {
    ASSERT_TRUE(verification->check(model(1), job(1, n)));
  }
  script.set_open(true);
  ASSERT_TRUE(wait_for_shares(40));
  std::uint64_t next = 0;
  for (const Checked& answer : answers) {
    ASSERT_TRUE(answer.digests.ok());
    ASSERT_EQ(answer.digests->size(), answer.jobs.size());
    for (std::size_t i = 0; i < answer.jobs.size(); ++i) {
      EXPECT_EQ(answer.jobs[i].nonce, next);
      EXPECT_EQ((*answer.digests)[i], true_digest(key(next)));
      ++next;
    }
  }
}

TEST_F(VerificationTest, KeepsTheSharesOfTwoSprintsApart) {
  run();
  for (std::uint64_t n = 0; n < 12; ++n) {
    const std::uint64_t sprint = 1 + n / 6;
    check(sprint, n);
  }
  script.set_open(true);
  ASSERT_TRUE(wait_for_shares(12));
  for (const Checked& answer : answers) {
    for (const CheckJob& job : answer.jobs) EXPECT_EQ(job.sprint, answer.jobs[0].sprint);
  }
}

TEST_F(VerificationTest, MakesWeightsWhenAskedTo) {
  run();
  verification->check(model(3), std::nullopt);
  ASSERT_TRUE(script.wait_for_calls(1));
  EXPECT_EQ(script.calls[0].keys.size(), 0U);
  EXPECT_EQ(script.calls[0].model, model(3));
}

TEST_F(VerificationTest, GroupsGrowToSixteenWhereSharesAreCheap) {
  run();
  verification->check(model(1), std::nullopt);
  ASSERT_TRUE(script.wait_for_calls(1));  // and waits: all that follows lies in the queue
  for (std::uint64_t n = 0; n < 100; ++n) verification->check(model(1), job(1, n));
  script.set_open(true);
  ASSERT_TRUE(wait_for_shares(100));
  EXPECT_EQ(group_sizes(), (std::vector<std::size_t>{4, 16, 16, 16, 16, 16, 16}));
}

TEST_F(VerificationTest, GroupsShrinkToWhatTakesAQuarterOfASecond) {
  run();
  verification->check(model(1), std::nullopt);
  ASSERT_TRUE(script.wait_for_calls(1));
  script.each = milliseconds(100);
  for (std::uint64_t n = 0; n < 10; ++n) verification->check(model(1), job(1, n));
  script.set_open(true);
  ASSERT_TRUE(wait_for_shares(10));
  EXPECT_EQ(group_sizes(), (std::vector<std::size_t>{4, 2, 2, 2}));
}

TEST_F(VerificationTest, AnswersWithTheReasonWhenTheVerifierFails) {
  run();
  script.fails = true;
  verification->check(model(1), job(1, 7));
  script.set_open(true);
  ASSERT_TRUE(wait_for_shares(1));
  ASSERT_FALSE(answers[0].digests.ok());
  EXPECT_EQ(answers[0].digests.message(), "scripted");
  EXPECT_EQ(answers[0].jobs[0].nonce, 7U);
}

TEST_F(VerificationTest, TrustsNoVerifierThatAnswersForTooFew) {
  run();
  script.forgets = true;
  verification->check(model(1), job(1, 7));
  script.set_open(true);
  ASSERT_TRUE(wait_for_shares(1));
  EXPECT_FALSE(answers[0].digests.ok());
}

TEST_F(VerificationTest, EndsWhileItComputesAndDropsWhatWaits) {
  run();
  for (std::uint64_t n = 0; n < 100; ++n) verification->check(model(1), job(1, n));
  ASSERT_TRUE(script.wait_for_calls(1));
  auto ended = std::async(std::launch::async, [&] { verification.reset(); });
  ASSERT_EQ(ended.wait_for(kPatience), std::future_status::ready);
  EXPECT_LE(answers.size(), 1U);
}

TEST_F(VerificationTest, TakesNoMoreThanItsQueueHolds) {
  run();
  std::uint64_t taken = 0;
  while (taken < 100'000 && verification->check(model(1), job(1, taken))) ++taken;
  EXPECT_LT(taken, 100'000U);
  EXPECT_GE(taken, 2U * 4096U);
}

}  // namespace
}  // namespace pool
