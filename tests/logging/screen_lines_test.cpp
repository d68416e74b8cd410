// What a screen gets of the log, and what becomes of the console meanwhile.

#include "logging/screen_lines.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <regex>
#include <thread>
#include <vector>

#include "logging/sink.h"
#include "tests/logging/files.h"

namespace logging {
namespace {

using base::LogLevel;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using tests::content;
using tests::lines_of;

std::vector<std::string> texts(const std::vector<ScreenLine>& lines) {
  std::vector<std::string> found;
  for (const ScreenLine& line : lines) found.push_back(line.text);
  return found;
}

TEST(ScreenLines, KeepsTheNewestAndCountsAll) {
  ScreenLines lines;
  lines.open(3);
  for (const char* text : {"a", "b", "c", "d"}) lines.add(LogLevel::kWarn, text);
  EXPECT_THAT(texts(lines.after(0)), ElementsAre("b", "c", "d"));
  EXPECT_EQ(lines.after(0).front().seq, 2U);
  EXPECT_EQ(lines.after(0).front().level, LogLevel::kWarn);
  EXPECT_THAT(texts(lines.after(2)), ElementsAre("c", "d"));
  EXPECT_THAT(texts(lines.after(4)), IsEmpty());
  EXPECT_THAT(texts(lines.after(99)), IsEmpty());
}

TEST(ScreenLines, ForgetsThemWhenClosedAndCountsOn) {
  ScreenLines lines;
  lines.open(3);
  lines.add(LogLevel::kInfo, "a");
  lines.close();
  EXPECT_THAT(texts(lines.after(0)), IsEmpty());
  lines.open(3);
  lines.add(LogLevel::kInfo, "b");
  ASSERT_EQ(lines.after(0).size(), 1U);
  EXPECT_EQ(lines.after(0).front().seq, 2U) << "nobody misses one who goes on from where he was";
}

class SinkOfAScreen : public testing::Test {
 protected:
  ~SinkOfAScreen() override { close(fd_); }

  Sink& open(bool terminal, Options options = {}, bool colours = false) {
    options.file = folder_ / "a.log";
    auto sink = Sink::open(options, {fd_, colours, terminal});
    EXPECT_TRUE(sink.ok());
    sink_ = std::move(sink).value();
    return *sink_;
  }
  std::vector<std::string> console() const { return lines_of(content(folder_ / "console")); }
  std::vector<std::string> file() const { return lines_of(content(folder_ / "a.log")); }

  tests::TemporaryFolder folder_;
  int fd_ = ::open((folder_ / "console").c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  std::unique_ptr<Sink> sink_;
};

TEST_F(SinkOfAScreen, TakesTheTerminalsPlace) {
  Sink& sink = open(true);
  const base::Log log(sink, "p");
  log.info("before");
  EXPECT_THAT(sink.lines_after(0), IsEmpty());
  sink.open_screen(100);
  log.info("one");
  log.error("two", {{"k", "a b"}});
  EXPECT_THAT(console(), ElementsAre(HasSubstr("p: before")));
  EXPECT_THAT(texts(sink.lines_after(0)),
              ElementsAre(testing::EndsWith(" info  p: one"),
                          testing::EndsWith(" error p: two k=\"a b\"")));
  EXPECT_EQ(sink.lines_after(1).front().level, LogLevel::kError);
  EXPECT_EQ(file().size(), 3U);
  sink.close_screen();
  EXPECT_THAT(sink.lines_after(0), IsEmpty());
  log.info("after");
  EXPECT_EQ(console(), file()) << "what was missed comes first, with its own time";
}

TEST_F(SinkOfAScreen, GivesTheTerminalTheLastTenLinesThatItMissed) {
  Sink& sink = open(true);
  const base::Log log(sink, "p");
  sink.open_screen(5);
  for (int i = 0; i < 25; ++i) log.info("line", {{"n", i}});
  sink.close_screen();
  sink.close_screen();  // none is open: nothing
  ASSERT_EQ(console().size(), 10U);
  EXPECT_THAT(console().front(), HasSubstr("n=15"));
  EXPECT_THAT(console().back(), HasSubstr("n=24"));
  sink.open_screen(5);
  log.info("line", {{"n", 25}});
  sink.close_screen();
  EXPECT_EQ(console().size(), 11U) << "each is told once";
}

TEST_F(SinkOfAScreen, LeavesAConsoleThatIsNoTerminalAlone) {
  Sink& sink = open(false);
  const base::Log log(sink, "p");
  sink.open_screen(5);
  log.info("one");
  log.info("two");
  EXPECT_EQ(console(), file());
  EXPECT_THAT(texts(sink.lines_after(0)), ElementsAre(HasSubstr("p: one"), HasSubstr("p: two")));
  sink.close_screen();
  EXPECT_EQ(console(), file()) << "nothing was missed";
}

TEST_F(SinkOfAScreen, ShowsTextWhateverTheConsoleShows) {
  Options json;
  json.format = Format::kJson;
  Sink& sink = open(true, json);
  sink.open_screen(5);
  base::Log(sink, "p").info("one", {{"text", "\x1b[2J"}});
  EXPECT_THAT(texts(sink.lines_after(0)),
              ElementsAre(testing::EndsWith(R"( info  p: one text="\x1b[2J")")));
  sink.close_screen();
  EXPECT_THAT(console(), ElementsAre(HasSubstr(R"("message":"one")")));
}

TEST_F(SinkOfAScreen, GetsNoColours) {
  Sink& sink = open(true, {}, true);
  sink.open_screen(5);
  base::Log(sink, "p").info("one");
  EXPECT_THAT(sink.lines_after(0).at(0).text, Not(HasSubstr("\x1b")));
  sink.close_screen();
  EXPECT_THAT(console(), ElementsAre(HasSubstr("\x1b[32minfo")));
}

TEST_F(SinkOfAScreen, GetsNothingHiddenNorBelowTheLevel) {
  Sink& sink = open(true);
  sink.hide({"4AbCdEfGhIjKlMn9xYz.rig1"}, "secret");
  sink.open_screen(5);
  const base::Log log(sink, "net");
  log.debug("not shown");
  log.error("refused", {{"reason", "no 4AbCdEfGhIjKlMn9xYz with secret"},
                        {"user", base::Account{"4AbCdEfGhIjKlMn9xYz.rig1"}}});
  EXPECT_THAT(texts(sink.lines_after(0)),
              ElementsAre(testing::EndsWith(
                  "refused reason=\"no 4AbC..9xYz with ..\" user=4AbC..9xYz.rig1")));
}

TEST_F(SinkOfAScreen, IsToldThatTheFileFails) {
  Sink& sink = open(true);
  sink.open_screen(5);
  const base::Log log(sink, "p");
  {
    const tests::FullDisk disk(0);
    log.info("one");
  }
  EXPECT_THAT(texts(sink.lines_after(0)),
              ElementsAre(HasSubstr("p: one"), HasSubstr("log: the log file fails")));
}

TEST_F(SinkOfAScreen, HasLinesOfManyThreadsInTheOrderOfTheFile) {
  constexpr int kThreads = 4;
  constexpr int kLines = 300;
  Sink& sink = open(true);
  sink.open_screen(kThreads * kLines);
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&sink, t] {
      for (int i = 0; i < kLines; ++i) base::Log(sink, "p").info("line", {{"t", t}, {"n", i}});
    });
  }
  std::vector<ScreenLine> seen;
  while (seen.size() < kThreads * kLines) {  // one who looks meanwhile misses none
    for (ScreenLine& line : sink.lines_after(seen.size())) {
      ASSERT_EQ(line.seq, seen.size() + 1);
      seen.push_back(std::move(line));
    }
  }
  for (std::thread& thread : threads) thread.join();
  const std::size_t date = std::string("1970-01-01T").size();
  const std::size_t fraction_and_zone = std::string(".000+00:00").size();
  std::vector<std::string> as_shown = file();
  for (std::string& line : as_shown) line.erase(0, date).erase(8, fraction_and_zone);
  EXPECT_EQ(texts(seen), as_shown);
}

}  // namespace
}  // namespace logging
