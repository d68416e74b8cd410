#include "base/log.h"

#include <gtest/gtest.h>

#include <string>
#include <tuple>
#include <vector>

namespace base {
namespace {

using Line = std::tuple<LogLevel, std::string, std::string>;

class Collector final : public LogSink {
 public:
  void write(LogLevel level, std::string_view who, std::string_view line) override {
    lines.emplace_back(level, who, line);
  }
  std::vector<Line> lines;
};

TEST(Log, SpeaksUnderItsNameAtEachLevel) {
  Collector sink;
  const Log log(sink, "cpu:0");
  log.debug("a");
  log.info("b");
  log.warn("c");
  log.error("d");
  EXPECT_EQ(sink.lines, (std::vector<Line>{{LogLevel::kDebug, "cpu:0", "a"},
                                           {LogLevel::kInfo, "cpu:0", "b"},
                                           {LogLevel::kWarn, "cpu:0", "c"},
                                           {LogLevel::kError, "cpu:0", "d"}}));
}

TEST(Log, CopiesSpeakIntoTheSameSink) {
  Collector sink;
  const Log pool(sink, "pool");
  Log copy = pool;
  copy.info("connected");
  copy = Log(sink, "miner");
  copy.info("started");
  pool.warn("lost");
  EXPECT_EQ(sink.lines, (std::vector<Line>{{LogLevel::kInfo, "pool", "connected"},
                                           {LogLevel::kInfo, "miner", "started"},
                                           {LogLevel::kWarn, "pool", "lost"}}));
}

TEST(Log, TakesALineAsItIs) {
  Collector sink;
  Log(sink, "pool").info("100 % of {} and %s");
  EXPECT_EQ(std::get<2>(sink.lines.at(0)), "100 % of {} and %s");
}

}  // namespace
}  // namespace base
