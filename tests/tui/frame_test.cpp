#include "tui/frame.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>
#include <string>
#include <vector>

#include "tests/tui/sample.h"

// The screen as a function of snapshot and size: what is where, and that nothing lies across
// another thing or outside.
namespace tui {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

/// Everything a frame needs, to be changed by the test.
struct Shown {
  miner::Snapshot snapshot = racing_rig(12);
  History history;
  LogTail log;
  ViewState view;
  std::vector<miner::SettingRow> settings = {
      {"recheck-every", "16", "0..1000000", "recompute 1 in N shares", "default", true},
      {"devices", "[]", "a list", "only these", "default", false}};
  Look look;

  Shown() { log.append(log_lines(1, 200)); }

  Canvas draw(Size size) const {
    return draw_frame({snapshot, history, log, view, settings, look, "sprintminer 1.2.3"}, size);
  }
};

std::vector<std::string> rows_of(const Canvas& canvas) {
  std::vector<std::string> rows;
  for (int y = 0; y < canvas.size().height; ++y) rows.push_back(canvas.row(y));
  return rows;
}

std::string text_of(const Canvas& canvas) {
  std::string text;
  for (const std::string& row : rows_of(canvas)) text += row + '\n';
  return text;
}

int row_with(const Canvas& canvas, const std::string& part) {
  for (int y = 0; y < canvas.size().height; ++y) {
    if (canvas.row(y).find(part) != std::string::npos) return y;
  }
  return -1;
}

constexpr Page kPages[] = {Page::kMain,       Page::kHelp,    Page::kPools, Page::kDevices,
                           Page::kSettings,   Page::kDisplay, Page::kRates, Page::kResults,
                           Page::kConnection, Page::kHealth};

TEST(Frame, NothingOverlapsAndNothingIsOutsideAtAnySize) {
  Shown shown;
  for (int i = 0; i < 500; ++i) {
    shown.snapshot.nonces += 100 + 10 * static_cast<std::uint64_t>(i % 7);
    shown.snapshot.macs += 1e12;
    shown.history.add(shown.snapshot, base::SteadyTime(std::chrono::seconds(i)));
  }
  for (const std::size_t devices : {0U, 1U, 3U, 12U, 40U}) {
    shown.snapshot.devices = racing_rig(devices).devices;
    for (int width = 60; width <= 300; width += width < 130 ? 7 : 34) {
      for (int height = 15; height <= 100; height += height < 40 ? 3 : 15) {
        for (const Page page : kPages) {
          shown.view.page = page;
          const Canvas canvas = shown.draw({width, height});
          ASSERT_EQ(canvas.overlaps(), 0U) << width << 'x' << height << '\n' << text_of(canvas);
          ASSERT_EQ(canvas.outside(), 0U) << width << 'x' << height << '\n' << text_of(canvas);
        }
      }
    }
  }
}

TEST(Frame, LongWordsFromOutsideStayInTheirPlaces) {
  Shown shown;
  const std::string longish(400, 'x');
  shown.snapshot.pool.url = shown.snapshot.pool.user = shown.snapshot.sprint.id = longish;
  shown.snapshot.sprint.profile = "64,8192,32768";
  for (auto& pool : shown.snapshot.pools) pool.url = pool.user = pool.reason = longish;
  for (auto& device : shown.snapshot.devices) {
    device.info.name = device.info.path = device.info.note = device.reason = longish;
    device.info.pci_address = longish;
    device.shares.accepted = device.hardware_errors = ~std::uint64_t{0};
    device.margin = std::chrono::hours(1000);
  }
  shown.snapshot.shares = {~0U, ~0U, ~0U, ~0U, ~0U, ~0U, ~0U, ~0U};
  shown.log.append({{201, base::LogLevel::kWarn, longish}});
  shown.settings[0].value = shown.settings[0].meaning = shown.settings[0].range = longish;
  for (const Page page : kPages) {
    shown.view.page = page;
    for (const Size size : {Size{60, 15}, Size{80, 25}, Size{200, 60}}) {
      const Canvas canvas = shown.draw(size);
      EXPECT_EQ(canvas.overlaps(), 0U) << text_of(canvas);
      EXPECT_EQ(canvas.outside(), 0U) << text_of(canvas);
    }
  }
}

TEST(Frame, At80x25EverythingAnOwnerAsksForIsThere) {
  const Canvas canvas = Shown().draw({80, 25});
  EXPECT_THAT(canvas.row(0), AllOf(StartsWith("sprintminer 1.2.3"),
                                   HasSubstr("12 devices, 12 racing"), HasSubstr("up 0:01:23")));
  EXPECT_THAT(canvas.row(1), AllOf(HasSubstr("pool"), HasSubstr("stratum+tcp://pool.example:3333"),
                                   HasSubstr("user alice.rig")));
  EXPECT_THAT(canvas.row(2),
              AllOf(HasSubstr("logged in"), HasSubstr("no TLS"), HasSubstr("ping 23.1 ms"),
                    HasSubstr("clock -0.42 ms"), HasSubstr("+2 standby, 1 failed")));
  EXPECT_THAT(canvas.row(3), AllOf(HasSubstr("sprint"), HasSubstr("12"), HasSubstr("micro"),
                                   HasSubstr("racing"), HasSubstr("5.0 s left of 20 s")));
  EXPECT_THAT(canvas.row(4), HasSubstr("75 %"));
  EXPECT_THAT(canvas.row(5), AllOf(HasSubstr("10 s 3.38 k"), HasSubstr("60 s 3.21 k"),
                                   HasSubstr("15 min – nonces/s"), HasSubstr("1.47 TMAC/s")));
  EXPECT_THAT(canvas.row(6), AllOf(HasSubstr("raw 3.10 k"), HasSubstr("credited 1.75 k nonces/s!"),
                                   HasSubstr("energy 2.00 J/nonce"), HasSubstr("2940 W")));
  EXPECT_THAT(canvas.row(7),
              AllOf(HasSubstr("accepted 78"), HasSubstr("rejected 0"), HasSubstr("stale 0"),
                    HasSubstr("hw errors 0"), HasSubstr("best 123 k")));
  EXPECT_THAT(canvas.row(24),
              AllOf(HasSubstr("P pools"), HasSubstr("G devices"), HasSubstr("S settings"),
                    HasSubstr("D display"), HasSubstr("Q quit"), HasSubstr("? help")));
  EXPECT_EQ(row_with(canvas, "log ─"), 21);
  EXPECT_THAT(canvas.row(23), HasSubstr("line 200"));
}

TEST(Frame, BarIsFilledAsFarAsTheTimeIsOver) {
  const Canvas canvas = Shown().draw({80, 25});
  int filled = 0;
  int empty = 0;
  for (int x = 0; x < 80; ++x) {
    filled += canvas.at(x, 4).glyph == U'█' ? 1 : 0;
    empty += canvas.at(x, 4).glyph == U'░' ? 1 : 0;
  }
  EXPECT_NEAR(static_cast<double>(filled) / (filled + empty), 0.75, 0.01);
  EXPECT_GT(filled + empty, 60);
}

TEST(Frame, EveryDeviceHasOneRow) {
  const Canvas canvas = Shown().draw({80, 25});
  for (const auto& device : racing_rig(12).devices) {
    int found = 0;
    for (const std::string& row : rows_of(canvas)) {
      found += row.find(device.info.pci_address) != std::string::npos ? 1 : 0;
    }
    EXPECT_EQ(found, 1) << device.info.pci_address;
  }
}

TEST(Frame, NarrowTablesKeepWhatMatters) {
  const Canvas narrow = Shown().draw({60, 25});
  const int title = row_with(narrow, " # device");
  EXPECT_THAT(narrow.row(title), AllOf(HasSubstr("#"), HasSubstr("nonces/s"), HasSubstr("core°C"),
                                       HasSubstr("W"), HasSubstr("A"), HasSubstr("HW")));
  EXPECT_THAT(narrow.row(title), AllOf(Not(HasSubstr("path")), Not(HasSubstr("MHz"))));
  EXPECT_THAT(narrow.row(title + 1), AllOf(HasSubstr("0000:10:00.0"), HasSubstr("1.23 k"),
                                           HasSubstr("67"), HasSubstr("245")));
}

TEST(Frame, WideTablesHaveAllColumns) {
  const Canvas wide = Shown().draw({200, 60});
  const std::string titles = wide.row(row_with(wide, " # device"));
  for (const char* title :
       {"#", "device", "name", "path", "nonces/s", "MAC/s", "core°C", "mem°C", "fan%", "W",
        "core MHz", "mem MHz", "mem GiB", "A", "R", "HW", "margin"}) {
    EXPECT_THAT(titles, HasSubstr(title));
  }
  EXPECT_THAT(
      wide.row(row_with(wide, "0000:10:00.0")),
      AllOf(HasSubstr("Simulated card"), HasSubstr("147 G"), HasSubstr("84"), HasSubstr("55"),
            HasSubstr("2505"), HasSubstr("10501"), HasSubstr("3.0/24.0"), HasSubstr("12 ms")));
}

TEST(Frame, StateWordStandsInTheRatesPlace) {
  Shown shown;
  auto& devices = shown.snapshot.devices;
  using miner::DeviceState;
  devices[0].state = DeviceState::kLoading;
  devices[0].loading = 0.45;
  devices[1].state = DeviceState::kReady;
  devices[2].state = DeviceState::kIdle;
  devices[3].state = DeviceState::kFailed;
  devices[4].state = DeviceState::kOff;
  devices[5].state = DeviceState::kPaused;
  devices[6].state = DeviceState::kPaused;
  devices[6].pause_cause = miner::PauseCause::kHeat;
  devices[7].state = DeviceState::kPaused;
  devices[7].pause_cause = miner::PauseCause::kWrongDigests;
  const Canvas canvas = shown.draw({80, 25});
  const char* words[] = {"LOADING 45 %", "READY", "REST", "SICK", "DEAD", "OFF", "HOT", "SICK"};
  for (std::size_t i = 0; i < std::size(words); ++i) {
    const std::string row = canvas.row(row_with(canvas, devices[i].info.pci_address));
    EXPECT_THAT(row, HasSubstr(words[i]));
    EXPECT_THAT(row, Not(HasSubstr("1.23 k"))) << "no rate beside " << words[i];
  }
  EXPECT_THAT(canvas.row(0), HasSubstr("4 not well"));
}

TEST(Frame, TemperaturesHaveColoursAndMarks) {
  Shown shown;
  const auto cell = [&](double celsius) {
    shown.snapshot.devices[0].sensors->core_celsius = celsius;
    const Canvas canvas = shown.draw({80, 25});
    const int y = row_with(canvas, "0000:10:00.0");
    const std::string wanted = std::to_string(static_cast<int>(celsius));
    const std::size_t x = canvas.row(y).find(" " + wanted) + 1;  // ASCII so far: bytes are cells
    return std::pair(canvas.at(static_cast<int>(x), y).style,
                     canvas.at(static_cast<int>(x + wanted.size()), y).glyph);
  };
  EXPECT_EQ(cell(74), std::pair(Style::kPlain, U' '));
  EXPECT_EQ(cell(75), std::pair(Style::kWarn, U' '));
  EXPECT_EQ(cell(85), std::pair(Style::kBad, U'!'));
}

TEST(Frame, WhereThereIsRoomTheIntervalTheH100sAndWhatIsWrongAreShown) {
  Shown shown;
  shown.snapshot.credit_checks.wrong = 2;
  const Canvas canvas = shown.draw({140, 40});
  EXPECT_THAT(canvas.row(5), HasSubstr("2.26 mH100"));
  EXPECT_THAT(canvas.row(6), HasSubstr("credited 1.75 k nonces/s!  1.36 k..2.21 k"));
  EXPECT_THAT(canvas.row(7), HasSubstr("credit 2 WRONG"));
  shown.view.page = Page::kConnection;
  shown.snapshot.credit_checks.last_wrong = "pool.example, sprint s-1: nothing adds up";
  const std::string text = text_of(shown.draw({140, 60}));
  EXPECT_THAT(text, HasSubstr("32 shares proven, 4 sprints right, 2 WRONG"));
  EXPECT_THAT(text, HasSubstr("pool.example, sprint s-1: nothing adds up"));
  shown.view.page = Page::kResults;
  EXPECT_THAT(text_of(shown.draw({140, 40})), HasSubstr("1.75 k (1.36 k..2.21 k)!"));
}

TEST(Frame, WhatIsNotKnownIsADash) {
  Shown shown;
  shown.snapshot.devices[0].sensors.reset();
  shown.snapshot.devices[0].margin.reset();
  shown.snapshot.power_watts.reset();
  for (auto& device : shown.snapshot.devices) device.energy_joules.reset();
  const Canvas canvas = shown.draw({80, 25});
  EXPECT_TRUE(std::regex_search(canvas.row(row_with(canvas, "0000:10:00.0")),
                                std::regex("1.23 k +147 G +– +– +– +– +7 +0 +0 +–")))
      << text_of(canvas);
  EXPECT_THAT(canvas.row(6), AllOf(HasSubstr("energy –"), HasSubstr("no power sensor")));
}

TEST(Frame, PhasesFollowTheSprint) {
  Shown shown;
  const auto line = [&] { return shown.draw({80, 25}).row(3); };
  shown.snapshot.sprint.phase = miner::SprintPhase::kNone;
  EXPECT_THAT(line(), HasSubstr("idle"));
  shown.snapshot.sprint.phase = miner::SprintPhase::kAnnounced;
  shown.snapshot.devices[3].state = miner::DeviceState::kLoading;
  EXPECT_THAT(line(), AllOf(HasSubstr("weights"), HasSubstr("starts in 5.0 s")));
  shown.snapshot.sprint.left = base::Micros(0);
  EXPECT_THAT(line(), HasSubstr("waits for its start")) << "its beacon, say, has not come";
  shown.snapshot.devices[3].state = miner::DeviceState::kReady;
  EXPECT_THAT(line(), HasSubstr("waiting"));
  shown.snapshot.sprint.phase = miner::SprintPhase::kEnded;
  EXPECT_THAT(line(), AllOf(HasSubstr("end"), HasSubstr("waits for the result")));
}

TEST(Frame, WithoutUnicodeEverythingIsAscii) {
  Shown shown;
  shown.look = {false, false};
  for (int i = 0; i < 60; ++i) {
    shown.snapshot.macs += 1e12;
    shown.history.add(shown.snapshot, base::SteadyTime(std::chrono::seconds(i)));
  }
  for (const Page page : kPages) {
    shown.view.page = page;
    for (const char c : text_of(shown.draw({120, 40}))) {
      ASSERT_TRUE(c == '\n' || (c >= ' ' && c <= '~'));
    }
  }
}

TEST(Frame, GraphTakesRoomThatIsThereAndGivesItBack) {
  Shown shown;
  EXPECT_EQ(row_with(shown.draw({80, 25}), "throughput"), -1) << "12 devices need the room";
  const Canvas tall = shown.draw({120, 40});
  EXPECT_EQ(row_with(tall, "throughput"), 21) << "below header, title and 12 devices";
  EXPECT_GT(row_with(tall, "log ─"), 26);
  shown.view.boxes.graph = false;
  EXPECT_EQ(row_with(shown.draw({120, 40}), "throughput"), -1);
  shown.view.boxes = {true, false};
  EXPECT_EQ(row_with(shown.draw({120, 40}), "log ─"), -1);
}

TEST(Frame, DevicesThatDoNotFitAreCounted) {
  Shown shown;
  shown.snapshot = racing_rig(40);
  EXPECT_GE(row_with(shown.draw({80, 25}), "of 40 shown, G has all"), 0);
  shown.view.page = Page::kDevices;
  shown.view.selected = 39;
  EXPECT_GE(row_with(shown.draw({80, 25}), racing_rig(40).devices[39].info.pci_address), 0)
      << "the selected one is in view";
}

TEST(Frame, BelowTheSmallestSizeItSaysSo) {
  EXPECT_GE(row_with(Shown().draw({59, 15}), "too small: 59x15, needs 60x15"), 0);
  EXPECT_GE(row_with(Shown().draw({60, 14}), "too small: 60x14, needs 60x15"), 0);
  EXPECT_EQ(row_with(Shown().draw({60, 15}), "too small"), -1);
  const Canvas tiny = Shown().draw({1, 1});
  EXPECT_EQ(tiny.outside() + tiny.overlaps(), 0U);
}

TEST(Frame, PromptAndMessageTakeTheKeyRow) {
  Shown shown;
  shown.view.message = "device 3 is paused";
  EXPECT_EQ(shown.draw({80, 25}).row(24), "device 3 is paused");
  shown.view.prompt = Prompt{Prompt::Kind::kPauseDevice, 3, {}, {}};
  EXPECT_EQ(shown.draw({80, 25}).row(24), "pause device 3 (0000:13:00.0)? y/n");
  shown.view.prompt = Prompt{Prompt::Kind::kResumeDevice, 3, {}, {}};
  shown.snapshot.devices[3].reason = "3 wrong digests";
  EXPECT_EQ(shown.draw({80, 25}).row(24),
            "resume device 3 (0000:13:00.0), out for: 3 wrong digests? y/n");
  shown.snapshot.devices[3].paused_by_user = true;
  EXPECT_EQ(shown.draw({80, 25}).row(24), "resume device 3 (0000:13:00.0)? y/n");
}

TEST(Frame, PagesShowWhatTheyAreFor) {
  Shown shown;
  const auto page = [&](Page which) {
    shown.view.page = which;
    return text_of(shown.draw({120, 40}));
  };
  EXPECT_THAT(page(Page::kPools), AllOf(HasSubstr("other.example"), HasSubstr("standby"),
                                        HasSubstr("failed"), HasSubstr("no answer")));
  EXPECT_THAT(page(Page::kDevices), AllOf(HasSubstr("selected"), HasSubstr("backend sim:0")));
  EXPECT_THAT(page(Page::kSettings), AllOf(HasSubstr("recheck-every"),
                                           HasSubstr("recompute 1 in N"), HasSubstr("0..1000000")));
  EXPECT_THAT(page(Page::kRates), AllOf(HasSubstr("1.10 k"), HasSubstr("145 G"), HasSubstr("all")));
  EXPECT_THAT(page(Page::kResults),
              AllOf(HasSubstr("11-aa"), HasSubstr("70000"), HasSubstr("never told")));
  EXPECT_THAT(page(Page::kResults), HasSubstr("margin p99"));
  EXPECT_THAT(page(Page::kConnection), AllOf(HasSubstr("round trip"), HasSubstr("-0.42 ms")));
  const std::string connection = page(Page::kConnection);
  for (const char* row :
       {"jitter of that               0.06 ms", "sent to answered             –",
        "share found to sent          p50 0.31 ms, p95 1.20 ms, p99 3.10 ms, worst 41.0 ms of 78",
        "sent before T_end            p50 4.00 s, p95 310 ms, p99 12.0 ms, worst -3.00 ms of 78",
        "sprints not wholly raced     2", "  late announcement          –",
        "  weights not ready          12.3 s, ~41,000 nonces",
        "  device                     2.0 s, at least ~640 nonces",
        "the last of them             9-cc: 14.3 s of 40.0 s, at least ~42,000 nonces: "
        "weights not ready 12.3 s, device 2.0 s"}) {
    EXPECT_THAT(connection, HasSubstr(row));
  }
  EXPECT_THAT(page(Page::kHealth), AllOf(HasSubstr("67"), HasSubstr("245/–"), HasSubstr("Wh")));
  EXPECT_THAT(page(Page::kHelp), HasSubstr("submits what was found"));
}

}  // namespace
}  // namespace tui
