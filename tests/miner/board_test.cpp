#include "miner/board.h"

#include "tests/miner/support.h"

namespace miner {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using tests::at;

backends::DeviceInfo device(std::uint32_t index) {
  backends::DeviceInfo info;
  info.backend = "fake";
  info.index = index;
  return info;
}

class BoardTest : public ::testing::Test {
 protected:
  Snapshot snapshot(base::SteadyTime now) {
    Snapshot result;
    board_.write_to(result, now);
    return result;
  }
  Board board_{{device(0), device(1)}, at(seconds(0))};
};

TEST_F(BoardTest, ShowsEveryDeviceFromTheStart) {
  const Snapshot s = snapshot(at(seconds(0)));
  ASSERT_EQ(s.devices.size(), 2u);
  EXPECT_EQ(s.devices[1].info.id(), "fake:1");
  EXPECT_EQ(s.devices[0].state, DeviceState::kStarting);
  EXPECT_FALSE(s.devices[0].nonces_per_second.last_10s);
  EXPECT_FALSE(s.nonces_per_second.last_10s);
  EXPECT_EQ(s.nonces, 0u);
}

TEST_F(BoardTest, AddsUpPerDeviceAndInAll) {
  board_.open_sprint(1);
  board_.open_sprint(2);
  board_.add_work(0, 1, 600, 6e6, at(seconds(1)));
  board_.add_work(1, 1, 300, 3e6, at(seconds(1)));
  board_.add_work(1, 2, 100, 1e6, at(seconds(2)));
  const Snapshot s = snapshot(at(seconds(10)));
  EXPECT_EQ(s.nonces, 1000u);
  EXPECT_EQ(s.devices[0].nonces, 600u);
  EXPECT_EQ(s.devices[1].nonces, 400u);
  EXPECT_EQ(s.nonces_per_second.last_10s, 100.0);
  EXPECT_EQ(s.mac_per_second.last_10s, 1e6);
  EXPECT_EQ(s.devices[1].nonces_per_second.last_10s, 40.0);
  EXPECT_EQ(s.devices[1].mac_per_second.last_10s, 4e5);
  EXPECT_FALSE(s.nonces_per_second.last_60s);
  EXPECT_FALSE(s.nonces_per_second.last_15min);
  EXPECT_EQ(board_.sprint_nonces(1), 900u);
  EXPECT_EQ(board_.sprint_nonces(2), 100u);
  EXPECT_EQ(board_.sprint_nonces(3), 0u);
  board_.forget_sprint(1);
  EXPECT_EQ(board_.sprint_nonces(1), 0u);
  EXPECT_EQ(snapshot(at(seconds(10))).nonces, 1000u) << "the total stays";
}

TEST_F(BoardTest, RangeThatIsLateLeavesNothingBehind) {
  board_.open_sprint(1);
  board_.add_work(0, 1, 600, 0, at(seconds(1)));
  board_.open_sprint(1);  // its start was told again
  EXPECT_EQ(board_.sprint_nonces(1), 600u);
  board_.forget_sprint(1);
  board_.add_work(0, 1, 100, 0, at(seconds(2)));
  EXPECT_EQ(board_.sprint_nonces(1), 0u) << "nobody would ever drop it";
  EXPECT_EQ(snapshot(at(seconds(10))).devices[0].nonces, 700u);
}

TEST_F(BoardTest, WindowsFillOneAfterTheOther) {
  board_.add_work(0, 1, 9000, 0, at(seconds(0)));
  EXPECT_EQ(snapshot(at(seconds(60))).nonces_per_second.last_60s, 150.0);
  EXPECT_EQ(snapshot(at(seconds(60))).nonces_per_second.last_10s, 0.0);
  EXPECT_FALSE(snapshot(at(minutes(14))).nonces_per_second.last_15min);
  EXPECT_EQ(snapshot(at(minutes(15))).nonces_per_second.last_15min, 10.0);
}

TEST_F(BoardTest, StatesAndTheirReasons) {
  board_.set_loading(0, 0.25);
  EXPECT_EQ(snapshot(at(seconds(0))).devices[0].state, DeviceState::kLoading);
  EXPECT_EQ(snapshot(at(seconds(0))).devices[0].loading, 0.25);
  board_.set_state(0, DeviceState::kFailed, "it broke");
  EXPECT_EQ(snapshot(at(seconds(0))).devices[0].reason, "it broke");
  board_.set_state(0, DeviceState::kRacing);
  const Snapshot s = snapshot(at(seconds(0)));
  EXPECT_EQ(s.devices[0].state, DeviceState::kRacing);
  EXPECT_EQ(s.devices[0].reason, "") << "of the state before";
  EXPECT_EQ(s.devices[1].state, DeviceState::kStarting);
}

TEST_F(BoardTest, CountsFoundAndErrors) {
  board_.add_found(1);
  EXPECT_EQ(board_.add_hardware_error(1), 1u);
  EXPECT_EQ(board_.add_hardware_error(1), 2u);
  EXPECT_EQ(board_.add_hardware_error(0), 1u);
  const Snapshot s = snapshot(at(seconds(0)));
  EXPECT_EQ(s.devices[1].found, 1u);
  EXPECT_EQ(s.devices[1].hardware_errors, 2u);
}

TEST_F(BoardTest, CountsMultiplyAccumulatesInAll) {
  board_.add_work(0, 1, 600, 6e6, at(seconds(1)));
  board_.add_work(1, 2, 100, 1e6, at(seconds(2)));
  EXPECT_EQ(snapshot(at(seconds(2))).macs, 7e6);
}

TEST_F(BoardTest, PauseHasItsCause) {
  board_.set_paused(1, {PauseCause::kWrongDigests, "3 wrong digests"});
  const Snapshot s = snapshot(at(seconds(1)));
  EXPECT_EQ(s.devices[1].state, DeviceState::kPaused);
  EXPECT_EQ(s.devices[1].pause_cause, PauseCause::kWrongDigests);
  EXPECT_EQ(s.devices[1].reason, "3 wrong digests");
}

class BoardMarginTest : public BoardTest {
 protected:
  std::optional<base::Micros> margin(std::uint32_t device) {
    return snapshot(at(minutes(1))).devices.at(device).margin;
  }
};

TEST_F(BoardMarginTest, IsTheTimeFromTheLastResultToTheEnd) {
  board_.open_sprint(1);
  board_.add_work(0, 1, 10, 1, at(seconds(3)));
  board_.add_work(0, 1, 10, 1, at(seconds(8)));
  board_.add_work(0, 1, 0, 0, at(seconds(9)));  // cancelled before it had any
  EXPECT_FALSE(margin(0)) << "it races still";
  board_.race_over(1, at(seconds(10)));
  EXPECT_EQ(margin(0), seconds(2));
  EXPECT_FALSE(margin(1)) << "it had no result";
}

TEST_F(BoardMarginTest, StaysDuringTheNextRace) {
  board_.open_sprint(1);
  board_.add_work(0, 1, 10, 1, at(seconds(8)));
  board_.race_over(1, at(seconds(10)));
  board_.open_sprint(2);
  board_.add_work(0, 2, 10, 1, at(seconds(12)));
  board_.forget_sprint(1);
  EXPECT_EQ(margin(0), seconds(2));
  board_.race_over(2, at(seconds(13)));
  EXPECT_EQ(margin(0), seconds(1));
}

TEST_F(BoardMarginTest, IsBelowZeroForAResultThatComesTooLate) {
  board_.open_sprint(1);
  board_.add_work(0, 1, 10, 1, at(seconds(8)));
  board_.race_over(1, at(seconds(10)));
  board_.add_work(0, 1, 10, 1, at(seconds(11)));
  EXPECT_EQ(margin(0), -seconds(1));
  board_.forget_sprint(1);
  board_.add_work(0, 1, 10, 1, at(seconds(12)));
  EXPECT_EQ(margin(0), -seconds(1)) << "nobody knows its end any more";
}

}  // namespace
}  // namespace miner
