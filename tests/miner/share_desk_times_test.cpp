#include "tests/miner/share_desk_fixture.h"

// What the desk measures of shares on their way. T_end of every race is 1000 s after the pool's
// epoch, and 10 s on the pool's clock are `pool(10)`.
namespace miner {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using stratum::Code;

class ShareDeskTimesTest : public ShareDeskTest {
 protected:
  static base::UnixTime pool(std::int64_t at_ms) { return base::UnixTime(milliseconds(at_ms)); }
  /// The device gave it at `at_ms`.
  void find_at(std::uint64_t nonce, std::int64_t at_ms, SprintKey key = 1) {
    Race race = *make_race(key);
    race.pool_t_end = pool(1'000'000);
    const backends::Candidate candidate{nonce, tests::bytes_of(static_cast<std::uint8_t>(nonce))};
    desk_.found(
        0, {std::make_shared<const Race>(race), tests::make_lease(5, 0, 0), candidate, ms(at_ms)},
        0, ms(at_ms));
    ++offered_;
  }
  void depart(std::uint64_t seq, std::int64_t at_ms, std::int64_t pool_ms, SprintKey key = 1) {
    desk_.departed("s-" + std::to_string(key), seq, ms(at_ms), pool(pool_ms));
  }
  static TimeSpread once(base::Micros time) { return {1, time, time, time, time}; }
};

TEST_F(ShareDeskTimesTest, NothingMeasuredIsNothing) {
  open();
  find_at(1, 0);
  EXPECT_EQ(desk_.times(), SubmitTimes{});
  EXPECT_EQ(desk_.times_in(1), SubmitTimes{});
  EXPECT_EQ(desk_.times_in(99), SubmitTimes{});
}

TEST_F(ShareDeskTimesTest, DelayAnswerAndMarginOfAShare) {
  open();
  find_at(1, 100);
  depart(1, 103, 999'400);
  EXPECT_EQ(desk_.times().delay, once(milliseconds(3)));
  EXPECT_EQ(desk_.times().margin, once(milliseconds(600)));
  EXPECT_FALSE(desk_.times().answer);
  answer(1, {}, 0, 1, 150);
  EXPECT_EQ(desk_.times().answer, once(milliseconds(47)));
  EXPECT_EQ(desk_.times_in(1), desk_.times());
}

TEST_F(ShareDeskTimesTest, OfASprintAndOfTheRun) {
  open();
  find_at(1, 0, 1);
  find_at(1, 0, 2);
  depart(1, 2, 999'000, 1);
  depart(1, 9, 998'000, 2);
  EXPECT_EQ(desk_.times_in(1).delay, once(milliseconds(2)));
  EXPECT_EQ(desk_.times_in(2).delay, once(milliseconds(9)));
  ASSERT_TRUE(desk_.times().delay);
  EXPECT_EQ(desk_.times().delay->count, 2U);
  EXPECT_EQ(desk_.times().delay->worst, milliseconds(9));
  EXPECT_EQ(desk_.times().margin->worst, seconds(1));
  answer(1, {}, 0, 1);
  answer(1, {}, 0, 2);
  credit(1, 1);
  desk_.give_up(1);
  EXPECT_EQ(desk_.times_in(1), SubmitTimes{}) << "its book is closed";
  EXPECT_EQ(desk_.times().delay->count, 2U) << "the run's is not";
}

TEST_F(ShareDeskTimesTest, ALateSubmitHasANegativeMargin) {
  open();
  find_at(1, 0);
  depart(1, 1, 1'000'001);
  EXPECT_EQ(desk_.times().margin, once(milliseconds(-1)));
}

TEST_F(ShareDeskTimesTest, EachSubmitHasAMarginAndTheShareOneDelay) {
  open();
  find_at(1, 0);
  depart(1, 2, 990'000);
  answer(1, Code::kBusy, 200, 1, 5);
  desk_.tick(ms(1000));
  depart(1, 1001, 995'000);
  answer(1, {}, 0, 1, 1004);
  EXPECT_EQ(desk_.times().delay, once(milliseconds(2)));
  ASSERT_TRUE(desk_.times().margin);
  EXPECT_EQ(desk_.times().margin->count, 2U);
  EXPECT_EQ(desk_.times().margin->worst, seconds(5));
  EXPECT_EQ(desk_.times().answer->count, 2U);
}

TEST_F(ShareDeskTimesTest, AShareThatWaitsForASessionIsDelayedByThat) {
  find_at(1, 0);
  open();
  depart(1, 700, 999'000);
  EXPECT_EQ(desk_.times().delay, once(milliseconds(700)));
}

TEST_F(ShareDeskTimesTest, TellingAgainWhatIsStoredIsNoSubmitInTime) {
  open();
  find_at(1, 0);
  depart(1, 1, 999'000);
  answer(1, {}, 0, 1, 2);
  lose();
  open(0, false);
  depart(1, 5000, 1'004'000);
  EXPECT_EQ(desk_.times().margin, once(seconds(1)));
  EXPECT_EQ(desk_.times().delay, once(milliseconds(1)));
}

TEST_F(ShareDeskTimesTest, DeparturesOfStrangersAreIgnored) {
  open();
  find_at(1, 0);
  depart(77, 1, 999'000);
  depart(1, 1, 999'000, 9);
  EXPECT_EQ(desk_.times(), SubmitTimes{});
  depart(1, 1, 999'000);
  answer(1, {}, 0, 1, 2);
  depart(1, 3, 999'000);
  EXPECT_EQ(desk_.times().margin->count, 1U) << "answered before it left";
}

TEST_F(ShareDeskTimesTest, WhatAnEarlierRunFoundIsNotMeasured) {
  desk_.left(0, 1, {"s-9", {5, 7, tests::bytes_of(7)}, 1, pool(1'000'000)}, ms(0));
  ++offered_;
  open();
  depart(1, 10, 1'001'000, 9);
  answer(1, {}, 0, 9, 12);
  EXPECT_EQ(desk_.times(), SubmitTimes{});
}

}  // namespace
}  // namespace miner
