#include "miner/rechecker.h"

#include <poll.h>

#include <atomic>
#include <map>
#include <set>
#include <thread>

#include "tests/miner/support.h"

namespace miner {
namespace {

using poc::Digest;
using std::chrono::seconds;
using tests::bytes_of;

/// What the fake verifier finds for a key: anything that depends on it.
Digest truth(const poc::InputKey& key) {
  return poc::sha256(key);
}

/// What a FakeVerifier was asked, and how it behaves. Shared with the test: the re-check owns the
/// verifier.
struct VerifierScript {
  std::atomic<bool> fail{false};
  std::atomic<bool> hold{false};  ///< `digests` does not return until `end`
  std::atomic<int> calls{0};
  std::atomic<bool> ended{false};
  base::Mutex mutex;
  std::map<base::Bytes32, std::vector<std::size_t>> groups GUARDED_BY(mutex);  ///< by model seed
};

class FakeVerifier final : public poc::Verifier {
 public:
  explicit FakeVerifier(std::shared_ptr<VerifierScript> script) : script_(std::move(script)) {}

  base::Result<std::vector<Digest>> digests(const poc::ModelSpec& model,
                                            std::span<const poc::InputKey> keys) override {
    {
      base::MutexLock lock(script_->mutex);
      script_->groups[model.model_seed].push_back(keys.size());
    }
    ++script_->calls;
    while (script_->hold && !script_->ended) std::this_thread::yield();
    if (script_->ended) return base::unavailable("ended");
    if (script_->fail) return base::no_memory("does not fit");
    std::vector<Digest> all;
    for (const poc::InputKey& key : keys) all.push_back(truth(key));
    return all;
  }
  void end() noexcept override { script_->ended = true; }

 private:
  std::shared_ptr<VerifierScript> script_;
};

class RecheckerTest : public ::testing::Test {
 protected:
  static RecheckJob job(std::uint64_t share, bool right, std::uint8_t model = 1) {
    const poc::InputKey key = poc::sha256({{static_cast<std::uint8_t>(share)}});
    return {
        share, {tests::tiny_profile(), bytes_of(model)}, key, right ? truth(key) : bytes_of(0xee)};
  }

  /// The next `count` results by share.
  std::map<std::uint64_t, std::optional<bool>> results(std::size_t count) {
    std::map<std::uint64_t, std::optional<bool>> all;
    EXPECT_TRUE(tests::eventually([&] {
      for (const Mail& mail : mailbox_.drain()) {
        const auto& done = std::get<RecheckDone>(mail.what);
        EXPECT_TRUE(all.emplace(done.share, done.right).second) << "told twice";
      }
      return all.size() >= count;
    }));
    return all;
  }

  std::shared_ptr<VerifierScript> script_ = std::make_shared<VerifierScript>();
  Mailbox mailbox_;
  tests::CollectingSink sink_;
  base::ManualClock clock_;
  std::unique_ptr<Rechecker> rechecker_ =
      std::make_unique<Rechecker>(std::make_unique<FakeVerifier>(script_), mailbox_, sink_, clock_);
};

TEST_F(RecheckerTest, TellsRightFromWrong) {
  EXPECT_TRUE(rechecker_->check(job(1, true)));
  EXPECT_TRUE(rechecker_->check(job(2, false)));
  EXPECT_TRUE(rechecker_->check(job(3, true)));
  const auto got = results(3);
  EXPECT_EQ(got.at(1), true);
  EXPECT_EQ(got.at(2), false);
  EXPECT_EQ(got.at(3), true);
}

TEST_F(RecheckerTest, FailureSaysNothingAboutAShare) {
  script_->fail = true;
  rechecker_->check(job(1, true));
  rechecker_->check(job(2, false));
  const auto got = results(2);
  EXPECT_EQ(got.at(1), std::nullopt);
  EXPECT_EQ(got.at(2), std::nullopt);
  EXPECT_TRUE(sink_.has("does not fit"));
  script_->fail = false;  // the next ones are checked again
  rechecker_->check(job(3, false));
  EXPECT_EQ(results(1).at(3), false);
}

TEST_F(RecheckerTest, WarmAsksForWeightsAndAnswersNothing) {
  rechecker_->warm({tests::tiny_profile(), bytes_of(9)});
  EXPECT_TRUE(tests::eventually([&] { return script_->calls == 1; }));
  rechecker_->check(job(1, true));
  EXPECT_EQ(results(1).size(), 1u);
  base::MutexLock lock(script_->mutex);
  EXPECT_EQ(script_->groups[bytes_of(9)], (std::vector<std::size_t>{0}));
}

TEST_F(RecheckerTest, WorksInGroupsOfOneModel) {
  script_->hold = true;
  rechecker_->check(job(121, true));
  ASSERT_TRUE(tests::eventually([&] { return script_->calls == 1; }));
  std::uint64_t share = 1;
  for (int i = 0; i < 40; ++i) {  // they mix while the first one takes its time
    for (std::uint8_t model = 1; model <= 3; ++model)
      rechecker_->check(job(share++, i % 7 != 0, model));
  }
  script_->hold = false;
  const auto got = results(121);
  ASSERT_EQ(got.size(), 121u);
  for (std::uint64_t i = 1; i <= 120; ++i) EXPECT_EQ(got.at(i), (i - 1) / 3 % 7 != 0) << i;
  EXPECT_LT(script_->calls, 60) << "one by one instead of in groups";
  base::MutexLock lock(script_->mutex);
  for (const auto& [model, sizes] : script_->groups) {
    std::size_t sum = 0;
    for (const std::size_t size : sizes) sum += size;
    EXPECT_EQ(sum, model == bytes_of(1) ? 41u : 40u);
  }
}

TEST_F(RecheckerTest, FullQueueLeavesSharesUnchecked) {
  script_->hold = true;
  std::uint64_t taken = 0;
  while (taken < 1'000'000 && rechecker_->check(job(1 + taken, true))) ++taken;
  EXPECT_LT(taken, 1'000'000u) << "the queue has no bound";
  EXPECT_GT(taken, 100u);
}

TEST_F(RecheckerTest, SharesThatAreTooLateAreSkippedWithOneLine) {
  script_->hold = true;
  rechecker_->check(job(100, true, 9));
  ASSERT_TRUE(tests::eventually([&] { return script_->calls == 1; }));
  for (std::uint64_t share = 1; share <= 50; ++share) {
    RecheckJob late = job(share, false);
    late.deadline = clock_.now() + seconds(5);
    rechecker_->check(late);
  }
  RecheckJob good = job(51, false, 2);
  good.deadline = clock_.now() + seconds(60);
  rechecker_->check(good);
  rechecker_->check(job(52, false));
  clock_.advance(seconds(5));
  script_->hold = false;
  const auto got = results(53);
  for (std::uint64_t share = 1; share <= 50; ++share) EXPECT_EQ(got.at(share), std::nullopt);
  EXPECT_EQ(got.at(51), false);
  EXPECT_EQ(got.at(52), false) << "one without a deadline";
  EXPECT_EQ(script_->calls, 3);
  EXPECT_EQ(sink_.lines(), std::vector<std::string>{"re-check: shares go unchecked: there are more "
                                                    "than this machine can recompute shares=50"});
}

TEST_F(RecheckerTest, OldestShareComesFirstWhateverItsModel) {
  script_->hold = true;
  rechecker_->check(job(100, true));
  ASSERT_TRUE(tests::eventually([&] { return script_->calls == 1; }));
  rechecker_->check(job(1, true, 9));
  rechecker_->check(job(2, true, 3));
  rechecker_->check(job(3, true, 9));
  script_->hold = false;
  std::vector<std::uint64_t> order;
  ASSERT_TRUE(tests::eventually([&] {
    for (const Mail& mail : mailbox_.drain())
      order.push_back(std::get<RecheckDone>(mail.what).share);
    return order.size() == 4;
  }));
  EXPECT_EQ(order, (std::vector<std::uint64_t>{100, 1, 3, 2}));
}

TEST_F(RecheckerTest, MakesTheMailboxReadable) {
  rechecker_->check(job(1, true));
  pollfd mail{mailbox_.fd(), POLLIN, 0};
  EXPECT_EQ(poll(&mail, 1, 20'000), 1);
  EXPECT_EQ(results(1).size(), 1u);
}

TEST_F(RecheckerTest, DestructorEndsASlowVerificationAndDropsTheRest) {
  script_->hold = true;  // until `end`: without it this test does not end
  for (std::uint64_t share = 1; share <= 100; ++share) rechecker_->check(job(share, false));
  ASSERT_TRUE(tests::eventually([&] { return script_->calls == 1; }));
  rechecker_.reset();
  EXPECT_TRUE(script_->ended);
  EXPECT_LE(script_->calls, 2);
  for (const Mail& mail : mailbox_.drain()) {
    EXPECT_EQ(std::get<RecheckDone>(mail.what).right, std::nullopt)
        << "an ended check knows nothing";
  }
}

TEST_F(RecheckerTest, IdleDestructorEnds) {
  rechecker_.reset();
  EXPECT_EQ(script_->calls, 0);
}

}  // namespace
}  // namespace miner
