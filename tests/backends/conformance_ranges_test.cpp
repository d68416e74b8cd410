// Ranges: which nonces are computed, which come back, in which order.

#include "tests/backends/conformance.h"

namespace tests {
namespace {

using backends::NonceRange;
using backends::RangeResult;

class ConformanceRanges : public Conformance {};

TEST_P(ConformanceRanges, OddCountsAreComputedWhole) {
  const poc::RaceSpec race = race_of(kTiny, 20);
  ASSERT_NO_FATAL_FAILURE(start(race));
  const std::uint64_t group = device_->group_size();
  ASSERT_GE(group, 1U);
  for (const std::uint64_t count : {std::uint64_t{1}, group - 1, group, group + 1, 3 * group + 1}) {
    if (count == 0) continue;
    SCOPED_TRACE("count " + std::to_string(count));
    expect_exact(race, run({1000, count, poc::Target::from_difficulty(1)}));
  }
}

TEST_P(ConformanceRanges, CandidatesAreThoseThatMeetTheTarget) {
  const poc::RaceSpec race = race_of(kTiny, 21);
  ASSERT_NO_FATAL_FAILURE(start(race));
  const std::uint64_t count = std::max<std::uint64_t>(64, device_->group_size() + 1);
  for (const std::uint64_t difficulty : {1U, 2U, 7U}) {
    SCOPED_TRACE("difficulty " + std::to_string(difficulty));
    const NonceRange range{0, count, poc::Target::from_difficulty(difficulty)};
    const RangeResult result = run(range);
    expect_exact(race, result);
    EXPECT_FALSE(result.candidates.empty());
  }
  const RangeResult none = run({0, count, poc::Target::none()});
  EXPECT_EQ(none.evaluated, count);
  EXPECT_TRUE(none.candidates.empty());
}

TEST_P(ConformanceRanges, ATicketsDifficultyIsTheLastThatItMeets) {
  const poc::RaceSpec race = race_of(kTiny, 22);
  ASSERT_NO_FATAL_FAILURE(start(race));
  const poc::InputKey key = poc::input_key(race, 0);
  const poc::Ticket ticket = poc::make_ticket(key, oracle().digest(race.model, key));
  const std::uint64_t best = poc::difficulty_of(ticket);
  EXPECT_EQ(run({0, 1, poc::Target::from_difficulty(best)}).candidates.size(), 1U);
  EXPECT_EQ(run({0, 1, poc::Target::from_difficulty(best + 1)}).candidates.size(), 0U);
}

TEST_P(ConformanceRanges, TheLastNoncesOfAll) {
  const poc::RaceSpec race = race_of(kTiny, 23);
  ASSERT_NO_FATAL_FAILURE(start(race));
  const std::uint64_t count = device_->group_size() + 3;
  expect_exact(race, run({0 - count, count, poc::Target::from_difficulty(1)}));
  expect_exact(race, run({UINT64_MAX, 1, poc::Target::from_difficulty(1)}));
}

TEST_P(ConformanceRanges, RangesAcrossACarryOfTheNonce) {
  const poc::RaceSpec race = race_of(kTiny, 24);
  ASSERT_NO_FATAL_FAILURE(start(race));
  expect_exact(race, run({0xfffffffdULL, 6, poc::Target::from_difficulty(1)}));
  expect_exact(race, run({0x00fffffffffffffdULL, 6, poc::Target::from_difficulty(1)}));
}

TEST_P(ConformanceRanges, TwoInFlightAreCollectedInOrder) {
  const poc::RaceSpec race = race_of(kTiny, 25);
  ASSERT_NO_FATAL_FAILURE(start(race));
  const std::uint64_t count = device_->group_size() + 1;
  const auto range = [&](std::uint64_t i) {
    return NonceRange{i * 1'000'000, count + i, poc::Target::from_difficulty(1 + i)};
  };
  ASSERT_NO_FATAL_FAILURE(enqueue(range(0)));
  ASSERT_NO_FATAL_FAILURE(enqueue(range(1)));
  for (std::uint64_t i = 0; i < 6; ++i) {
    const RangeResult result = collect();
    EXPECT_EQ(result.range.first, range(i).first);
    EXPECT_EQ(result.range.count, range(i).count);
    EXPECT_EQ(result.range.target, range(i).target);
    expect_exact(race, result);
    if (i < 4) {
      ASSERT_NO_FATAL_FAILURE(enqueue(range(i + 2)));
    }
  }
}

TEST_P(ConformanceRanges, BusyIsTimeThatPassed) {
  const poc::RaceSpec race = race_of(kNano, 26);
  ASSERT_NO_FATAL_FAILURE(start(race));
  const base::SystemClock clock;
  const auto began = clock.now();
  const RangeResult result = run({0, 2 * device_->group_size() + 30, poc::Target::none()});
  EXPECT_GT(result.busy.count(), 0);
  EXPECT_LE(result.busy, 2 * (clock.now() - began));  // a device's clock may differ a little
}

TEST_P(ConformanceRanges, RacesOfOneModelDifferBySeedAndIdentity) {
  const poc::RaceSpec one = race_of(kTiny, 27);
  poc::RaceSpec other = one;
  other.identity_hash = poc::hash_identity("somebody else").value();
  poc::RaceSpec later = one;
  later.start_seed[31] ^= 0x80;
  for (const auto& race : {one, other, later, one}) {
    ASSERT_NO_FATAL_FAILURE(start(race));
    expect_exact(race, run({0, 4, poc::Target::from_difficulty(1)}));
  }
}

INSTANTIATE_TEST_SUITE_P(Devices, ConformanceRanges, testing::ValuesIn(subjects()),
                         subject_test_name);

}  // namespace
}  // namespace tests
