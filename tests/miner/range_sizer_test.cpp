#include "miner/range_sizer.h"

#include <cmath>
#include <limits>
#include <random>

#include "tests/miner/support.h"

namespace miner {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(SizeRange, FirstIsOneGroup) {
  for (const std::uint32_t group : {1u, 3u, 64u, 4096u}) {
    EXPECT_EQ(size_range(std::nullopt, group, seconds(10), 0), group);
  }
}

TEST(SizeRange, NothingWithoutTime) {
  for (const base::Micros left : {microseconds(0), microseconds(-1), base::Micros(seconds(-100))}) {
    EXPECT_EQ(size_range(std::nullopt, 8, left, 0), 0u);
    EXPECT_EQ(size_range(1000.0, 8, left, 0), 0u);
    EXPECT_EQ(size_range(1e12, 1, left, 0), 0u);
  }
}

TEST(SizeRange, AboutATenthOfASecondInWholeGroups) {
  EXPECT_EQ(size_range(1000.0, 10, seconds(10), 0), 100u);
  EXPECT_EQ(size_range(1000.0, 10, seconds(10), 100), 100u);
  const std::uint64_t odd = size_range(1000.0, 64, seconds(10), 0);
  EXPECT_TRUE(odd == 64 || odd == 128) << odd;
  EXPECT_EQ(size_range(1000.0, 4096, seconds(10), 0), 4096u) << "a group is the least";
}

TEST(SizeRange, OfASlowDeviceIsOneGroup) {
  EXPECT_EQ(size_range(0.5, 1, seconds(100), 0), 1u);
  EXPECT_EQ(size_range(0.5, 1, milliseconds(1999), 0), 0u) << "one nonce takes 2 s";
  EXPECT_EQ(size_range(0.5, 1, seconds(3), 1), 0u) << "the one in flight takes 2 s before it";
}

TEST(SizeRange, ShrinksTowardsTheEnd) {
  const std::uint64_t last = size_range(1000.0, 10, milliseconds(55), 0);
  EXPECT_GE(last, 1u);
  EXPECT_LE(last, 55u);
  EXPECT_LE(size_range(1000.0, 10, milliseconds(55), 40), 15u);
  EXPECT_EQ(size_range(1000.0, 10, milliseconds(55), 55), 0u);
  EXPECT_EQ(size_range(1000.0, 10, milliseconds(55), 1'000'000), 0u);
}

// Ranges may end this much of the time left before the deadline.
constexpr double kMargin = 0.9;

class SizeRangeProperty : public tests::SeededTest {};

TEST_P(SizeRangeProperty, NeverMoreThanFitsAndWholeGroupsUnlessAtTheEnd) {
  std::mt19937_64 random(GetParam());
  const auto real = [&](double low, double high) {  // evenly over the orders of magnitude
    return std::exp(std::uniform_real_distribution<>(std::log(low), std::log(high))(random));
  };
  for (int i = 0; i < 20000; ++i) {
    const double rate = real(1e-3, 1e10);
    const auto group = static_cast<std::uint32_t>(real(1, 65536));
    const base::Micros left(static_cast<std::int64_t>(real(1, 3.6e9)));
    const std::uint64_t in_flight =
        random() % 4 == 0 ? static_cast<std::uint64_t>(real(1, 1e9)) : 0;
    const std::uint64_t count = size_range(rate, group, left, in_flight);
    const double fits = rate * std::chrono::duration<double>(left).count();
    const auto case_text = ::testing::Message()
                           << "rate " << rate << ", group " << group << ", left " << left.count()
                           << ", in flight " << in_flight << ": " << count;
    if (count != 0) {
      EXPECT_LE(static_cast<double>(count + in_flight), fits * (1 + 1e-9)) << case_text;
    } else {  // not even one nonce, give or take the margin of a rate that is a mean
      EXPECT_GT(static_cast<double>(1 + in_flight), fits * kMargin) << case_text;
    }
    if (count % group != 0) {  // at the end: not one whole group would fit
      EXPECT_LT(count, group) << case_text;
      EXPECT_GT(static_cast<double>(group + in_flight), fits * kMargin) << case_text;
    }
    const double slice = std::max(2 * static_cast<double>(group), 0.2 * rate);
    EXPECT_LE(static_cast<double>(count), slice) << "not about 100 ms, " << case_text;
    if (HasFailure()) return;
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, SizeRangeProperty, ::testing::Values(21u, 22u, 23u));

TEST(SizeRange, TakesExtremes) {
  EXPECT_LE(size_range(0.0, 8, seconds(10), 0), 8u);
  EXPECT_GE(size_range(1e18, 1, seconds(3600), 0), 1u);
  EXPECT_EQ(size_range(1000.0, 8, seconds(1), std::numeric_limits<std::uint64_t>::max()), 0u);
  EXPECT_LE(size_range(1000.0, std::numeric_limits<std::uint32_t>::max(), seconds(1), 0), 1000u);
}

TEST(RateEstimate, HasNoneBeforeTheFirstRange) {
  EXPECT_FALSE(RateEstimate().nonces_per_second());
}

TEST(RateEstimate, FirstRangeIsTheRate) {
  RateEstimate rate;
  rate.add(50, milliseconds(100));
  ASSERT_TRUE(rate.nonces_per_second());
  EXPECT_DOUBLE_EQ(*rate.nonces_per_second(), 500);
}

TEST(RateEstimate, RangeThatSaysNothingChangesNothing) {
  RateEstimate rate;
  rate.add(0, microseconds(0));
  rate.add(0, milliseconds(100));  // cancelled before its first nonce
  rate.add(10, microseconds(0));   // shorter than the clock can tell
  EXPECT_FALSE(rate.nonces_per_second());
  rate.add(50, milliseconds(100));
  rate.add(0, microseconds(0));
  EXPECT_DOUBLE_EQ(*rate.nonces_per_second(), 500);
}

TEST(RateEstimate, Converges) {
  RateEstimate rate;
  rate.add(1'000'000, seconds(1));  // far off, as a first range can be
  for (int i = 0; i < 100; ++i) rate.add(500, milliseconds(100));
  EXPECT_NEAR(*rate.nonces_per_second(), 5000, 50);
  for (int i = 0; i < 60; ++i) rate.add(100, milliseconds(100));
  EXPECT_NEAR(*rate.nonces_per_second(), 1000, 10);
}

TEST(RateEstimate, HalfOfTheWeightLiesInAboutTheLastFive) {
  RateEstimate rate;
  for (int i = 0; i < 100; ++i) rate.add(100, seconds(1));
  for (int i = 0; i < 5; ++i) rate.add(200, seconds(1));
  EXPECT_NEAR(*rate.nonces_per_second(), 150, 15);
}

TEST(RateEstimate, StaysBetweenTheRatesItSaw) {
  std::mt19937_64 random(24);
  RateEstimate rate;
  for (int i = 0; i < 1000; ++i) {
    const std::uint64_t nonces = 100 + random() % 900;
    rate.add(nonces, seconds(1));
    ASSERT_GE(*rate.nonces_per_second(), 100);
    ASSERT_LE(*rate.nonces_per_second(), 1000);
  }
}

}  // namespace
}  // namespace miner
