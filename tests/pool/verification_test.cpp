#include "pool/verification.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <condition_variable>
#include <future>
#include <mutex>

#include "base/clock.h"
#include "tests/pool/rig.h"

namespace pool {
namespace {

using tests::milliseconds;
using tests::right_digest;
using tests::seconds;

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

/// A verifier that does as the test says; each key takes `each` on a clock turned by hand.
class ScriptedVerifier final : public poc::Verifier {
 public:
  struct Call {
    poc::ModelSpec model;
    std::size_t keys;
  };
  explicit ScriptedVerifier(base::ManualClock& clock) : clock_(clock) {}

  base::Result<std::vector<poc::Digest>> digests(const poc::ModelSpec& spec,
                                                 std::span<const poc::InputKey> keys) override {
    std::unique_lock lock(mutex_);
    calls.push_back({spec, keys.size()});
    changed_.notify_all();
    changed_.wait(lock, [&] { return open_ || ended_; });
    if (ended_) return base::unavailable("ended");
    clock_.advance(each * static_cast<std::int64_t>(keys.size()));
    if (fails) return base::device_fault("scripted");
    std::vector<poc::Digest> out;
    for (const poc::InputKey& one : keys) out.push_back(right_digest(one));
    if (forgets) out.pop_back();
    return out;
  }
  void end() noexcept override {
    const std::lock_guard lock(mutex_);
    ended_ = true;
    changed_.notify_all();
  }

  /// Calls wait while the gate is closed.
  void set_open(bool open) {
    const std::lock_guard lock(mutex_);
    open_ = open;
    changed_.notify_all();
  }
  bool wait_for_calls(std::size_t count) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kPatience, [&] { return calls.size() >= count; });
  }

  std::vector<Call> calls;
  base::Micros each{0};
  bool fails = false;
  bool forgets = false;

 private:
  base::ManualClock& clock_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = true;
  bool ended_ = false;
};

class VerificationTest : public testing::Test {
 protected:
  VerificationTest() {
    auto owned = std::make_unique<ScriptedVerifier>(clock);
    verifier = owned.get();
    verifier->set_open(false);
    verification.emplace(
        std::move(owned),
        [this](Checked answer) {
          const std::lock_guard lock(mutex);
          answers.push_back(std::move(answer));
          changed.notify_all();
        },
        clock);
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
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<Checked> answers;
  ScriptedVerifier* verifier = nullptr;
  std::optional<Verification> verification;
};

TEST_F(VerificationTest, AnswersInOrderWithTheDigestsOfItsJobs) {
  for (std::uint64_t n = 0; n < 40; ++n) {
    ASSERT_TRUE(verification->check(model(1), CheckJob{1, n, key(n)}));
  }
  verifier->set_open(true);
  ASSERT_TRUE(wait_for_shares(40));
  std::uint64_t next = 0;
  for (const Checked& answer : answers) {
    ASSERT_TRUE(answer.digests.ok());
    ASSERT_EQ(answer.digests->size(), answer.jobs.size());
    for (std::size_t i = 0; i < answer.jobs.size(); ++i) {
      EXPECT_EQ(answer.jobs[i].nonce, next);
      EXPECT_EQ((*answer.digests)[i], right_digest(key(next)));
      ++next;
    }
  }
}

TEST_F(VerificationTest, KeepsTheSharesOfTwoSprintsApart) {
  for (std::uint64_t n = 0; n < 12; ++n) {
    const std::uint64_t sprint = 1 + n / 6;
    verification->check(model(static_cast<std::uint8_t>(sprint)), CheckJob{sprint, n, key(n)});
  }
  verifier->set_open(true);
  ASSERT_TRUE(wait_for_shares(12));
  for (const Checked& answer : answers) {
    for (const CheckJob& job : answer.jobs) EXPECT_EQ(job.sprint, answer.jobs[0].sprint);
  }
}

TEST_F(VerificationTest, MakesWeightsWhenAskedTo) {
  verification->check(model(3), std::nullopt);
  ASSERT_TRUE(verifier->wait_for_calls(1));
  EXPECT_EQ(verifier->calls[0].keys, 0U);
  EXPECT_EQ(verifier->calls[0].model, model(3));
}

TEST_F(VerificationTest, GroupsGrowToSixteenWhereSharesAreCheap) {
  verification->check(model(1), std::nullopt);
  ASSERT_TRUE(verifier->wait_for_calls(1));  // and waits: all that follows lies in the queue
  for (std::uint64_t n = 0; n < 100; ++n) verification->check(model(1), CheckJob{1, n, key(n)});
  verifier->set_open(true);
  ASSERT_TRUE(wait_for_shares(100));
  EXPECT_EQ(group_sizes(), (std::vector<std::size_t>{4, 16, 16, 16, 16, 16, 16}));
}

TEST_F(VerificationTest, GroupsShrinkToWhatTakesAQuarterOfASecond) {
  verification->check(model(1), std::nullopt);
  ASSERT_TRUE(verifier->wait_for_calls(1));
  verifier->each = milliseconds(100);
  for (std::uint64_t n = 0; n < 10; ++n) verification->check(model(1), CheckJob{1, n, key(n)});
  verifier->set_open(true);
  ASSERT_TRUE(wait_for_shares(10));
  EXPECT_EQ(group_sizes(), (std::vector<std::size_t>{4, 2, 2, 2}));
}

TEST_F(VerificationTest, AnswersWithTheReasonWhenTheVerifierFails) {
  verifier->fails = true;
  verification->check(model(1), CheckJob{1, 7, key(7)});
  verifier->set_open(true);
  ASSERT_TRUE(wait_for_shares(1));
  ASSERT_FALSE(answers[0].digests.ok());
  EXPECT_EQ(answers[0].digests.message(), "scripted");
  EXPECT_EQ(answers[0].jobs[0].nonce, 7U);
}

TEST_F(VerificationTest, TrustsNoVerifierThatAnswersForTooFew) {
  verifier->forgets = true;
  verification->check(model(1), CheckJob{1, 7, key(7)});
  verifier->set_open(true);
  ASSERT_TRUE(wait_for_shares(1));
  EXPECT_FALSE(answers[0].digests.ok());
}

TEST_F(VerificationTest, EndsWhileItComputesAndDropsWhatWaits) {
  for (std::uint64_t n = 0; n < 100; ++n) verification->check(model(1), CheckJob{1, n, key(n)});
  ASSERT_TRUE(verifier->wait_for_calls(1));
  auto ended = std::async(std::launch::async, [&] { verification.reset(); });
  ASSERT_EQ(ended.wait_for(kPatience), std::future_status::ready);
  EXPECT_LE(answers.size(), 1U);
}

TEST_F(VerificationTest, TakesNoMoreThanItsQueueHolds) {
  std::uint64_t taken = 0;
  while (taken < 100'000 && verification->check(model(1), CheckJob{1, taken, key(taken)})) ++taken;
  EXPECT_LT(taken, 100'000U);
  EXPECT_GE(taken, 2U * 4096U);
}

}  // namespace
}  // namespace pool
