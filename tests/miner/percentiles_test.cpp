#include "miner/percentiles.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

namespace miner {
namespace {

using base::Micros;

TEST(Percentiles, OfNothingThereAreNone) {
  const Percentiles none;
  EXPECT_EQ(none.count(), 0U);
  EXPECT_FALSE(none.least() || none.most() || none.at_most(0.5) || none.at_least(0.5));
}

TEST(Percentiles, OneTimeIsEveryPercentileExactly) {
  for (const std::int64_t time : {0L, 1L, 127L, 128L, 987'654'321L, -1L, -4'567'891L}) {
    Percentiles one;
    one.add(Micros(time));
    for (const double part : {0.0, 0.5, 0.99, 1.0}) {
      EXPECT_EQ(one.at_most(part), Micros(time));
      EXPECT_EQ(one.at_least(part), Micros(time));
    }
  }
}

TEST(Percentiles, NearestRankOfShortTimesIsExact) {
  Percentiles times;
  for (int time = 100; time >= 1; --time) times.add(Micros(time));
  EXPECT_EQ(times.at_most(0.50), Micros(50));
  EXPECT_EQ(times.at_most(0.95), Micros(95));
  EXPECT_EQ(times.at_most(0.99), Micros(99));
  EXPECT_EQ(times.at_most(1), Micros(100));
  EXPECT_EQ(times.at_most(0), Micros(1));
  EXPECT_EQ(times.at_least(0.95), Micros(6)) << "6..100 are 95 of them";
  EXPECT_EQ(times.at_least(0.99), Micros(2));
  EXPECT_EQ(times.least(), Micros(1));
  EXPECT_EQ(times.most(), Micros(100));
}

TEST(Percentiles, MissedMarginsAreBelowZero) {
  Percentiles margins;
  for (const int margin : {-120, -20, 5, 90}) margins.add(Micros(margin));
  EXPECT_EQ(margins.at_least(0.5), Micros(5));
  EXPECT_EQ(margins.at_least(0.75), Micros(-20));
  EXPECT_EQ(margins.at_least(0.99), Micros(-120));
}

/// Against all of them, sorted.
TEST(Percentiles, OffByLessThanOneIn128WhateverTheTimes) {
  constexpr unsigned kSeed = 20'261;
  SCOPED_TRACE(kSeed);
  std::mt19937_64 random(kSeed);
  for (int run = 0; run < 200; ++run) {
    Percentiles times;
    std::vector<std::int64_t> all;
    for (auto n = 1 + random() % 300; n > 0; --n) {
      const auto size = static_cast<std::int64_t>(random() >> (1 + random() % 63));
      all.push_back(random() % 4 == 0 ? -size : size);
      times.add(Micros(all.back()));
    }
    std::sort(all.begin(), all.end());
    for (const double part : {0.01, 0.5, 0.95, 0.99, 1.0}) {
      const auto rank = static_cast<std::size_t>(std::ceil(part * static_cast<double>(all.size())));
      const auto near = [](Micros got, std::int64_t exact) {
        const auto wanted = static_cast<double>(exact);
        return std::abs(static_cast<double>(got.count()) - wanted) <= std::abs(wanted) / 128;
      };
      EXPECT_TRUE(near(*times.at_most(part), all.at(rank - 1))) << run << ' ' << part;
      EXPECT_TRUE(near(*times.at_least(part), all.at(all.size() - rank))) << run << ' ' << part;
    }
  }
}

TEST(Percentiles, TheFarthestTimesThereAreAreTakenToo) {
  Percentiles times;
  const Micros most(std::numeric_limits<std::int64_t>::max());
  const Micros least(std::numeric_limits<std::int64_t>::min());
  times.add(most);
  times.add(least);
  EXPECT_EQ(times.at_most(0.5), least);
  EXPECT_EQ(times.at_most(1), most);
}

}  // namespace
}  // namespace miner
