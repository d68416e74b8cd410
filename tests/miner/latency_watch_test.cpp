#include "miner/latency_watch.h"

#include "tests/miner/support.h"

namespace miner {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using tests::at;

class LatencyWatchTest : public ::testing::Test {
 protected:
  /// One clock exchange, and a look.
  void exchange(base::Micros round_trip) {
    const base::UnixTime pool(seconds(1'800'000'000));
    clock_.add({at(seconds(0)), pool, pool, at(round_trip)});
    watch_.look(clock_);
  }
  stratum::PoolClock clock_;
  LatencyWatch watch_{milliseconds(50)};
};

TEST_F(LatencyWatchTest, ThreeExchangesAfterTheLoginTell) {
  exchange(milliseconds(51));  // the subscription
  exchange(milliseconds(51));
  exchange(milliseconds(51));
  EXPECT_FALSE(watch_.settled());
  EXPECT_FALSE(watch_.too_far());
  exchange(milliseconds(51));
  EXPECT_TRUE(watch_.settled());
  EXPECT_TRUE(watch_.too_far());
}

TEST_F(LatencyWatchTest, TheLimitItselfIsNearEnough) {
  for (int i = 0; i < 20; ++i) exchange(milliseconds(50));
  EXPECT_TRUE(watch_.settled());
  EXPECT_FALSE(watch_.too_far());
}

TEST_F(LatencyWatchTest, TheBestOfTheLastCounts) {
  exchange(milliseconds(30));
  for (int i = 0; i < 9; ++i) exchange(milliseconds(900));
  EXPECT_FALSE(watch_.too_far()) << "one of the last eight was short two exchanges ago";
  exchange(milliseconds(900));
  EXPECT_TRUE(watch_.too_far());
}

TEST_F(LatencyWatchTest, AShortOneBeginsAnew) {
  for (int i = 0; i < 3; ++i) exchange(milliseconds(900));
  exchange(milliseconds(30));
  EXPECT_FALSE(watch_.too_far());
  watch_.look(clock_);
  EXPECT_FALSE(watch_.too_far());
}

TEST_F(LatencyWatchTest, LooksWithoutAnExchangeCountNothing) {
  exchange(milliseconds(900));
  exchange(milliseconds(900));
  for (int i = 0; i < 10; ++i) watch_.look(clock_);
  EXPECT_FALSE(watch_.too_far());
}

TEST(LatencyWatch, WithoutALimitNothingIsTooFar) {
  LatencyWatch watch(base::Micros(0));
  EXPECT_TRUE(watch.settled());
  EXPECT_FALSE(watch.too_far());
}

}  // namespace
}  // namespace miner
