#include "miner/rate_window.h"

#include <cmath>
#include <random>
#include <utility>
#include <vector>

#include "tests/miner/support.h"

namespace miner {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using tests::at;

TEST(RateWindow, NotFilledYetHasNoRate) {
  RateWindow window(at(seconds(0)));
  window.add(at(milliseconds(100)), 50);
  EXPECT_FALSE(window.per_second(10, at(milliseconds(100))));
  EXPECT_FALSE(window.per_second(10, at(seconds(10) - microseconds(1))));
  EXPECT_TRUE(window.per_second(10, at(seconds(10))));
  EXPECT_FALSE(window.per_second(60, at(seconds(10))));
  EXPECT_FALSE(window.per_second(900, at(minutes(15) - microseconds(1))));
  EXPECT_TRUE(window.per_second(900, at(minutes(15))));
}

TEST(RateWindow, OfNothingIsZeroOnceFilled) {
  const RateWindow window(at(seconds(0)));
  EXPECT_EQ(window.per_second(10, at(seconds(10))), 0.0);
  EXPECT_EQ(window.per_second(900, at(minutes(15))), 0.0);
}

TEST(RateWindow, BucketThatIsFillingDoesNotCount) {
  RateWindow window(at(seconds(0)));
  window.add(at(seconds(10)), 100);
  EXPECT_EQ(window.per_second(10, at(seconds(10))), 0.0);
  EXPECT_EQ(window.per_second(10, at(seconds(11) - microseconds(1))), 0.0);
  EXPECT_EQ(window.per_second(10, at(seconds(11))), 10.0);
}

TEST(RateWindow, BucketEdges) {
  RateWindow window(at(seconds(0)));
  window.add(at(seconds(5)), 10);                    // first moment of its bucket
  window.add(at(seconds(6) - microseconds(1)), 20);  // last moment of the same
  EXPECT_EQ(window.per_second(1, at(seconds(6))), 30.0);
  EXPECT_EQ(window.per_second(1, at(seconds(7) - microseconds(1))), 30.0);
  EXPECT_EQ(window.per_second(1, at(seconds(7))), 0.0);
  EXPECT_EQ(window.per_second(10, at(seconds(15))), 3.0);  // seconds 5..14
  EXPECT_EQ(window.per_second(10, at(seconds(16))), 0.0);  // seconds 6..15
}

TEST(RateWindow, DoesNotJumpWithThePartOfASecond) {
  RateWindow window(at(seconds(0)));
  for (int i = 0; i < 200; ++i) window.add(at(milliseconds(100 * i)), 1);
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(window.per_second(10, at(seconds(20) + milliseconds(99 * i))), 10.0);
  }
}

TEST(RateWindow, PausesCount) {
  RateWindow window(at(seconds(0)));
  window.add(at(seconds(0)), 60);
  EXPECT_EQ(window.per_second(60, at(seconds(60))), 1.0);
  window.add(at(seconds(3000)), 60);  // long after, the old bucket's place is taken
  EXPECT_EQ(window.per_second(60, at(seconds(3001))), 1.0);
  EXPECT_EQ(window.per_second(60, at(seconds(3061))), 0.0);
  EXPECT_EQ(window.per_second(900, at(seconds(3061))), 60.0 / 900);
}

TEST(RateWindow, FifteenMinutesAreAllThere) {
  RateWindow window(at(seconds(0)));
  for (int second = 0; second < 1800; ++second) window.add(at(seconds(second)), second);
  double sum = 0;
  for (int second = 900; second < 1800; ++second) sum += second;
  EXPECT_EQ(window.per_second(900, at(seconds(1800))), sum / 900);
}

TEST(RateWindow, NeverOfTheFuture) {
  RateWindow window(at(seconds(0)));
  window.add(at(seconds(20)), 100);
  EXPECT_EQ(window.per_second(10, at(seconds(15))), 0.0);
  EXPECT_EQ(window.per_second(10, at(seconds(20))), 0.0);
  EXPECT_FALSE(window.per_second(10, at(seconds(9))));
  EXPECT_FALSE(window.per_second(10, at(seconds(-5))));
}

TEST(RateWindow, WhatComesLateFallsIntoItsOwnSecond) {
  RateWindow window(at(seconds(0)));
  window.add(at(seconds(8)), 100);
  window.add(at(seconds(6)), 10);  // a clock read before another thread's later one
  EXPECT_EQ(window.per_second(1, at(seconds(7))), 10.0);
  EXPECT_EQ(window.per_second(1, at(seconds(8))), 0.0);
  EXPECT_EQ(window.per_second(1, at(seconds(9))), 100.0);
  EXPECT_EQ(window.per_second(5, at(seconds(9))), 22.0);
  window.add(at(seconds(2000)), 900);
  window.add(at(seconds(6)), 10);  // nobody asks for it any more
  EXPECT_EQ(window.per_second(900, at(seconds(2001))), 1.0);
}

TEST(RateWindow, StaysSharpForAYear) {
  constexpr double kMacs = 0.9e15;  // a second: many large cards
  constexpr std::int64_t kYear = 365 * 86'400;
  RateWindow window(at(seconds(0)));
  for (std::int64_t hour = 0; hour < kYear; hour += 3600)
    window.add(at(seconds(hour)), 3600 * kMacs);
  for (std::int64_t s = 0; s < 900; ++s) window.add(at(seconds(kYear + s)), kMacs / 3);
  for (const std::int64_t n : {10, 60, 900}) {
    EXPECT_NEAR(*window.per_second(n, at(seconds(kYear + 900))), kMacs / 3, kMacs * 1e-12) << n;
  }
  EXPECT_EQ(window.per_second(60, at(seconds(kYear + 960))), 0.0) << "and nothing is nothing";
}

TEST(RateWindow, FractionalSecondsAreFromItsOwnStart) {
  RateWindow window(at(milliseconds(700)));
  window.add(at(milliseconds(1699)), 5);  // its second 0
  window.add(at(milliseconds(1700)), 7);  // its second 1
  EXPECT_FALSE(window.per_second(1, at(milliseconds(1699))));
  EXPECT_EQ(window.per_second(1, at(milliseconds(1700))), 5.0);
  EXPECT_EQ(window.per_second(1, at(milliseconds(2700))), 7.0);
}

/// The same by a list of all that was added.
class NaiveWindow {
 public:
  void add(std::int64_t micros, double amount) { events_.emplace_back(micros, amount); }
  std::optional<double> per_second(std::int64_t n, std::int64_t now) const {
    if (now < n * 1'000'000) return std::nullopt;
    const std::int64_t end = now / 1'000'000 * 1'000'000;
    double sum = 0;
    for (const auto& [micros, amount] : events_) {
      if (micros >= end - n * 1'000'000 && micros < end) sum += amount;
    }
    return sum / static_cast<double>(n);
  }

 private:
  std::vector<std::pair<std::int64_t, double>> events_;
};

class RateWindowProperty : public tests::SeededTest {};

TEST_P(RateWindowProperty, EqualsAListOfEvents) {
  std::mt19937_64 random(GetParam());
  RateWindow window(at(seconds(0)));
  NaiveWindow naive;
  std::int64_t now = 0;
  for (int i = 0; i < 3000; ++i) {
    const bool pause = random() % 100 == 0;
    now += static_cast<std::int64_t>(random() % (pause ? 1'200'000'000 : 1'500'000));
    const auto amount = static_cast<double>(random() % 1000);
    window.add(at(microseconds(now)), amount);
    naive.add(now, amount);
    const std::int64_t n = 1 + static_cast<std::int64_t>(random() % RateWindow::kMaxSeconds);
    const std::int64_t asked = now + static_cast<std::int64_t>(random() % 3'000'000);
    ASSERT_EQ(window.per_second(n, at(microseconds(asked))), naive.per_second(n, asked))
        << "event " << i << ", " << n << " s";
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, RateWindowProperty, ::testing::Values(1u, 2u, 3u));

}  // namespace
}  // namespace miner
