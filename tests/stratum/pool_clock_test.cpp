#include "stratum/pool_clock.h"

#include <gtest/gtest.h>

#include <random>

#include "tests/stratum/rigs.h"

namespace stratum {
namespace {

using base::Micros;

/// An exchange with a pool whose clock shows kPoolNow at kOurNow: begun `at` after that, `there`
/// and `back` on the way, `inside` the pool.
PoolClock::Exchange exchange(Micros at, Micros there, Micros inside, Micros back) {
  return {kOurNow + at, kPoolNow + at + there, kPoolNow + at + there + inside,
          kOurNow + at + there + inside + back};
}

Micros error_of(const PoolClock& clock) {
  return clock.to_pool(kOurNow) - kPoolNow;
}

TEST(PoolClock, KnowsNothingAtFirst) {
  const PoolClock clock;
  EXPECT_FALSE(clock.known());
  EXPECT_EQ(clock.round_trip(), std::nullopt);
}

TEST(PoolClock, SymmetricExchangeIsExact) {
  PoolClock clock;
  clock.add(exchange(Micros(0), Micros(700), Micros(5000), Micros(700)));
  EXPECT_EQ(clock.round_trip(), Micros(1400));
  EXPECT_EQ(clock.to_pool(kOurNow + Micros(5)), kPoolNow + Micros(5));
  EXPECT_EQ(clock.to_steady(kPoolNow + Micros(9)), kOurNow + Micros(9));
}

TEST(PoolClock, ErrorIsAtMostHalfTheRoundTrip) {
  constexpr unsigned kSeed = 77;
  SCOPED_TRACE(kSeed);
  std::minstd_rand random(kSeed);
  const auto up_to = [&](unsigned max) { return Micros(random() % (max + 1)); };
  for (int run = 0; run < 2000; ++run) {
    PoolClock clock;
    Micros at(0);
    for (auto n = 1 + random() % 12; n > 0; --n) {
      clock.add(exchange(at, up_to(200'000), up_to(10'000), up_to(200'000)));
      at += Micros(500'000);
      const Micros bound = *clock.round_trip() / 2 + Micros(1);
      ASSERT_LE(std::abs(error_of(clock).count()), bound.count()) << "run " << run;
    }
  }
}

TEST(PoolClock, TheBestOfTheLastEightWins) {
  PoolClock clock;
  clock.add(exchange(Micros(0), Micros(10), Micros(0), Micros(10)));
  for (int i = 1; i <= 7; ++i) {
    clock.add(exchange(Micros(i), Micros(9000), Micros(0), Micros(1000)));
    EXPECT_EQ(error_of(clock), Micros(0));
  }
  clock.add(exchange(Micros(8), Micros(9000), Micros(0), Micros(1000)));
  EXPECT_EQ(clock.round_trip(), Micros(10'000));
  EXPECT_EQ(error_of(clock), Micros(4000));
}

TEST(PoolClock, TheNewestOfEqualsWins) {
  PoolClock clock;
  clock.add(exchange(Micros(0), Micros(200), Micros(0), Micros(0)));
  clock.add(exchange(Micros(1), Micros(0), Micros(0), Micros(200)));
  EXPECT_EQ(error_of(clock), Micros(-100));
}

TEST(PoolClock, JitterIsTheSpreadOfTheOffsets) {
  PoolClock clock;
  EXPECT_EQ(clock.jitter(), std::nullopt);
  clock.add(exchange(Micros(0), Micros(100), Micros(0), Micros(100)));
  EXPECT_EQ(clock.jitter(), std::nullopt) << "one exchange says nothing of it";
  clock.add(exchange(Micros(1), Micros(100), Micros(0), Micros(100)));
  EXPECT_EQ(clock.jitter(), Micros(0));
  clock.add(exchange(Micros(2), Micros(700), Micros(0), Micros(100)));  // off by 300 us
  clock.add(exchange(Micros(3), Micros(100), Micros(0), Micros(900)));  // by -400 us
  EXPECT_EQ(clock.jitter(), Micros(289)) << "the root of (300^2 + 400^2) / 3";
}

TEST(PoolClock, ImpossibleExchangesAreIgnored) {
  PoolClock clock;
  clock.add({kOurNow, kPoolNow + Micros(1), kPoolNow, kOurNow + Micros(9)});   // sent < received
  clock.add({kOurNow, kPoolNow, kPoolNow + Micros(10), kOurNow + Micros(9)});  // longer inside
  EXPECT_FALSE(clock.known());
}

}  // namespace
}  // namespace stratum
