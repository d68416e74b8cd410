#include "tui/plain_view.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <regex>

#include "logging/format.h"
#include "poc/profile.h"
#include "tests/tui/sample.h"

namespace tui {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

miner::DeviceSnapshot device(std::uint32_t index, miner::DeviceState state) {
  miner::DeviceSnapshot snapshot;
  snapshot.info.backend = "fake";
  snapshot.info.index = index;
  snapshot.info.name = "Fake Card";
  snapshot.info.path = "slow";
  snapshot.state = state;
  return snapshot;
}

/// In the middle of a race, with every number different.
miner::Snapshot racing() {
  miner::Snapshot s;
  s.uptime = minutes(20);
  s.pool.url = "stratum+tcp://pool.example:3333";
  s.pool.user = "alice.rig";
  s.pool.connected = true;
  s.pool.round_trip = base::Micros(900);
  s.sprint = {miner::SprintPhase::kRacing, "s-0042", "micro", 42, seconds(7), seconds(20)};
  s.devices = {device(0, miner::DeviceState::kRacing)};
  s.nonces_per_second = {1234.0, 1200.0, 1100.0};
  s.mac_per_second = {5.5e12, 5.4e12, 5.3e12};
  s.shares = {101, 102, 103, 104, 105, 106, 107, 108};
  s.nonces = 987654;
  s.sprints = 41;
  s.credit = 31337;
  return s;
}

std::size_t lines(const std::string& text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

TEST(RateText, WindowThatIsNotFilledIsWords) {
  EXPECT_EQ(rate_text(std::nullopt, "nonces/s"), "not filled yet");
}

TEST(RateText, ScalesWithPrefixes) {
  EXPECT_EQ(rate_text(12.34, "nonces/s"), "12.3 nonces/s");
  EXPECT_EQ(rate_text(0.0, "nonces/s"), "0.00 nonces/s") << "a rate of nothing is a number";
  EXPECT_THAT(rate_text(1234.0, "nonces/s"), AllOf(HasSubstr("1.23 k"), HasSubstr("nonces/s")));
  EXPECT_THAT(rate_text(5.4e12, "MAC/s"), AllOf(HasSubstr("5.40 T"), HasSubstr("MAC/s")));
  EXPECT_THAT(rate_text(1e30, "MAC/s"), HasSubstr("MAC/s"));
}

TEST(RateText, SaysWhatItIsGiven) {
  for (double rate = 1.0; rate < 1e16; rate *= 1.7) {
    const std::string text = rate_text(rate, "x");
    std::smatch parts;
    ASSERT_TRUE(std::regex_match(text, parts, std::regex("([0-9.]+) ?([kMGTP]?) ?x"))) << text;
    const std::string prefixes = "kMGTP";
    double value = std::stod(parts[1]);
    if (parts[2].length() != 0) {
      for (std::size_t i = 0; i <= prefixes.find(parts[2].str()); ++i) value *= 1000;
    }
    EXPECT_NEAR(value / rate, 1, 0.4 / 10) << text << " for " << rate;
  }
}

/// What a status says in a text log.
/// Every record as its text.
class Collector final : public base::LogSink {
 public:
  void write(const base::LogRecord& record) override { texts.push_back(logging::text_of(record)); }
  std::vector<std::string> texts;
};

std::string status(const miner::Snapshot& snapshot) {
  Collector sink;
  log_status(snapshot, base::Log(sink, "status"));
  return sink.texts.at(0);
}

TEST(Status, SaysWhereTheSprintIs) {
  miner::Snapshot s = racing();
  EXPECT_THAT(status(s), StartsWith("status: racing sprint=s-0042 left_s=7 length_s=20 "));
  s.sprint.phase = miner::SprintPhase::kAnnounced;
  EXPECT_THAT(status(s),
              StartsWith("status: sprint to come sprint=s-0042 starts_in_s=7 length_s=20 "));
  s.sprint = {};
  EXPECT_THAT(status(s), StartsWith("status: no sprint announced nonces_per_s_10s="));
  s.pool.connected = false;
  EXPECT_THAT(status(s), StartsWith("status: not connected nonces_per_s_10s="));
}

TEST(Status, ShowsRatesAndShares) {
  EXPECT_THAT(status(racing()), EndsWith("nonces_per_s_10s=1234 nonces_per_s_60s=1200 "
                                         "gmac_per_s_10s=5500 h100=0.008 accepted=102 rejected=103 "
                                         "pending=101"));
}

/// A device whose sensors say this.
miner::DeviceSnapshot sensing(std::uint32_t index, std::optional<double> core,
                              std::optional<double> memory, std::optional<double> watts) {
  miner::DeviceSnapshot out = device(index, miner::DeviceState::kRacing);
  out.sensors.emplace();
  out.sensors->core_celsius = core;
  out.sensors->memory_celsius = memory;
  out.sensors->power_watts = watts;
  return out;
}

TEST(Status, ShowsTheHottestSensorAndThePower) {
  miner::Snapshot s = racing();
  EXPECT_THAT(status(s), Not(HasSubstr("hottest"))) << "nobody knows";
  EXPECT_THAT(status(s), Not(HasSubstr("watts")));
  s.devices.push_back(sensing(1, 64.26, 82, 112.165));
  s.devices.push_back(sensing(2, 71, std::nullopt, 90));
  s.power_watts = 202.165;
  EXPECT_THAT(status(s), EndsWith("pending=101 hottest_c=82 watts=202.2"));
  s.devices[1].sensors->hotspot_celsius = 90.04;
  s.power_watts.reset();
  EXPECT_THAT(status(s), EndsWith("pending=101 hottest_c=90"));
}

TEST(Status, MissingRatesAreLeftOut) {
  miner::Snapshot s = racing();
  s.nonces_per_second = {};
  s.mac_per_second = {};
  EXPECT_THAT(status(s), EndsWith("length_s=20 accepted=102 rejected=103 pending=101"));
}

TEST(Status, NamesDevicesThatAreNotAtWork) {
  miner::Snapshot s = racing();
  EXPECT_THAT(status(s), Not(HasSubstr("not_racing"))) << "its device races";
  s.devices.push_back(device(1, miner::DeviceState::kPaused));
  s.devices[1].reason = "3 wrong digests";
  s.devices.push_back(device(2, miner::DeviceState::kLoading));
  s.devices[2].loading = 0.37;
  s.devices.push_back(device(3, miner::DeviceState::kOff));
  s.devices[3].info.pci_address = "0000:01:00.0";
  EXPECT_THAT(status(s), EndsWith(" not_racing=\"fake:1 OFF (3 wrong digests), fake:2 LOADING "
                                  "37 %, 0000:01:00.0 DEAD\""));
}

TEST(Devices, EachIsALineWithWhatIsKnownOfIt) {
  miner::Snapshot s = racing_rig(2);
  s.devices[1].state = miner::DeviceState::kFailed;
  s.devices[1].sensors.reset();
  s.devices[1].hardware_errors = 3;
  Collector sink;
  log_devices(s, base::Log(sink, "devices"));
  EXPECT_THAT(sink.texts,
              ::testing::ElementsAre(
                  "devices: device device=0000:10:00.0 state=RACING nonces_per_s=1200 "
                  "gmac_per_s=146 core_c=67 memory_c=84 fan_percent=55 watts=245 accepted=7 "
                  "rejected=0 hw_errors=0 margin_ms=12.3",
                  "devices: device device=0000:11:00.0 state=SICK nonces_per_s=1200 "
                  "gmac_per_s=146 accepted=7 rejected=0 hw_errors=3 margin_ms=12.3"));
}

TEST(DeviceState, EveryStateHasItsName) {
  std::vector<std::string> seen;
  for (int state = 0; state <= static_cast<int>(miner::DeviceState::kOff); ++state) {
    miner::Snapshot s;
    s.devices = {device(0, static_cast<miner::DeviceState>(state))};
    const std::string text = summary(s);
    EXPECT_EQ(std::find(seen.begin(), seen.end(), text), seen.end()) << text;
    EXPECT_THAT(text, Not(HasSubstr("?")));
    seen.push_back(text);
  }
}

TEST(Summary, ShowsAllFatesOfShares) {
  const std::string text = summary(racing());
  for (const char* fate : {"pending 101", "accepted 102", "rejected 103", "stale 104",
                           "duplicate 105", "hardware errors 106", "withdrawn 107", "lost 108"}) {
    EXPECT_THAT(text, HasSubstr(fate));
  }
}

TEST(Summary, ShowsTheRun) {
  const std::string text = summary(racing());
  for (const char* number : {"41", "987654", "31337", "1200"}) {
    EXPECT_THAT(text, HasSubstr(number));
  }
  EXPECT_THAT(text, HasSubstr(rate_text(1100.0, "nonces/s")));
  EXPECT_EQ(text.back(), '\n');
}

TEST(Summary, MissingRatesAreWordsNotZeros) {
  miner::Snapshot s = racing();
  s.nonces_per_second.last_15min.reset();
  EXPECT_THAT(summary(s), HasSubstr("15 min not filled yet"));
  EXPECT_THAT(summary(s), HasSubstr(rate_text(1234.0, "nonces/s")));
  s.nonces_per_second = {};
  EXPECT_THAT(summary(s), Not(HasSubstr("nonces/s")));
}

TEST(Summary, OneLinePerDeviceAndPerSprint) {
  miner::Snapshot s = racing();
  const std::size_t before = lines(summary(s));
  s.devices.push_back(device(1, miner::DeviceState::kOff));
  s.devices[1].reason = "fell off the bus";
  s.devices[1].nonces = 555;
  s.devices[1].found = 44;
  s.devices[1].hardware_errors = 3;
  EXPECT_EQ(lines(summary(s)), before + 1);
  EXPECT_THAT(summary(s), AllOf(HasSubstr("fake:1"), HasSubstr("fell off the bus"),
                                HasSubstr("Fake Card"), HasSubstr("slow"), HasSubstr("555"),
                                HasSubstr("44"), HasSubstr("3 wrong digests")));
  const poc::Profile micro = poc::parse_profile("micro").value();
  s.last_sprints.push_back({"s-0040", micro, seconds(20), 4000, 17, 3900, {}});
  s.last_sprints.push_back({"s-0041", micro, seconds(20), 4000, 17, std::nullopt, {}});
  const std::string text = summary(s);
  EXPECT_EQ(lines(text), before + 3);
  EXPECT_THAT(text, AllOf(HasSubstr("s-0040"), HasSubstr("3900"), HasSubstr("micro")));
  EXPECT_THAT(text, HasSubstr(rate_text(200.0, "nonces/s")));
  EXPECT_THAT(text.substr(text.find("s-0041")), Not(HasSubstr("credit 0")))
      << "never told is not 0";
}

TEST(Summary, DevicesHaveTheSensorsThatThereAre) {
  miner::Snapshot s = racing();
  EXPECT_THAT(summary(s), HasSubstr(" wrong digests\n")) << "without any";
  s.devices = {sensing(0, 64.4, 82, 112.165)};
  EXPECT_THAT(summary(s), HasSubstr(" wrong digests, core 64 C, memory 82 C, 112 W\n"));
  s.devices[0].sensors->hotspot_celsius = 75;
  s.devices[0].sensors->fan_rpm = 1850;
  s.devices[0].energy_joules = 54321.4;
  EXPECT_THAT(summary(s), HasSubstr(", core 64 C, hot spot 75 C, memory 82 C, 112 W, "
                                    "fan 1850 rpm, 54321 J\n"));
  s.devices[0].sensors->fan_percent = 0;
  s.devices[0].sensors->throttle_reason = "thermal, power limit";
  EXPECT_THAT(summary(s), HasSubstr(", fan 0 %, throttled (thermal, power limit), 54321 J\n"));
  s.devices[0].sensors.reset();
  EXPECT_THAT(summary(s), HasSubstr(" wrong digests, 54321 J\n")) << "they are too old";
}

TEST(Status, ShowsTheClockTheMarginAndWhatWasLost) {
  const std::string text = status(racing_rig(1));
  EXPECT_THAT(text, HasSubstr(" clock_offset_ms=-0.42 clock_jitter_ms=0.057 margin_p99_ms=12 "
                              "lost_sprints=2"));
}

TEST(Summary, ShowsTimesAndLosses) {
  const std::string text = summary(racing_rig(1));
  for (const char* line :
       {"  sent:   p50 0.31 ms, p95 1.20 ms, p99 3.10 ms, worst 41.0 ms of 78 after a share was "
        "found\n",
        "  answer: -\n",
        "  margin: p50 4.00 s, p95 310 ms, p99 12.0 ms, worst -3.00 ms of 78 before the end of "
        "the sprint\n",
        "  clock:  the pool's minus ours -0.42 ms, jitter 0.06 ms, round trip 23.1 ms\n",
        "  lost:   of 2 sprints, device time 14.3 s, at least ~42,000 nonces\n",
        "    weights not ready: 12.3 s, ~41,000 nonces\n",
        "    device: 2.0 s, at least ~640 nonces\n"}) {
    EXPECT_THAT(text, HasSubstr(line));
  }
  EXPECT_THAT(text, Not(HasSubstr("network:")));
}

TEST(Summary, ShowsTheThreeRatesAndWhatIsWrong) {
  miner::Snapshot s = racing_rig(1);
  s.credit_checks = {4, 1, 0, 32, "pool.example, sprint s-1: it credits 2 nonces"};
  const std::string text = summary(s);
  for (const char* line :
       {"  racing: raw 3.10 k, verified 1.75 k (1.36 k..2.21 k)!, credited 1.75 k (1.36 k..2.21 "
        "k)! nonces/s, 95 % in brackets\n",
        "          raw 3.10 G, verified 1.75 G (1.36 G..2.21 G)!, credited 1.75 G (1.36 G..2.21 "
        "G)! MAC/s, 4.76e-06 H100\n",
        "  !       the credited rate lies below the raw one by more than chance explains\n",
        "  credit: 32 shares proven, 4 sprints right, 1 WRONG\n",
        "  wrong:  pool.example, sprint s-1: it credits 2 nonces\n",
        "credit 70000, credited 1.75 k (1.36 k..2.21 k)! nonces/s\n"}) {
    EXPECT_THAT(text, HasSubstr(line));
  }
  EXPECT_THAT(summary(miner::Snapshot()), Not(HasSubstr("racing:")));
}

TEST(Summary, WhatWasNotMeasuredIsADash) {
  const std::string text = summary(miner::Snapshot());
  EXPECT_THAT(
      text, AllOf(HasSubstr("  sent:   -\n"), HasSubstr("  margin: -\n"),
                  HasSubstr("ours -, jitter -, round trip -\n"), HasSubstr("  lost:   nothing\n")));
}

TEST(Summary, OfNothing) {
  const std::string text = summary(miner::Snapshot());
  EXPECT_THAT(text, HasSubstr("not filled yet"));
  EXPECT_THAT(text, HasSubstr("accepted 0"));
}

}  // namespace
}  // namespace tui
