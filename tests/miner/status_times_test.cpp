#include "miner/cli/status_times.h"

#include <gmock/gmock.h>

#include <vector>

#include "tests/miner/support.h"

namespace miner {
namespace {

using std::chrono::seconds;
using testing::ElementsAre;

/// The seconds at which each line comes, looking once a second for 130 s.
struct Told {
  std::vector<int> status;
  std::vector<int> devices;
};
Told told(bool loading, bool showing) {
  StatusTimes times(tests::at(seconds(0)));
  Told all;
  for (int second = 1; second <= 130; ++second) {
    const auto due = times.look(tests::at(seconds(second)), loading, showing);
    if (due.status) all.status.push_back(second);
    if (due.devices) all.devices.push_back(second);
  }
  return all;
}

TEST(StatusTimes, StatusEveryTenSecondsAndDevicesEveryMinute) {
  const Told all = told(false, false);
  EXPECT_THAT(all.status, ElementsAre(10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 110, 120, 130));
  EXPECT_THAT(all.devices, ElementsAre(60, 120));
}

TEST(StatusTimes, MoreOftenWhileWeightsAreMade) {
  const Told all = told(true, false);
  EXPECT_EQ(all.status.size(), 65U);
  EXPECT_EQ(all.status.front(), 2);
  EXPECT_THAT(all.devices, ElementsAre(60, 120));
}

TEST(StatusTimes, BehindAScreenEveryMinute) {
  for (const bool loading : {false, true}) {
    const Told all = told(loading, true);
    EXPECT_THAT(all.status, ElementsAre(60, 120));
    EXPECT_THAT(all.devices, ElementsAre(60, 120));
  }
}

TEST(StatusTimes, AScreenThatIsClosedGivesTheLinesBack) {
  StatusTimes times(tests::at(seconds(0)));
  EXPECT_FALSE(times.look(tests::at(seconds(30)), false, true).status);
  EXPECT_TRUE(times.look(tests::at(seconds(31)), false, false).status);
  EXPECT_FALSE(times.look(tests::at(seconds(40)), false, false).status);
}

}  // namespace
}  // namespace miner
