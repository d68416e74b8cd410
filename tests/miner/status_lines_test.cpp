#include "miner/cli/status_lines.h"

#include <gmock/gmock.h>

#include "tests/miner/support.h"

namespace miner {
namespace {

using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class StatusLinesTest : public ::testing::Test {
 protected:
  static StatusLines::Voice saying(const char* what) {
    return [what](const Snapshot&, const base::Log& log) { log.info(what); };
  }
  void look(std::int64_t second, bool showing) {
    lines_.look(snapshot_, tests::at(seconds(second)), showing);
  }

  tests::CollectingSink all_;
  tests::CollectingSink file_;
  Snapshot snapshot_;
  StatusLines lines_{saying("so far"), saying("each device"), all_, file_, tests::at(seconds(0))};
};

TEST_F(StatusLinesTest, BehindAScreenTheyAreForTheFileAlone) {
  look(60, true);
  EXPECT_THAT(file_.lines(), ElementsAre(HasSubstr("so far"), HasSubstr("each device")));
  EXPECT_THAT(all_.lines(), IsEmpty()) << "the screen shows it all, and these lines, too";
}

TEST_F(StatusLinesTest, WithoutAScreenTheyAreForEverybody) {
  look(60, false);
  EXPECT_THAT(all_.lines(), ElementsAre(HasSubstr("so far"), HasSubstr("each device")));
  EXPECT_THAT(file_.lines(), IsEmpty()) << "which is among them";
}

TEST_F(StatusLinesTest, ComeMoreOftenWhileADeviceLoads) {
  snapshot_.devices.resize(2);
  look(2, false);
  EXPECT_THAT(all_.lines(), IsEmpty());
  snapshot_.devices[1].state = DeviceState::kLoading;
  look(2, false);
  EXPECT_THAT(all_.lines(), ElementsAre(HasSubstr("so far")));
}

}  // namespace
}  // namespace miner
