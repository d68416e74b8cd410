// Models: made in steps, two resident, memory that is not there, rest.

#include <algorithm>
#include <chrono>

#include "backends/api/self_test.h"
#include "tests/backends/conformance.h"

namespace tests {
namespace {

using backends::NonceRange;
using backends::PrepareProgress;
using backends::RangeResult;

class ConformanceModels : public Conformance {
 protected:
  /// One step; fails the test when it fails.
  PrepareProgress step(const poc::ModelSpec& model) {
    const auto progress = device_->prepare(model);
    EXPECT_TRUE(progress.ok()) << progress.message();
    return progress.ok() ? *progress : PrepareProgress{1, 1};
  }
};

TEST_P(ConformanceModels, AreMadeInShortStepsThatAddUp) {
  const poc::RaceSpec race = race_of(kMicro, 60);
  const base::SystemClock clock;
  std::vector<base::Micros> steps;
  PrepareProgress last;
  do {
    const auto began = clock.now();
    const PrepareProgress now = step(race.model);
    steps.push_back(clock.now() - began);
    EXPECT_GE(now.done_bytes, last.done_bytes);
    EXPECT_LT(steps.size(), 10'000U) << "it does not get on";
    if (steps.size() > 1) {
      EXPECT_EQ(now.total_bytes, last.total_bytes);
    }
    EXPECT_LE(now.done_bytes, now.total_bytes);
    last = now;
  } while (!last.ready() && !HasFailure());
  std::sort(steps.begin(), steps.end());
  EXPECT_LE(steps[steps.size() / 2], std::chrono::milliseconds(200)) << "the median; 50 promised";
  ASSERT_TRUE(device_->start(race).ok());
  expect_exact(race, run({0, 2, poc::Target::from_difficulty(1)}));
}

TEST_P(ConformanceModels, PreparingAReadyOneDoesNothing) {
  const poc::RaceSpec race = race_of(kMicro, 61);
  ASSERT_NO_FATAL_FAILURE(make_ready(race.model));
  const PrepareProgress before = step(race.model);
  for (int i = 0; i < 3; ++i) {
    const PrepareProgress again = step(race.model);
    EXPECT_TRUE(again.ready());
    EXPECT_EQ(again.total_bytes, before.total_bytes);
  }
  ASSERT_TRUE(device_->start(race).ok());
  EXPECT_TRUE(step(race.model).ready());
  expect_exact(race, run({0, 1, poc::Target::from_difficulty(1)}));
}

TEST_P(ConformanceModels, TheNextOneIsMadeWhileThisOneIsRaced) {
  const poc::RaceSpec now = race_of(kNano, 62);
  const poc::RaceSpec next = race_of({8, 256, 512}, 63);
  ASSERT_NO_FATAL_FAILURE(start(now));
  const auto range = [&](std::uint64_t i) {
    return NonceRange{100 * i, device_->group_size() + 1, poc::Target::from_difficulty(2)};
  };
  ASSERT_NO_FATAL_FAILURE(enqueue(range(0)));
  bool ready = false;
  std::uint64_t i = 1;
  for (; i < 4 || !ready; ++i) {
    ASSERT_NO_FATAL_FAILURE(enqueue(range(i)));
    ready = step(next.model).ready();  // with two in flight
    expect_exact(now, collect());
    ready = step(next.model).ready();  // with one in flight
    ASSERT_FALSE(HasFailure());
  }
  expect_exact(now, collect());
  ASSERT_TRUE(device_->start(next).ok());
  expect_exact(next, run(range(i)));
  ASSERT_TRUE(device_->start(now).ok());  // still resident
  expect_exact(now, run(range(i)));
}

TEST_P(ConformanceModels, AThirdTakesThePlaceOfTheOneNotRaced) {
  const poc::RaceSpec raced = race_of(kNano, 64);
  const poc::RaceSpec second = race_of(kNano, 65);
  const poc::RaceSpec third = race_of(kTiny, 66);
  ASSERT_NO_FATAL_FAILURE(start(raced));
  ASSERT_NO_FATAL_FAILURE(make_ready(second.model));
  ASSERT_NO_FATAL_FAILURE(make_ready(third.model));  // the raced one was used longer ago
  expect_exact(raced, run({0, 3, poc::Target::from_difficulty(1)}));
  ASSERT_TRUE(device_->start(raced).ok());
  expect_exact(raced, run({7, 3, poc::Target::from_difficulty(1)}));
  ASSERT_TRUE(device_->start(third).ok());
  expect_exact(third, run({0, 3, poc::Target::from_difficulty(1)}));
  expect_works(second);
}

TEST_P(ConformanceModels, OneAfterTheOther) {
  for (std::uint32_t round = 0; round < 8; ++round) {
    SCOPED_TRACE("round " + std::to_string(round));
    const poc::Profile profile{1 + round % 2, 128 * (1 + round % 3), 128 * (3 - round % 3)};
    ASSERT_NO_FATAL_FAILURE(expect_works(race_of(profile, 70 + round % 5)));
  }
}

TEST_P(ConformanceModels, OneThatWasLeftHalfMadeIsMadeAfterAll) {
  const poc::RaceSpec half = race_of(kMicro, 80);
  step(half.model);
  expect_works(race_of(kTiny, 81));
  ASSERT_NO_FATAL_FAILURE(start(half));
  expect_exact(half, run({0, 1, poc::Target::from_difficulty(1)}));
}

TEST_P(ConformanceModels, RestGivesUpAllAndWorkGoesOnAfterIt) {
  const poc::RaceSpec race = race_of(kNano, 82);
  device_->rest();
  expect_works(race);
  device_->rest();
  device_->rest();
  expect_works(race);
  step(race_of(kMicro, 83).model);
  device_->rest();  // in the middle of making weights
  expect_works(race);
}

TEST_P(ConformanceModels, OneThatCannotFitIsAnErrorAndCostsNothingElse) {
  const poc::ModelSpec huge{{128, 8192, 32768}, {}};
  if (device_->info().memory_bytes >= huge.profile.weights_bytes()) {
    GTEST_SKIP() << device_->info().name << " may hold " << huge.profile.weights_bytes()
                 << " bytes";
  }
  const poc::RaceSpec race = race_of(kNano, 84);
  ASSERT_NO_FATAL_FAILURE(start(race));
  auto progress = device_->prepare(huge);
  for (int i = 0; i < 10 && progress.ok(); ++i) progress = device_->prepare(huge);
  ASSERT_FALSE(progress.ok());
  EXPECT_EQ(progress.error().fault, base::Fault::kNoMemory) << progress.message();
  EXPECT_FALSE(progress.message().empty());
  expect_exact(race, run({0, 5, poc::Target::from_difficulty(1)}));
  device_->rest();
  const auto alone = device_->prepare(huge);
  ASSERT_FALSE(alone.ok());
  EXPECT_EQ(alone.error().fault, base::Fault::kNoMemory) << alone.message();
  expect_works(race);
}

INSTANTIATE_TEST_SUITE_P(Devices, ConformanceModels, testing::ValuesIn(subjects()),
                         subject_test_name);

}  // namespace
}  // namespace tests
