#include "miner/sensor_reader.h"

#include "tests/miner/fake_telemetry.h"
#include "tests/miner/support.h"

namespace miner {
namespace {

using std::chrono::seconds;
using tests::sample_of;

constexpr const char* kCard = "0000:01:00.0";
constexpr const char* kOther = "0000:02:00.0";

class SensorReaderTest : public ::testing::Test {
 protected:
  void read(base::Micros after = seconds(1)) {
    clock_.advance(after);
    reader_.read(stop_);
  }
  std::optional<double> celsius(std::uint32_t device) {
    const auto sensors = board_.sensors(device, clock_.now());
    return sensors ? sensors->core_celsius : std::nullopt;
  }
  std::size_t lines_with(const std::string& text) {
    std::size_t count = 0;
    for (const std::string& line : sink_.lines()) count += line.find(text) != std::string::npos;
    return count;
  }

  base::ManualClock clock_;
  tests::CollectingSink sink_;
  tests::FakeTelemetry telemetry_;
  SensorBoard board_{{kCard, "cpu:0"}};
  std::atomic<bool> stop_{false};
  SensorReader reader_{{"fake", &telemetry_}, 0, board_, sink_, clock_};
};

TEST_F(SensorReaderTest, JoinsCardsToDevicesByLabel) {
  telemetry_.set(kOther, sample_of(90, 1));
  telemetry_.set("cpu:0", sample_of(50, 65));
  telemetry_.set(kCard, sample_of(64, 112));
  read();
  EXPECT_EQ(celsius(0), 64);
  EXPECT_EQ(celsius(1), 50);
  EXPECT_EQ(telemetry_.samples(), 2) << "a card that does not mine is left in peace";
  telemetry_.set(kCard, sample_of(65, 112));
  read();
  EXPECT_EQ(celsius(0), 65);
}

TEST_F(SensorReaderTest, CardsAreLookedForEveryMinute) {
  telemetry_.set(kOther, sample_of(90, 1));
  read();
  telemetry_.set(kCard, sample_of(64, 112));
  read(seconds(59));
  EXPECT_EQ(telemetry_.lists(), 1);
  EXPECT_EQ(celsius(0), std::nullopt);
  read(seconds(1));
  EXPECT_EQ(telemetry_.lists(), 2);
  EXPECT_EQ(celsius(0), 64);
}

TEST_F(SensorReaderTest, AModuleWithoutCardsSaysSoOnce) {
  for (int i = 0; i < 5; ++i) read(seconds(60));
  EXPECT_EQ(lines_with("sensors: no sensors module=fake reason=\"no driver\""), 1U);
  EXPECT_EQ(telemetry_.lists(), 5) << "a driver may be loaded later";
  telemetry_.set(kCard, sample_of(64, 112));
  read(seconds(60));
  EXPECT_EQ(celsius(0), 64);
}

TEST_F(SensorReaderTest, ACardThatFailsIsToldOnceAndTheOthersGoOn) {
  telemetry_.fail(kCard, "the card is gone");
  telemetry_.set("cpu:0", sample_of(50, 65));
  for (int i = 0; i < 5; ++i) read();
  EXPECT_EQ(celsius(0), std::nullopt);
  EXPECT_EQ(celsius(1), 50);
  EXPECT_EQ(lines_with("sensors: sensors fail device=0000:01:00.0 module=fake "
                       "reason=\"0000:01:00.0: the card is gone\""),
            1U);
  telemetry_.set(kCard, sample_of(64, 112));
  read();
  EXPECT_EQ(celsius(0), 64);
  telemetry_.fail(kCard, "the card is gone");
  read();
  EXPECT_EQ(lines_with("sensors fail"), 2U) << "it had answered in between";
}

TEST_F(SensorReaderTest, AfterAFaultCardsAreLookedForSoon) {
  telemetry_.set(kCard, sample_of(64, 112));
  read();
  telemetry_.fail(kCard, "lost");
  read();
  EXPECT_EQ(telemetry_.lists(), 1);
  read(seconds(9));
  EXPECT_EQ(telemetry_.lists(), 1);
  read();
  EXPECT_EQ(telemetry_.lists(), 2);
}

TEST_F(SensorReaderTest, ACardThatWentAwayIsNotAskedAnyMore) {
  telemetry_.set(kCard, sample_of(64, 112));
  telemetry_.set("cpu:0", sample_of(50, 65));
  read();
  telemetry_.forget(kCard);
  read();
  read(seconds(10));
  const int before = telemetry_.samples();
  read();
  EXPECT_EQ(telemetry_.samples(), before + 1) << "the processor alone";
}

TEST_F(SensorReaderTest, OneThatIsSlowIsToldOnce) {
  telemetry_.set(kCard, sample_of(64, 112));
  telemetry_.while_sampling = [&] { clock_.advance(std::chrono::milliseconds(1500)); };
  for (int i = 0; i < 3; ++i) read();
  EXPECT_EQ(lines_with("sensors: sensors are slow module=fake took_s=1.5"), 1U);
}

TEST_F(SensorReaderTest, AReadingIsAsOldAsItsQuestion) {
  telemetry_.set(kCard, sample_of(64, 112));
  telemetry_.while_sampling = [&] { clock_.advance(seconds(60)); };
  read();
  EXPECT_EQ(celsius(0), std::nullopt) << "what a driver says after a minute is of a minute ago";
  telemetry_.while_sampling = [] {};
  read();
  EXPECT_EQ(celsius(0), 64);
}

TEST_F(SensorReaderTest, AStopEndsItBeforeTheNextCard) {
  telemetry_.set(kCard, sample_of(64, 112));
  stop_ = true;
  read();
  EXPECT_EQ(telemetry_.samples(), 0);
}

TEST(SensorSources, AreTheModulesWithSensorsInTheirOrder) {
  std::vector<backends::LoadedModule> modules(3);
  modules[0].name = "computes";
  modules[1].name = "both";
  modules[1].telemetry = std::make_unique<tests::FakeTelemetry>();
  modules[2].name = "sensors";
  modules[2].telemetry = std::make_unique<tests::FakeTelemetry>();
  const auto sources = sensor_sources(modules);
  ASSERT_EQ(sources.size(), 2U);
  EXPECT_EQ(sources[0].module, "both");
  EXPECT_EQ(sources[0].telemetry, modules[1].telemetry.get());
  EXPECT_EQ(sources[1].module, "sensors");
}

}  // namespace
}  // namespace miner
