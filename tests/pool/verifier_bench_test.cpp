#include "pool/verifier_bench.h"

#include <gtest/gtest.h>

#include <future>

#include "poc/known_answers.h"
#include "tests/pool/rig.h"
#include "tests/pool/scripted_verifier.h"

namespace pool {
namespace {

using tests::milliseconds;
using tests::seconds;
using tests::true_digest;
using tests::VerifierScript;

class VerifierBenchTest : public testing::Test {
 protected:
  VerifierBenchTest() {
    std::vector<VerifierSource> sources;
    sources.push_back(first.source("card:0"));
    sources.push_back(second.source("card:1"));
    bench.emplace(std::move(sources), clock, log);
  }
  /// Whether this one answers rightly; nothing when there is no answer.
  std::optional<bool> answers(std::size_t which) {
    const auto digests = bench->ask(which, model, {&key, 1});
    if (!digests.ok()) return std::nullopt;
    return digests->front() == true_digest(key);
  }
  std::string reason_of(std::size_t which) const { return bench->states()[which].reason; }

  base::ManualClock clock;
  tests::LogBook log;
  VerifierScript first{clock};
  VerifierScript second{clock};
  std::optional<VerifierBench> bench;
  const poc::ModelSpec model{{2, 128, 256}, {}};
  const poc::InputKey key{1};
};

TEST_F(VerifierBenchTest, PrefersTheFirstAndOpensNoOtherBeforeItIsWanted) {
  EXPECT_EQ(bench->first(), 0U);
  EXPECT_EQ(answers(0), true);
  EXPECT_EQ(first.opened, 1);
  EXPECT_EQ(second.opened, 0);
  EXPECT_TRUE(bench->states()[0].works);
  EXPECT_FALSE(bench->states()[1].works);
  EXPECT_EQ(bench->first(1), 1U);
  EXPECT_EQ(bench->first(2), std::nullopt);
}

TEST_F(VerifierBenchTest, S13_OneThatFailsIsOpenedAgainAfterPausesThatGrow) {
  ASSERT_EQ(bench->first(), 0U);
  first.fails = true;
  EXPECT_EQ(answers(0), std::nullopt);
  first.opens = false;
  for (const int pause : {1, 2, 4, 4, 4}) {
    clock.advance(seconds(pause) - milliseconds(1));
    const int tries = first.opened;
    first.opens = true;
    EXPECT_EQ(bench->first(), 1U) << pause;
    EXPECT_EQ(first.opened, tries) << "tried too early, after " << pause;
    first.opens = false;
    clock.advance(milliseconds(1));
    EXPECT_EQ(bench->first(), 1U);
    EXPECT_EQ(reason_of(0), "no card");
  }
  EXPECT_EQ(log.warnings("card:0"), 1U) << "told once";
  first.opens = true;
  first.fails = false;
  clock.advance(seconds(4));
  ASSERT_EQ(bench->first(), 0U);
  EXPECT_EQ(answers(0), true);
  EXPECT_EQ(log.count("verifier is back in service"), 1U);
  EXPECT_EQ(reason_of(0), "");
}

TEST_F(VerifierBenchTest, S13_AnExceptionAndAnAnswerThatIsTooShortAreFailures) {
  ASSERT_EQ(bench->first(), 0U);
  first.throws = true;
  EXPECT_EQ(answers(0), std::nullopt);
  EXPECT_EQ(reason_of(0), "thrown");
  first.throws = false;
  first.forgets = true;
  clock.advance(seconds(1));
  ASSERT_EQ(bench->first(), 0U);
  EXPECT_EQ(answers(0), std::nullopt);
  EXPECT_EQ(bench->first(), 1U);
}

TEST_F(VerifierBenchTest, WhoComputesWrongComesBackByTheKnownAnswersAlone) {
  ASSERT_EQ(bench->first(), 0U);
  bench->convict(0, "it lied");
  EXPECT_EQ(log.warnings("computes wrong"), 1U);
  EXPECT_EQ(log.warnings("card:0"), 1U);
  EXPECT_EQ(bench->first(), 1U);
  first.answer = tests::lies_every(1);
  for (const int pause : {60, 120, 240}) {
    clock.advance(seconds(pause) - milliseconds(1));
    EXPECT_EQ(bench->first(), 1U);
    const int opened = first.opened;
    clock.advance(milliseconds(1));
    EXPECT_EQ(bench->first(), 1U) << "it still lies";
    EXPECT_EQ(first.opened, opened + 1);
  }
  EXPECT_EQ(log.warnings("card:0"), 1U) << "told once";
  EXPECT_EQ(log.count("back in service"), 0U);
  first.answer = true_digest;
  first.calls.clear();
  clock.advance(seconds(480));
  EXPECT_EQ(bench->first(), 0U);
  EXPECT_EQ(first.keys_asked(), poc::known_answers().size());
  EXPECT_EQ(answers(0), true);
  EXPECT_EQ(log.count("back in service"), 1U);
}

/// As every real backend does it: the known answers are part of opening.
TEST_F(VerifierBenchTest, WhoComputesWrongWhenItIsOpenedIsConvicted) {
  first.opens = false;
  first.refusal = base::wrong_result("known answer 1: wrong digest");
  EXPECT_EQ(bench->first(), 1U);
  EXPECT_EQ(log.count("verifier computes wrong"), 1U);
  EXPECT_EQ(reason_of(0), "known answer 1: wrong digest");
  for (const int pause : {60, 120, 240, 480, 960, 1920, 3600, 3600}) {
    clock.advance(seconds(pause) - milliseconds(1));
    first.opens = true;
    EXPECT_EQ(bench->first(), 1U) << "tried too early, before " << pause;
    EXPECT_EQ(first.opened, 0);
    first.opens = false;
    clock.advance(milliseconds(1));
    EXPECT_EQ(bench->first(), 1U);
  }
  EXPECT_EQ(log.warnings("card:0"), 1U) << "told once";
}

TEST_F(VerifierBenchTest, WhoWasConvictedAndCannotBeOpenedIsTriedLessAndLess) {
  ASSERT_EQ(bench->first(), 0U);
  bench->convict(0, "it lied");
  first.opens = false;
  for (const int pause : {60, 120, 240}) {
    clock.advance(seconds(pause) - milliseconds(1));
    first.opens = true;
    EXPECT_EQ(bench->first(), 1U) << "tried too early, before " << pause;
    first.opens = false;
    clock.advance(milliseconds(1));
    EXPECT_EQ(bench->first(), 1U);
  }
  EXPECT_EQ(first.opened, 1);
}

TEST_F(VerifierBenchTest, AKnownDigestProvesOrConvicts) {
  const KnownDigest known{model, key, true_digest(key)};
  ASSERT_EQ(bench->first(), 0U);
  EXPECT_TRUE(bench->proves_itself(0, &known));
  first.answer = tests::lies_every(1);
  EXPECT_FALSE(bench->proves_itself(0, &known));
  EXPECT_FALSE(bench->works(0));
}

TEST_F(VerifierBenchTest, S13_OneThatHangsIsNoticedEndedAndOpenedAgain) {
  ASSERT_EQ(bench->first(), 0U);
  EXPECT_EQ(answers(0), true);
  first.set_open(false);
  auto hanging = std::async(std::launch::async, [&] { return answers(0); });
  ASSERT_TRUE(first.wait_for_calls(2));
  EXPECT_FALSE(bench->interrupt_if_hung());
  clock.advance(seconds(59));
  EXPECT_FALSE(bench->interrupt_if_hung());
  clock.advance(seconds(2));
  EXPECT_TRUE(bench->interrupt_if_hung());
  EXPECT_EQ(hanging.get(), std::nullopt);
  EXPECT_EQ(log.warnings("verifier hangs"), 1U);
  EXPECT_EQ(reason_of(0), "it took too long, and was ended");
  EXPECT_EQ(log.warnings("card:0"), 1U) << "told once";
  first.set_open(true);
  clock.advance(seconds(60) - milliseconds(1));
  EXPECT_EQ(bench->first(), 1U);
  clock.advance(milliseconds(1));
  ASSERT_EQ(bench->first(), 0U);
  EXPECT_EQ(first.opened, 2);
  EXPECT_EQ(answers(0), true);
  EXPECT_EQ(log.count("verifier is back in service"), 1U);
}

/// Else it would hold the thread for a minute in every minute, and the sound one would starve.
TEST_F(VerifierBenchTest, S13_OneThatHangsAgainAndAgainIsTriedLessAndLess) {
  const auto hang = [&](bool prepares) {
    first.set_open(false);
    const std::size_t calls = first.calls.size();
    auto hanging = std::async(std::launch::async, [&] {
      if (prepares) return bench->prepare(0, model);
      EXPECT_EQ(answers(0), std::nullopt);
    });
    ASSERT_TRUE(first.wait_for_calls(calls + 1));
    clock.advance(seconds(3600));
    EXPECT_TRUE(bench->interrupt_if_hung());
    hanging.get();
    first.set_open(true);
  };
  for (const int pause : {60, 120, 240}) {
    ASSERT_EQ(bench->first(), 0U);
    bench->prepare(0, model);  // weights alone say nothing
    hang(pause == 120);
    clock.advance(seconds(pause) - milliseconds(1));
    EXPECT_EQ(bench->first(), 1U) << pause;
    clock.advance(milliseconds(1));
  }
  ASSERT_EQ(bench->first(), 0U);
  EXPECT_EQ(answers(0), true);
  hang(false);
  clock.advance(seconds(60));
  EXPECT_EQ(bench->first(), 0U) << "it had answered for shares";
}

TEST_F(VerifierBenchTest, HasMorePatienceWithWhoWasSlowBefore) {
  ASSERT_EQ(bench->first(), 0U);
  first.each = seconds(20);
  EXPECT_EQ(answers(0), true);
  first.set_open(false);
  auto slow = std::async(std::launch::async, [&] { return answers(0); });
  ASSERT_TRUE(first.wait_for_calls(2));
  clock.advance(seconds(60 + 8 * 20 - 1));
  EXPECT_FALSE(bench->interrupt_if_hung());
  first.set_open(true);
  EXPECT_EQ(slow.get(), true);
}

TEST_F(VerifierBenchTest, KeepsAVerifierThatCannotBeOpenedAgain) {
  class FailsOnce final : public poc::Verifier {
   public:
    base::Result<std::vector<poc::Digest>> digests(const poc::ModelSpec&,
                                                   std::span<const poc::InputKey> keys) override {
      if (!std::exchange(failed_, true)) return base::no_memory("not now");
      return std::vector<poc::Digest>(keys.size());
    }

   private:
    bool failed_ = false;
  };
  std::vector<VerifierSource> sources;
  sources.push_back(keep_verifier(std::make_unique<FailsOnce>()));
  VerifierBench one(std::move(sources), clock, log);
  ASSERT_EQ(one.first(), 0U);
  EXPECT_FALSE(one.ask(0, model, {&key, 1}).ok());
  EXPECT_EQ(one.trouble(), "not now");
  EXPECT_EQ(one.first(), std::nullopt);
  clock.advance(seconds(1));
  ASSERT_EQ(one.first(), 0U);
  EXPECT_TRUE(one.ask(0, model, {&key, 1}).ok());
}

TEST_F(VerifierBenchTest, EndsWhatIsUnderWayAndAnswersNothingAfterIt) {
  ASSERT_EQ(bench->first(), 0U);
  first.set_open(false);
  auto ended = std::async(std::launch::async, [&] { return answers(0); });
  ASSERT_TRUE(first.wait_for_calls(1));
  bench->end();
  EXPECT_EQ(ended.get(), std::nullopt);
  EXPECT_EQ(answers(0), std::nullopt);
  EXPECT_EQ(log.warnings("card:0"), 0U) << "no fault of its own";
}

}  // namespace
}  // namespace pool
