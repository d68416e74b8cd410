// Each fault of a simulated device is what its option says, and only that.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <set>
#include <thread>

#include "tests/backends/sim_bench.h"

namespace tests {
namespace {

using backends::Candidate;
using backends::NonceRange;
using backends::RangeResult;
using base::Fault;
using std::chrono::milliseconds;

constexpr std::uint64_t kCount = 60;

/// What device 0 of a bench with these options finds of nonces 0..59 at difficulty 3.
std::vector<Candidate> race_60(const std::vector<std::string>& options) {
  SimBench bench(options);
  bench.start(small_race(7));
  auto result = bench.run({0, kCount, poc::Target::from_difficulty(3)});
  EXPECT_TRUE(result.ok());
  if (!result.ok()) return {};
  EXPECT_EQ(result->evaluated, kCount);
  return result->candidates;
}

bool meets(const Candidate& candidate) {
  const poc::InputKey key = poc::input_key(small_race(7), candidate.nonce);
  return poc::Target::from_difficulty(3).met_by(poc::make_ticket(key, candidate.digest));
}

std::vector<std::uint64_t> nonces(const std::vector<Candidate>& candidates) {
  std::vector<std::uint64_t> out;
  for (const Candidate& candidate : candidates) out.push_back(candidate.nonce);
  return out;
}

bool is_true(const Candidate& candidate) {
  return candidate.digest == true_digest(small_race(7), candidate.nonce);
}

TEST(SimFaults, AWrongDigestHasATicketThatMeetsTheTarget) {
  const auto honest = race_60({});
  const auto wrong = race_60({"fault=wrong_digest"});
  ASSERT_GT(honest.size(), 5U);
  EXPECT_EQ(nonces(wrong), nonces(honest));
  for (const Candidate& candidate : wrong) {
    EXPECT_FALSE(is_true(candidate)) << candidate.nonce;
    EXPECT_TRUE(meets(candidate)) << candidate.nonce;
  }
  for (const Candidate& candidate : honest) EXPECT_TRUE(is_true(candidate)) << candidate.nonce;
}

TEST(SimFaults, EveryThirdDigestIsWrong) {
  const auto wrong = race_60({"fault=wrong_digest", "fault_every=3"});
  ASSERT_GT(wrong.size(), 5U);
  for (std::size_t i = 0; i < wrong.size(); ++i) {
    EXPECT_EQ(is_true(wrong[i]), i % 3 != 2) << i;
    EXPECT_TRUE(meets(wrong[i]));
  }
}

TEST(SimFaults, AFaultBeginsAfterSoManyNonces) {
  std::set<bool> before_and_after;
  for (const Candidate& candidate : race_60({"fault=wrong_digest", "fault_after=30"})) {
    EXPECT_EQ(is_true(candidate), candidate.nonce < 30) << candidate.nonce;
    before_and_after.insert(candidate.nonce < 30);
  }
  EXPECT_EQ(before_and_after.size(), 2U);
}

TEST(SimFaults, AWrongDigestIsHandedToAVerifierToo) {
  SimBench bench({"fault=wrong_digest", "fault_every=2"});
  const poc::RaceSpec race = small_race(7);
  bench.start(race);
  const std::vector<poc::InputKey> keys(4, poc::input_key(race, 1));
  const auto digests = bench.device->evaluate(race.model, keys);
  ASSERT_TRUE(digests.ok());
  const poc::Digest truth = true_digest(race, 1);
  for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(digests->at(i) == truth, i % 2 == 0) << i;
}

TEST(SimFaults, AFalseDigestOfAnUnreachableTargetIsGivenUp) {
  const poc::InputKey key{};
  const poc::Digest digest{};
  int asked = 0;
  const auto wrong =
      backends::sim::false_digest(key, digest, poc::Target::none(), [&] { return ++asked == 3; });
  EXPECT_NE(wrong, digest);
  EXPECT_EQ(asked, 3);
}

TEST(SimFaults, ABadTicketIsACandidateThatMissesTheTarget) {
  const auto found = race_60({"fault=bad_ticket", "fault_every=5"});
  std::size_t bad = 0;
  for (const Candidate& candidate : found) {
    EXPECT_TRUE(is_true(candidate));
    if (!meets(candidate)) ++bad;
  }
  const std::size_t honest = race_60({}).size();
  EXPECT_EQ(found.size(), honest + bad);
  EXPECT_EQ(bad, (kCount - honest) / 5);
}

TEST(SimFaults, ABadNonceLiesOutsideTheRange) {
  const auto found = race_60({"fault=bad_nonce"});
  ASSERT_FALSE(found.empty());
  for (const Candidate& candidate : found) EXPECT_GE(candidate.nonce, kCount);
}

/// Cancels a device from another thread after 150 ms, and remembers when.
struct LateCancel {
  explicit LateCancel(backends::Device& device)
      : thread([this, &device] {
          std::this_thread::sleep_for(milliseconds(150));
          at = base::SystemClock().now().time_since_epoch();
          device.cancel();
        }) {}
  ~LateCancel() { thread.join(); }

  /// How long ago the cancel was; negative if it has not been yet.
  base::Micros ago() const {
    const base::Micros when = at.load();
    return when.count() == 0 ? base::Micros(-1)
                             : base::SystemClock().now().time_since_epoch() - when;
  }

  std::atomic<base::Micros> at{base::Micros(0)};
  std::thread thread;
};

TEST(SimFaults, AHangingDeviceReturnsOnlyAfterACancel) {
  SimBench bench({"fault=hang", "fault_after=5"});
  bench.start(small_race(7));
  ASSERT_TRUE(bench.device->enqueue({0, kCount, poc::Target::none()}).ok());
  const LateCancel cancel(*bench.device);
  const auto result = bench.device->collect();
  EXPECT_GE(cancel.ago(), milliseconds(0));
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->evaluated, 5U);
}

TEST(SimFaults, AHangingDeviceMayIgnoreACancelForAWhile) {
  SimBench bench({"fault=hang", "hang_ms=300"});
  const poc::RaceSpec race = small_race(7);
  bench.start(race);
  const poc::InputKey key = poc::input_key(race, 0);
  const LateCancel cancel(*bench.device);
  const auto digests = bench.device->evaluate(race.model, {&key, 1});
  EXPECT_GE(cancel.ago(), milliseconds(300));
  ASSERT_FALSE(digests.ok());
  EXPECT_EQ(digests.error().fault, Fault::kUnavailable);
}

TEST(SimFaults, ALostDeviceAnswersNothingUntilItIsOpenedAgain) {
  SimBench bench({"fault=lost", "fault_after=5"});
  const poc::RaceSpec race = small_race(7);
  bench.start(race);
  ASSERT_TRUE(bench.device->enqueue({0, 3, poc::Target::none()}).ok());
  ASSERT_TRUE(bench.device->enqueue({3, 3, poc::Target::none()}).ok());
  EXPECT_TRUE(bench.device->collect().ok());
  const auto is_lost = [](const auto& result) {
    return !result.ok() && result.error().fault == Fault::kDevice;
  };
  const poc::InputKey key = poc::input_key(race, 0);
  EXPECT_TRUE(is_lost(bench.device->collect()));
  EXPECT_TRUE(is_lost(bench.device->prepare(race.model)));
  EXPECT_TRUE(is_lost(bench.device->start(race)));
  EXPECT_TRUE(is_lost(bench.device->enqueue({0, 1, poc::Target::none()})));
  EXPECT_TRUE(is_lost(bench.device->evaluate(race.model, {&key, 1})));
  bench.device->cancel();
  bench.device->rest();
  bench.reopen();
  bench.start(race);
  EXPECT_TRUE(bench.run({0, 3, poc::Target::none()}).ok());
}

TEST(SimFaults, ASlowDeviceKeepsATenthOfItsRate) {
  SimBench bench({"rate=200", "fault=slow", "fault_after=5"});
  bench.start(small_race(7));
  const base::SystemClock clock;
  const auto began = clock.now();
  EXPECT_TRUE(bench.run({0, 9, poc::Target::none()}).ok());
  EXPECT_GE(clock.now() - began, milliseconds(5 * 5 + 4 * 50 - 5));
}

TEST(SimFaults, ASlowDeviceWithoutARateTakesTenTimesAsLong) {
  SimBench bench({"fault=slow"});
  bench.start(small_race(7));
  const base::SystemClock clock;
  const auto began = clock.now();
  EXPECT_TRUE(bench.run({0, 40, poc::Target::none()}).ok());
  const auto slow = clock.now() - began;
  base::Micros computed{0};
  const auto model = poc::ReferenceModel::make(small_race(7).model).value();
  for (std::uint64_t nonce = 0; nonce < 40; ++nonce) {
    const auto start = clock.now();
    static_cast<void>(poc::evaluate(model, poc::input_key(small_race(7), nonce)));
    computed += clock.now() - start;
  }
  EXPECT_GT(slow, 2 * computed);
}

TEST(SimFaults, OutOfMemoryLeavesWhatIsReady) {
  SimBench bench({"fault=no_memory", "fault_after=5"});
  const poc::RaceSpec race = small_race(7);
  bench.start(race);
  ASSERT_TRUE(bench.run({0, 5, poc::Target::none()}).ok());
  const auto next = bench.device->prepare(small_race(8).model);
  ASSERT_FALSE(next.ok());
  EXPECT_EQ(next.error().fault, Fault::kNoMemory);
  EXPECT_TRUE(bench.device->prepare(race.model).ok());
  EXPECT_TRUE(bench.run({0, 5, poc::Target::none()}).ok());
  bench.device->rest();
  EXPECT_FALSE(bench.device->prepare(race.model).ok());
}

TEST(SimFaults, ADeviceThatDoesNotOpen) {
  backends::sim::SimBackend backend;
  const auto device = backend.open(0, sim_options({"fault=no_open"}).value());
  ASSERT_FALSE(device.ok());
  EXPECT_EQ(device.error().fault, Fault::kUnavailable);
  EXPECT_TRUE(backend.open(0, sim_options({}).value()).ok());
}

TEST(SimFaults, EveryFaultHasANameThatIsItsOwn) {
  for (const std::string& name : backends::sim::fault_names()) {
    EXPECT_TRUE(sim_options({"fault=" + name}).ok()) << name;
  }
  const auto plan = backends::sim::FaultPlan::from(sim_options({"fault=no_open"}).value());
  EXPECT_EQ(plan.kind, backends::sim::FaultKind::kNoOpen) << "the last of the list";
}

}  // namespace
}  // namespace tests
