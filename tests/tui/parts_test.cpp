#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/tui/sample.h"
#include "tui/canvas.h"
#include "tui/credit_text.h"
#include "tui/derived.h"
#include "tui/graph.h"
#include "tui/history.h"
#include "tui/line.h"
#include "tui/numbers.h"

// Canvas, lines, numbers, history and graph.
namespace tui {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::HasSubstr;

TEST(Canvas, TextIsCutAtItsWidthAndAtTheEdgeIsCounted) {
  Canvas canvas({10, 2});
  EXPECT_EQ(canvas.text(0, 0, 4, "abcdef"), 4);
  EXPECT_EQ(canvas.row(0), "abcd");
  EXPECT_EQ(canvas.outside(), 0U);
  canvas.text(8, 1, 5, "xyz");
  EXPECT_EQ(canvas.outside(), 1U);
  canvas.put(1, 0, U'q', Style::kPlain);
  EXPECT_EQ(canvas.overlaps(), 1U);
}

TEST(Canvas, BytesThatAreNoTextBecomeQuestionMarks) {
  Canvas canvas({20, 1});
  canvas.text(0, 0, 20, "a\x1b[2J\xff\xe2\x82 é漢€");
  EXPECT_EQ(canvas.row(0), "a?[2J??? é??") << "neither control bytes nor wide letters get through";
}

TEST(Canvas, ShortenedTextEndsWithAnEllipsis) {
  EXPECT_EQ(shortened("abcdef", 6), "abcdef");
  EXPECT_EQ(shortened("abcdef", 4), "abc…");
  EXPECT_EQ(shortened("abc", 1), "…");
  EXPECT_EQ(shortened("abc", 0), "");
}

TEST(Line, HighestRankGoesFirst) {
  const std::vector<Piece> pieces = {
      {"a", "1"}, {"b", "2", Style::kPlain, 2}, {"c", "3", Style::kPlain, 1}};
  const auto drawn = [&](int width) {
    Canvas canvas({40, 1});
    draw_line(canvas, {0, 0, width, 1}, pieces);
    return canvas.row(0);
  };
  EXPECT_EQ(drawn(13), "a 1  b 2  c 3");
  EXPECT_EQ(drawn(12), "a 1  c 3");
  EXPECT_EQ(drawn(7), "a 1");
}

TEST(Line, FlexibleValueIsShortenedWhenNothingCanGo) {
  Canvas canvas({40, 1});
  draw_line(canvas, {0, 0, 20, 1},
            {{"", "a very long address of a pool", Style::kPlain, 0, true}, {"user", "bob"}});
  EXPECT_EQ(canvas.row(0), "a very lo…  user bob");
}

TEST(Numbers, ThreeDigitsAndAPrefix) {
  EXPECT_EQ(scaled(0.0), "0");
  EXPECT_EQ(scaled(0.5234), "0.52");
  EXPECT_EQ(scaled(9.99), "9.99");
  EXPECT_EQ(scaled(9.999), "10.0");
  EXPECT_EQ(scaled(99.96), "100");
  EXPECT_EQ(scaled(999.4), "999");
  EXPECT_EQ(scaled(999.6), "1.00 k");
  EXPECT_EQ(scaled(1.474e12, "MAC/s"), "1.47 TMAC/s");
  EXPECT_EQ(scaled(3.0, "nonces/s"), "3.00 nonces/s");
  EXPECT_EQ(scaled(std::nullopt), "–");
  EXPECT_EQ(scaled(std::nan("")), "–");
  EXPECT_EQ(scaled(-1234.0), "-1.23 k");
  EXPECT_EQ(scaled(std::nullopt, "MAC/s"), "– MAC/s");
  EXPECT_EQ(scaled_small(0.015, "J"), "15.0 mJ");
  EXPECT_EQ(scaled_small(0.000787, "J"), "787 µJ");
  EXPECT_EQ(scaled_small(0.0009996, "J"), "1.00 mJ");
  EXPECT_EQ(scaled_small(0.0, "J"), "0 J");
  EXPECT_EQ(scaled_small(1200.0, "J"), "1.20 kJ");
}

TEST(Numbers, CountsStayWholeAsLongAsTheyFit) {
  EXPECT_EQ(count(0), "0");
  EXPECT_EQ(count(99'999), "99999");
  EXPECT_EQ(count(100'000), "100 k");
  EXPECT_EQ(count(~std::uint64_t{0}), "18.4 E");
  EXPECT_EQ(count_in(999, 3), "999");
  EXPECT_EQ(count_in(1000, 3), "1k");
  EXPECT_EQ(count_in(99'499, 3), "99k");
  EXPECT_EQ(count_in(99'500, 3), "###") << "100k is too wide, 0M would be a lie";
  EXPECT_EQ(count_in(~std::uint64_t{0}, 3), "18E");
  EXPECT_EQ(count_in(123'456, 5), "123k");
}

TEST(Numbers, Times) {
  EXPECT_EQ(uptime(seconds(83)), "0:01:23");
  EXPECT_EQ(uptime(std::chrono::hours(75) + seconds(5)), "3 d 03:00:05");
  EXPECT_EQ(remaining(milliseconds(-3)), "0.0 s");
  EXPECT_EQ(remaining(milliseconds(9949)), "9.9 s");
  EXPECT_EQ(remaining(milliseconds(9960)), "10 s");
  EXPECT_EQ(remaining(seconds(125)), "2:05");
  EXPECT_EQ(brief(base::Micros(420)), "0.42 ms");
  EXPECT_EQ(brief(base::Micros(-23'100)), "-23.1 ms");
  EXPECT_EQ(brief(base::Micros(1'200'000)), "1.20 s");
  EXPECT_EQ(short_time(base::Micros(420)), "0.4 ms");
  EXPECT_EQ(short_time(base::Micros(-579'400)), "-579 ms");
  EXPECT_EQ(short_time(base::Micros(1'200'000)), "1.2 s");
  EXPECT_EQ(short_time(std::chrono::hours(2)), "2.0 h");
  EXPECT_EQ(signed_brief(base::Micros(420)), "+0.42 ms");
  EXPECT_EQ(signed_brief(base::Micros(-2)), "0 ms");
  EXPECT_EQ(signed_brief(std::nullopt), "–");
}

TEST(CreditText, ARateThatDoesNotAgreeIsMarked) {
  miner::SampledRate rate = {1020, std::nullopt, miner::AgainstRaw::kUnknown};
  EXPECT_EQ(sampled_text(rate), "1.02 k");
  rate = {1020, miner::Interval{950, 1104}, miner::AgainstRaw::kAgrees};
  EXPECT_EQ(sampled_text(rate), "1.02 k (950..1.10 k)");
  EXPECT_EQ(sampled_style(rate), Style::kPlain);
  for (const auto against : {miner::AgainstRaw::kBelow, miner::AgainstRaw::kAbove}) {
    rate.against_raw = against;
    EXPECT_EQ(sampled_text(rate), "1.02 k (950..1.10 k)!");
    EXPECT_EQ(sampled_style(rate), Style::kWarn);
  }
}

TEST(CreditText, ProofsAreCountedAndWhatIsWrongIsLoud) {
  EXPECT_EQ(checks_text({3, 0, 0, 24, ""}), "24 shares proven, 3 sprints right");
  EXPECT_EQ(checks_text({3, 1, 2, 24, "x"}),
            "24 shares proven, 3 sprints right, 2 not proven, 1 WRONG");
}

TEST(CreditText, RatesInH100s) {
  EXPECT_EQ(h100_text(651e12), "1.00 H100");
  EXPECT_EQ(h100_text(4.14e9), "6.36 µH100");
  EXPECT_EQ(h100_text(1.963e12), "3.02 mH100");
  EXPECT_EQ(h100_text(8 * 651e12), "8.00 H100");
}

TEST(Derived, EnergyPerNonceIsOfDevicesThatTellIt) {
  miner::Snapshot s = racing_rig(2);
  s.devices[1].energy_joules.reset();
  EXPECT_DOUBLE_EQ(*joules_per_nonce(s), 2.0);
  s.devices[0].energy_time = s.uptime / 2;
  EXPECT_DOUBLE_EQ(*joules_per_nonce(s), 4.0) << "it was measured half of the time";
  s.devices[0].nonces = 0;
  EXPECT_FALSE(joules_per_nonce(s));
}

TEST(Derived, WeightsOfDevicesThatRaceCount) {
  miner::Snapshot s = racing_rig(4);
  s.sprint.phase = miner::SprintPhase::kAnnounced;
  s.devices[0].state = miner::DeviceState::kReady;
  s.devices[1].state = miner::DeviceState::kLoading;
  s.devices[1].loading = 0.5;
  s.devices[2].state = miner::DeviceState::kOff;
  s.devices[3].state = miner::DeviceState::kIdle;
  EXPECT_DOUBLE_EQ(sprint_progress(s), 0.5);
}

TEST(History, SampleASecondOfWhatWasDoneInIt) {
  History history;
  miner::Snapshot s = racing_rig(1);
  base::SteadyTime now;
  history.add(s, now);
  for (int quarter = 1; quarter <= 8; ++quarter) {
    s.nonces += 25;
    s.macs += 1e9;
    history.add(s, now += milliseconds(250));
  }
  ASSERT_EQ(history.samples().size(), 2U);
  EXPECT_DOUBLE_EQ(history.samples()[0].nonces_per_second, 100);
  EXPECT_DOUBLE_EQ(history.samples()[1].macs_per_second, 4e9);
}

TEST(History, SecondsThatWereMissedKeepTheTimeScale) {
  History history;
  miner::Snapshot s = racing_rig(1);
  history.add(s, base::SteadyTime());
  s.nonces += 1000;
  history.add(s, base::SteadyTime(seconds(10)));
  ASSERT_EQ(history.samples().size(), 10U);
  EXPECT_DOUBLE_EQ(history.samples()[3].nonces_per_second, 100);
  history.add(s, base::SteadyTime(std::chrono::hours(30)));
  EXPECT_EQ(history.samples().size(), History::kKept);
}

TEST(History, RacesHaveBoundaries) {
  History history;
  miner::Snapshot s = racing_rig(1);
  const auto at = [&](int second) { history.add(s, base::SteadyTime(seconds(second))); };
  at(0);
  at(1);
  s.sprint.phase = miner::SprintPhase::kNone;
  at(2);
  at(3);
  s.sprint.phase = miner::SprintPhase::kRacing;
  s.sprint.id = "13";
  at(4);
  s.sprint.id = "14";
  at(5);
  std::vector<bool> boundaries;
  for (const auto& sample : history.samples()) boundaries.push_back(sample.boundary);
  EXPECT_EQ(boundaries, (std::vector<bool>{false, true, false, true, true}));
}

/// A graph of `samples` nonces/s, in 8 + `width` columns and `height` rows below its title.
Canvas graph_of(const std::vector<std::uint64_t>& samples, int width, int height, bool braille) {
  History history;
  miner::Snapshot s;
  base::SteadyTime now;
  history.add(s, now);
  for (const std::uint64_t nonces : samples) {
    s.nonces += nonces;
    history.add(s, now += seconds(1));
  }
  Canvas canvas({8 + width, 1 + height});
  draw_graph(canvas, {0, 0, 8 + width, 1 + height}, history, GraphUnit::kNonces, {true, braille});
  return canvas;
}

TEST(Graph, BrailleHasTwoSamplesAndFourStepsACell) {
  const Canvas canvas = graph_of({8, 4, 1, 0}, 3, 2, true);
  EXPECT_EQ(canvas.row(1), "8.00     ⡇") << "8 fills both cells, 4 one";
  EXPECT_EQ(canvas.row(2), "0        ⣿⡀");
}

TEST(Graph, RacesAreMarkedAlsoWhereItIsFull) {
  History history;
  miner::Snapshot s = racing_rig(1);
  base::SteadyTime now;
  history.add(s, now);
  for (int second = 1; second <= 8; ++second) {
    s.nonces += 100;
    if (second == 5) s.sprint.id = "the next";
    history.add(s, now += seconds(1));
  }
  Canvas canvas({12, 4});
  draw_graph(canvas, {0, 0, 12, 4}, history, GraphUnit::kNonces, {true, true});
  EXPECT_EQ(canvas.row(1), "100     ⣿⣿┊⣿");
  EXPECT_EQ(canvas.row(2), "        ⣿⣿⣿⣿");
}

TEST(Graph, WithoutBrailleItIsBlocks) {
  const Canvas canvas = graph_of({8, 8, 4, 4, 0, 0}, 4, 2, false);
  EXPECT_EQ(canvas.row(1), "8.00     █");
  EXPECT_EQ(canvas.row(2), "0        ██");
}

TEST(Graph, NothingYetIsAnEmptyGraphWithItsScale) {
  const Canvas canvas = graph_of({}, 60, 4, true);
  EXPECT_THAT(canvas.row(0), HasSubstr("throughput nonces/s, the last 2:00 min"));
  EXPECT_EQ(canvas.row(4), "0");
}

TEST(LogTail, KeepsTheNewestAndTheReadersPlace) {
  LogTail log;
  log.append(log_lines(1, 2500));
  EXPECT_EQ(log.lines().size(), LogTail::kKept);
  log.scroll(-100, 10);
  const std::uint64_t seen = log.lines()[log.end() - 1].seq;
  log.append(log_lines(2501, 2600));
  EXPECT_EQ(log.lines()[log.end() - 1].seq, seen);
  log.append(log_lines(2601, 6000));
  EXPECT_LE(log.end(), log.lines().size()) << "its place has fallen off: the oldest that is there";
  log.scroll(1, 10);
  EXPECT_GE(log.end(), 10U);
}

}  // namespace
}  // namespace tui
