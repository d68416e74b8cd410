// Cancel: from any thread, obeyed within 50 ms or one layer, forgotten by the next start.

#include <algorithm>
#include <atomic>
#include <chrono>
#include <thread>

#include "tests/backends/conformance.h"

namespace tests {
namespace {

using backends::NonceRange;
using backends::RangeResult;
using std::chrono::milliseconds;

const NonceRange kLongRange{0, kEndless, poc::Target::none()};

class ConformanceCancel : public Conformance {
 protected:
  /// Calls `cancel` from another thread, 100 ms from now, while this one collects a range of which
  /// it never sees the end: how long collect went on after the cancel.
  base::Micros latency_of_cancel() {
    const base::SystemClock clock;
    enqueue(kLongRange);
    base::SteadyTime cancelled;
    std::thread other([&] {
      std::this_thread::sleep_for(milliseconds(100));
      cancelled = clock.now();
      device_->cancel();
    });
    const RangeResult result = collect();
    const base::SteadyTime returned = clock.now();
    other.join();
    EXPECT_LT(result.evaluated, kEndless);
    return returned - cancelled;
  }

  /// How long the device takes for one layer of a group of nonces.
  base::Micros layer_time(const poc::RaceSpec& race) {
    const std::vector<poc::InputKey> keys(device_->group_size(), poc::input_key(race, 0));
    const base::SystemClock clock;
    const auto began = clock.now();
    EXPECT_TRUE(device_->evaluate(race.model, keys).ok());
    return (clock.now() - began) / race.model.profile.layers;
  }

  void expect_prompt_cancel(const poc::Profile& profile) {
    const poc::RaceSpec race = race_of(profile, 40);
    ASSERT_NO_FATAL_FAILURE(make_ready(race.model));
    const base::Micros promised = std::max(base::Micros(milliseconds(50)), layer_time(race));
    std::vector<base::Micros> latencies;
    for (int i = 0; i < 5; ++i) {
      ASSERT_NO_FATAL_FAILURE(start(race));
      latencies.push_back(latency_of_cancel());
    }
    std::sort(latencies.begin(), latencies.end());
    EXPECT_LE(latencies[2], 10 * promised) << "the median of five";
  }
};

TEST_P(ConformanceCancel, IsObeyedWithinALayerOfNano) {
  expect_prompt_cancel(kNano);
}

TEST_P(ConformanceCancel, IsObeyedWithinALayerOfALargerModel) {
  expect_prompt_cancel({3, 512, 1024});
}

TEST_P(ConformanceCancel, EndsBothRangesInFlight) {
  ASSERT_NO_FATAL_FAILURE(start(race_of(kNano, 41)));
  ASSERT_NO_FATAL_FAILURE(enqueue(kLongRange));
  ASSERT_NO_FATAL_FAILURE(enqueue({kEndless, kEndless, poc::Target::none()}));
  std::thread other([&] { device_->cancel(); });
  const RangeResult first = collect();
  const RangeResult second = collect();
  other.join();
  EXPECT_EQ(first.range.first, 0U);
  EXPECT_LT(first.evaluated, kEndless);
  EXPECT_EQ(second.range.first, kEndless);
  EXPECT_LT(second.evaluated, kEndless);
}

TEST_P(ConformanceCancel, EndsWhatIsEnqueuedBeforeTheNextStart) {
  ASSERT_NO_FATAL_FAILURE(start(race_of(kNano, 42)));
  device_->cancel();
  for (int i = 0; i < 3; ++i) EXPECT_LT(run(kLongRange).evaluated, kEndless);
  enqueue(kLongRange);
  device_->cancel();
  EXPECT_LT(collect().evaluated, kEndless);
}

TEST_P(ConformanceCancel, WhatWasComputedBeforeItIsRight) {
  const poc::RaceSpec race = race_of(kTiny, 43);
  ASSERT_NO_FATAL_FAILURE(start(race));
  const NonceRange range{77, kEndless, poc::Target::from_difficulty(1)};
  ASSERT_NO_FATAL_FAILURE(enqueue(range));
  std::thread other([&] {
    std::this_thread::sleep_for(milliseconds(50));
    device_->cancel();
  });
  const RangeResult result = collect();
  other.join();
  EXPECT_LT(result.evaluated, kEndless);
  expect_right_so_far(race, result);
}

TEST_P(ConformanceCancel, StartForgetsAnEarlierOne) {
  const poc::RaceSpec race = race_of(kTiny, 44);
  ASSERT_NO_FATAL_FAILURE(start(race));
  device_->cancel();
  expect_works(race);
  enqueue(kLongRange);
  device_->cancel();
  EXPECT_LT(collect().evaluated, kEndless);
  expect_works(race);
  expect_works(race_of(kTiny, 45));
}

TEST_P(ConformanceCancel, ManyAtOnceFromManyThreads) {
  const poc::RaceSpec race = race_of(kTiny, 46);
  for (int round = 0; round < 10; ++round) {
    ASSERT_NO_FATAL_FAILURE(start(race));
    ASSERT_NO_FATAL_FAILURE(enqueue(kLongRange));
    std::vector<std::thread> others;
    for (int i = 0; i < 3; ++i) others.emplace_back([&] { device_->cancel(); });
    EXPECT_LT(collect().evaluated, kEndless);
    for (std::thread& other : others) other.join();
  }
  expect_works(race);
}

TEST_P(ConformanceCancel, EndsAnEvaluateUnderWay) {
  const poc::RaceSpec race = race_of(kNano, 47);
  ASSERT_NO_FATAL_FAILURE(make_ready(race.model));
  const std::vector<poc::InputKey> keys(1 << 16, poc::input_key(race, 0));
  std::atomic<bool> returned{false};
  std::thread other([&] {
    while (!returned) {  // the first of them that comes while it is under way
      device_->cancel();
      std::this_thread::sleep_for(milliseconds(1));
    }
  });
  const auto digests = device_->evaluate(race.model, keys);
  returned = true;
  other.join();
  ASSERT_FALSE(digests.ok());
  EXPECT_EQ(digests.error().fault, base::Fault::kUnavailable) << digests.message();
  expect_works(race);
}

TEST_P(ConformanceCancel, OfThePastDoesNotEndAnEvaluate) {
  const poc::RaceSpec race = race_of(kTiny, 48);
  ASSERT_NO_FATAL_FAILURE(make_ready(race.model));
  device_->cancel();
  const poc::InputKey key = poc::input_key(race, 3);
  const auto digests = device_->evaluate(race.model, {&key, 1});
  ASSERT_TRUE(digests.ok()) << digests.message();
  ASSERT_EQ(digests->size(), 1U);
  expect_digest(race.model, key, (*digests)[0]);
}

INSTANTIATE_TEST_SUITE_P(Devices, ConformanceCancel, testing::ValuesIn(subjects()),
                         subject_test_name);

}  // namespace
}  // namespace tests
