#include "logging/sink.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <regex>
#include <thread>
#include <vector>

#include "tests/logging/files.h"

namespace logging {
namespace {

using base::LogLevel;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using tests::content;
using tests::lines_of;
using tests::TemporaryFolder;

class SinkTest : public testing::Test {
 protected:
  ~SinkTest() override { close(console_); }

  Sink& open(const Options& options, bool colours = false) {
    auto sink = Sink::open(options, {console_, colours});
    EXPECT_TRUE(sink.ok());
    sink_ = std::move(sink).value();
    return *sink_;
  }
  std::string console() const { return content(folder_ / "console"); }
  std::string file() const { return content(folder_ / "a.log"); }
  Options with_file() const {
    Options options;
    options.file = folder_ / "a.log";
    return options;
  }

  TemporaryFolder folder_;
  int console_ = ::open((folder_ / "console").c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  std::unique_ptr<Sink> sink_;
};

TEST_F(SinkTest, WritesWholeLinesWithTheTimeOfHere) {
  const auto before = std::chrono::system_clock::now();
  base::Log(open({}), "miner").info("sprint ended", {{"sprint", "s-1"}});
  std::smatch match;
  const std::string line = console();
  ASSERT_TRUE(std::regex_match(
      line, match,
      std::regex(R"((\d{4})-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d\d:\d\d info  miner: )"
                 "sprint ended sprint=s-1\n")))
      << line;
  const auto days = std::chrono::floor<std::chrono::days>(before);
  EXPECT_NEAR(std::stoi(match[1]), static_cast<int>(std::chrono::year_month_day(days).year()), 1);
}

TEST_F(SinkTest, LeavesOutWhatIsBelowItsLevel) {
  for (const LogLevel lowest :
       {LogLevel::kDebug, LogLevel::kInfo, LogLevel::kWarn, LogLevel::kError}) {
    const std::size_t before = lines_of(console()).size();
    Options options;
    options.level = lowest;
    const base::Log log(open(options), "p");
    log.debug("d");
    log.info("i");
    log.warn("w");
    log.error("e");
    EXPECT_EQ(lines_of(console()).size() - before, 4 - static_cast<std::size_t>(lowest));
    EXPECT_THAT(console(), testing::EndsWith("error p: e\n"));
  }
}

TEST_F(SinkTest, TellsConsoleAndFileTheSame) {
  Options options = with_file();
  options.format = Format::kJson;
  const base::Log log(open(options), "p");
  log.info("one");
  log.warn("two", {{"k", 1}});
  EXPECT_EQ(console(), file());
  EXPECT_THAT(lines_of(file()), ElementsAre(HasSubstr(R"("message":"one"})"),
                                            HasSubstr(R"("message":"two","k":1})")));
}

TEST_F(SinkTest, ColoursTheConsoleAndNeverTheFileOrJson) {
  base::Log(open(with_file(), true), "p").info("one");
  EXPECT_THAT(console(), HasSubstr("\x1b["));
  EXPECT_THAT(file(), Not(HasSubstr("\x1b")));
  Options json;
  json.format = Format::kJson;
  base::Log(open(json, true), "p").info("two");
  EXPECT_THAT(lines_of(console()).back(), Not(HasSubstr("\x1b")));
}

TEST_F(SinkTest, TellsTheFileAlone) {
  open(with_file()).write_to_file({LogLevel::kInfo, "p", "exit", {}});
  EXPECT_EQ(console(), "");
  EXPECT_THAT(file(), HasSubstr("info  p: exit\n"));
}

TEST_F(SinkTest, ShowsNothingHiddenWhoeverSaysIt) {
  Sink& sink = open(with_file());
  sink.hide({"4AbCdEfGhIjKlMn9xYz.rig1"}, "secret");
  base::Log(sink, "net").error("refused", {{"reason", "no 4AbCdEfGhIjKlMn9xYz with secret"}});
  EXPECT_THAT(console(), HasSubstr("refused reason=\"no 4AbC..9xYz with ..\"\n"));
  EXPECT_EQ(console(), file());
}

TEST_F(SinkTest, RefusesAFileThatCannotBeWritten) {
  Options options;
  options.file = folder_ / "no/a.log";
  const auto sink = Sink::open(options, {console_, false});
  ASSERT_FALSE(sink.ok());
  EXPECT_THAT(sink.message(), HasSubstr(options.file));
  EXPECT_EQ(console(), "");
}

TEST_F(SinkTest, SaysOnceThatTheDiskIsFullAndGoesOn) {
  Options options;
  options.file = "/dev/full";
  const base::Log log(open(options), "p");
  for (int i = 0; i < 3; ++i) log.info("line");
  EXPECT_THAT(lines_of(console()),
              ElementsAre(HasSubstr("p: line"),
                          HasSubstr("error log: the log file fails reason=\"log file '/dev/full' "
                                    "cannot be written: No space left on device\""),
                          HasSubstr("p: line"), HasSubstr("p: line")));
}

TEST_F(SinkTest, UsesTheFileAgainWhenThereIsRoom) {
  const base::Log log(open(with_file()), "p");
  {
    const tests::FullDisk disk(0);  // the console's file cannot grow either
    log.info("one");
    log.info("two");
  }
  log.info("three");
  log.info("four");
  EXPECT_THAT(lines_of(file()), ElementsAre(HasSubstr("p: three"), HasSubstr("p: four")));
  EXPECT_THAT(lines_of(console()),
              ElementsAre(HasSubstr("p: three"),
                          HasSubstr("log: the log file can be written again lines_lost=2"),
                          HasSubstr("p: four")));
}

TEST_F(SinkTest, ReopensAFileThatWasMovedAside) {
  Sink& sink = open(with_file());
  const base::Log log(sink, "p");
  log.info("one");
  std::filesystem::rename(folder_ / "a.log", folder_ / "moved");
  log.info("two");
  sink.reopen();
  log.info("three");
  EXPECT_THAT(lines_of(content(folder_ / "moved")),
              ElementsAre(HasSubstr("p: one"), HasSubstr("p: two")));
  EXPECT_THAT(lines_of(file()), ElementsAre(HasSubstr("p: three")));
  open({}).reopen();  // without a file that is nothing
}

TEST_F(SinkTest, RotatesByItsOptions) {
  Options options = with_file();
  options.file_megabytes = 1;
  options.files = 2;
  const base::Log log(open(options), "p");
  const std::string text(1000, 'x');
  for (int i = 0; i < 2500; ++i) log.debug("not written", {{"text", text}});
  EXPECT_THAT(folder_.names(), ElementsAre("a.log", "console"));
  for (int i = 0; i < 2500; ++i) log.info("line", {{"text", text}});
  EXPECT_THAT(folder_.names(), ElementsAre("a.log", "a.log.1", "console"));
  EXPECT_LE(std::filesystem::file_size(folder_ / "a.log.1"), 1'000'000U);
  EXPECT_GT(std::filesystem::file_size(folder_ / "a.log.1"), 990'000U);
}

TEST_F(SinkTest, KeepsLinesOfManyThreadsWholeAndInOrder) {
  Sink& sink = open(with_file());
  constexpr int kThreads = 4;
  constexpr int kLines = 500;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&sink, t] {
      const std::string part = "t" + std::to_string(t);
      for (int i = 0; i < kLines; ++i) base::Log(sink, part).info("line", {{"n", i}});
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(console(), file());
  std::vector<int> next(kThreads);
  const std::regex form(R"(\S+ info  t(\d): line n=(\d+))");
  for (const std::string& line : lines_of(file())) {
    std::smatch match;
    ASSERT_TRUE(std::regex_match(line, match, form)) << line;
    EXPECT_EQ(std::stoi(match[2]), next.at(static_cast<std::size_t>(std::stoi(match[1])))++);
  }
  EXPECT_EQ(next, std::vector<int>(kThreads, kLines));
}

TEST(Colours, AreForTerminalsThatAreNotToldOtherwise) {
  const Options plain;
  EXPECT_TRUE(wants_colours(plain, true, nullptr, nullptr));
  EXPECT_TRUE(wants_colours(plain, true, "", "xterm")) << "an empty NO_COLOR says nothing";
  EXPECT_FALSE(wants_colours(plain, false, nullptr, "xterm"));
  EXPECT_FALSE(wants_colours(plain, true, "0", "xterm")) << "whatever the value is";
  EXPECT_FALSE(wants_colours(plain, true, nullptr, "dumb"));
  Options refused;
  refused.no_color = true;
  EXPECT_FALSE(wants_colours(refused, true, nullptr, "xterm"));
}

}  // namespace
}  // namespace logging
