// The threads that read sensors. Real time passes here, and no expectation depends on how much.

#include "miner/sensor_threads.h"

#include "tests/miner/fake_telemetry.h"
#include "tests/miner/support.h"

namespace miner {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using tests::eventually;
using tests::sample_of;
using Names = std::vector<std::string>;

class SensorThreadsTest : public ::testing::Test {
 protected:
  SensorThreadsTest() {
    first_.set("fake:0", sample_of(60, 100));
    second_.set("fake:1", sample_of(70, 100));
  }
  void begin() {
    threads_ = std::make_unique<SensorThreads>(
        std::vector<SensorSource>{{"first", &first_}, {"second", &second_}}, board_, sink_, clock_);
  }
  bool has(std::uint32_t device) { return board_.sensors(device, clock_.now()).has_value(); }

  base::SystemClock clock_;
  tests::CollectingSink sink_;
  tests::FakeTelemetry first_;
  tests::FakeTelemetry second_;
  SensorBoard board_{{"fake:0", "fake:1"}};
  std::unique_ptr<SensorThreads> threads_;
};

TEST_F(SensorThreadsTest, EachModuleIsReadAgainAndAgain) {
  begin();
  threads_->wait_read(minutes(1));
  EXPECT_TRUE(has(0));
  EXPECT_TRUE(has(1));
  EXPECT_TRUE(eventually([&] { return first_.samples() >= 2 && second_.samples() >= 2; }));
}

TEST_F(SensorThreadsTest, EndWhenAsked) {
  begin();
  threads_->wait_read(minutes(1));
  threads_->request_stop();
  EXPECT_EQ(threads_->hung(minutes(1)), Names());
  const int samples = first_.samples();
  threads_.reset();
  EXPECT_EQ(first_.samples(), samples);
}

TEST_F(SensorThreadsTest, OneThatHangsCostsItsOwnSensors) {
  first_.hang();
  begin();
  ASSERT_TRUE(eventually([&] { return first_.is_inside(); }));
  EXPECT_TRUE(eventually([&] { return second_.samples() >= 2 && has(1); }));
  EXPECT_FALSE(has(0));
  threads_->wait_read(base::Micros(0));  // does not wait for it
  threads_->request_stop();
  EXPECT_EQ(threads_->hung(seconds(1)), Names({"first"}));
  first_.release();
  EXPECT_EQ(threads_->hung(minutes(1)), Names()) << "it ends once the driver returns";
}

TEST_F(SensorThreadsTest, WithoutModulesNothingIsWaitedFor) {
  threads_ = std::make_unique<SensorThreads>(std::vector<SensorSource>(), board_, sink_, clock_);
  threads_->wait_read(minutes(10));
  threads_->request_stop();
  EXPECT_EQ(threads_->hung(minutes(10)), Names());
}

}  // namespace
}  // namespace miner
