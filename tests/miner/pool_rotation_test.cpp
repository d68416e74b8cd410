#include "miner/pool_rotation.h"

#include <set>

#include "tests/miner/support.h"

namespace miner {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

std::size_t fail_next(PoolRotation& rotation) {
  const std::size_t pool = rotation.next().pool;
  rotation.failed();
  return pool;
}

TEST(PoolRotation, BeginsWithTheFirstAtOnce) {
  PoolRotation rotation(3, 1);
  const PoolRotation::Next next = rotation.next();
  EXPECT_EQ(next.pool, 0u);
  EXPECT_EQ(next.wait, base::Micros(0));
}

TEST(PoolRotation, KeepsTheUsersOrder) {
  PoolRotation rotation(3, 1);
  for (int round = 0; round < 4; ++round) {
    for (std::size_t pool = 0; pool < 3; ++pool) EXPECT_EQ(fail_next(rotation), pool);
  }
}

TEST(PoolRotation, FromTheFirstAgainAfterOneThatWorked) {
  PoolRotation rotation(3, 1);
  fail_next(rotation);
  fail_next(rotation);
  EXPECT_EQ(rotation.next().pool, 2u);
  rotation.worked();
  EXPECT_EQ(rotation.next().pool, 0u);
  rotation.failed();
  EXPECT_EQ(rotation.next().pool, 1u);
}

TEST(PoolRotation, FirstTryAfterALossComesWithinHalfASecond) {
  for (std::uint32_t seed = 0; seed < 200; ++seed) {
    PoolRotation rotation(2, seed);
    for (int i = 0; i < 20; ++i) fail_next(rotation);  // whatever was before
    rotation.next();
    rotation.worked();
    const PoolRotation::Next next = rotation.next();
    EXPECT_LE(next.wait, milliseconds(500));
    EXPECT_GE(next.wait, base::Micros(0));
  }
}

TEST(PoolRotation, FirstTryAfterAFailureComesWithinHalfASecond) {
  for (std::uint32_t seed = 0; seed < 200; ++seed) {
    PoolRotation rotation(1, seed);
    fail_next(rotation);
    EXPECT_LE(rotation.next().wait, milliseconds(500));
  }
}

TEST(PoolRotation, PoolThatDropsUsIsPassedOver) {
  PoolRotation rotation(2, 1);
  for (int round = 0; round < 3; ++round) {
    EXPECT_EQ(rotation.next().pool, 0u);
    rotation.dropped();
    EXPECT_FALSE(rotation.all_failed()) << "it could be reached";
    EXPECT_EQ(fail_next(rotation), 1u);
  }
}

TEST(PoolRotation, PoolThatOnlyDropsUsIsNotHammered) {
  for (std::uint32_t seed = 1; seed <= 50; ++seed) {
    PoolRotation rotation(1, seed);
    rotation.next();
    rotation.dropped();
    EXPECT_LE(rotation.next().wait, milliseconds(500));
    for (int i = 0; i < 10; ++i) rotation.dropped();
    EXPECT_GE(rotation.next().wait, milliseconds(2500));
    EXPECT_LE(rotation.next().wait, seconds(5));
    rotation.worked();
    EXPECT_LE(rotation.next().wait, milliseconds(500));
  }
}

/// The waits before the tries of a pool that is never reached, by try, for many seeds.
std::vector<std::vector<base::Micros>> waits_of_failures(int tries) {
  std::vector<std::vector<base::Micros>> by_try(static_cast<std::size_t>(tries));
  for (std::uint32_t seed = 1; seed <= 200; ++seed) {
    PoolRotation rotation(1, seed);
    for (auto& waits : by_try) {
      waits.push_back(rotation.next().wait);
      rotation.failed();
    }
  }
  return by_try;
}

double mean_ms(const std::vector<base::Micros>& waits) {
  double sum = 0;
  for (const base::Micros wait : waits) sum += static_cast<double>(wait.count()) / 1000;
  return sum / static_cast<double>(waits.size());
}

TEST(PoolRotation, WaitsGrowToAtMostFiveSeconds) {
  const auto by_try = waits_of_failures(40);
  for (std::size_t i = 0; i < by_try.size(); ++i) {
    for (const base::Micros wait : by_try[i]) {
      ASSERT_LE(wait, seconds(5)) << "try " << i;
      ASSERT_GE(wait, base::Micros(0)) << "try " << i;
    }
    if (i == 0) continue;
    EXPECT_GE(mean_ms(by_try[i]), mean_ms(by_try[i - 1]) * 0.8) << "try " << i;  // of 200 samples
  }
  EXPECT_GE(mean_ms(by_try.back()), 2000) << "a pool that is down is not hammered";
  EXPECT_LT(mean_ms(by_try[1]), mean_ms(by_try[4]));
}

TEST(PoolRotation, WaitsHaveJitter) {
  const auto by_try = waits_of_failures(10);
  for (std::size_t i = 1; i < by_try.size(); ++i) {
    const std::set<base::Micros> different(by_try[i].begin(), by_try[i].end());
    EXPECT_GT(different.size(), 100u) << "try " << i;
  }
}

TEST(PoolRotation, WaitsAreFixedByTheSeed) {
  PoolRotation a(1, 77);
  PoolRotation b(1, 77);
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(a.next().wait, b.next().wait);
    a.failed();
    b.failed();
  }
}

TEST(PoolRotation, RefusedOnesAreNotTried) {
  PoolRotation rotation(3, 1);
  fail_next(rotation);
  EXPECT_EQ(rotation.next().pool, 1u);
  rotation.refused();
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(fail_next(rotation), 2u);
    EXPECT_EQ(fail_next(rotation), 0u);
  }
  EXPECT_EQ(rotation.next().pool, 2u);
  rotation.worked();
  EXPECT_EQ(fail_next(rotation), 0u);
  EXPECT_EQ(fail_next(rotation), 2u) << "refused for good";
}

TEST(PoolRotation, FirstMayBeTheRefusedOne) {
  PoolRotation rotation(2, 1);
  rotation.next();
  rotation.refused();
  EXPECT_FALSE(rotation.all_refused());
  EXPECT_EQ(rotation.next().pool, 1u);
  rotation.worked();
  EXPECT_EQ(rotation.next().pool, 1u) << "the first that is not refused";
}

TEST(PoolRotation, AllRefused) {
  PoolRotation rotation(2, 1);
  EXPECT_FALSE(rotation.all_refused());
  rotation.next();
  rotation.refused();
  EXPECT_FALSE(rotation.all_refused());
  rotation.next();
  rotation.refused();
  EXPECT_TRUE(rotation.all_refused());
}

TEST(PoolRotation, AllFailed) {
  PoolRotation rotation(2, 1);
  EXPECT_FALSE(rotation.all_failed());
  fail_next(rotation);
  EXPECT_FALSE(rotation.all_failed());
  fail_next(rotation);
  EXPECT_TRUE(rotation.all_failed());
  rotation.next();
  rotation.worked();
  EXPECT_FALSE(rotation.all_failed()) << "counts from the last one that worked";
  fail_next(rotation);
  EXPECT_FALSE(rotation.all_failed());
  fail_next(rotation);
  EXPECT_TRUE(rotation.all_failed());
}

TEST(PoolRotation, RefusedOnesDoNotKeepAllFromHavingFailed) {
  PoolRotation rotation(3, 1);
  rotation.next();
  rotation.refused();
  fail_next(rotation);
  EXPECT_FALSE(rotation.all_failed());
  fail_next(rotation);
  EXPECT_TRUE(rotation.all_failed());
  EXPECT_FALSE(rotation.all_refused());
}

TEST(PoolRotation, OneThatIsConnectedAlreadyCountsAsTheNext) {
  PoolRotation rotation(3, 1);
  rotation.next();
  rotation.refused();
  EXPECT_EQ(rotation.next().pool, 1u);
  rotation.worked();
  rotation.use(0);
  rotation.failed();
  EXPECT_EQ(rotation.next().pool, 1u) << "the one after it";
  rotation.worked();
  EXPECT_EQ(rotation.next().pool, 0u) << "it was let in";
}

TEST(PoolRotation, OneLeftOutIsAsIfItHadRefused) {
  PoolRotation rotation(3, 1);
  rotation.leave_out(0);
  EXPECT_EQ(rotation.next().wait, base::Micros(0)) << "the first try, all the same";
  rotation.failed();
  EXPECT_EQ(fail_next(rotation), 2u);
  EXPECT_EQ(fail_next(rotation), 1u);
  EXPECT_TRUE(rotation.all_failed());
}

}  // namespace
}  // namespace miner
