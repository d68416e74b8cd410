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
  void write(const LogRecord& record) override {
    lines.emplace_back(record.level, record.part, record.message);
    keys.clear();
    for (const LogField& field : record.fields) keys.emplace_back(field.key);
  }
  std::vector<Line> lines;
  std::vector<std::string> keys;  // of the last record
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
  EXPECT_TRUE(sink.keys.empty());
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

TEST(Log, HandsTheFieldsOverInTheirOrder) {
  Collector sink;
  const Log log(sink, "pool");
  log.info("sprint ended", {{"sprint", std::string("s-1")}, {"nonces", 12}});
  EXPECT_EQ(sink.keys, (std::vector<std::string>{"sprint", "nonces"}));
  const LogField fields[] = {{"a", 1}, {"b", 2}, {"c", 3}};
  log.write(LogLevel::kWarn, "three", fields);
  EXPECT_EQ(sink.keys, (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_EQ(sink.lines.back(), Line(LogLevel::kWarn, "pool", "three"));
}

TEST(LogField, KeepsTheTypeOfWhatItIsGiven) {
  const std::string text = "of a string";
  EXPECT_EQ(LogField("k", text).value, LogValue(std::string_view("of a string")));
  EXPECT_EQ(LogField("k", "literal").value, LogValue(std::string_view("literal")));
  EXPECT_EQ(LogField("k", -1).value, LogValue(std::int64_t{-1}));
  EXPECT_EQ(LogField("k", std::uint8_t{200}).value, LogValue(std::uint64_t{200}));
  EXPECT_EQ(LogField("k", UINT64_MAX).value, LogValue(UINT64_MAX));
  EXPECT_EQ(LogField("k", INT64_MIN).value, LogValue(INT64_MIN));
  EXPECT_EQ(LogField("k", 0.5F).value, LogValue(0.5));
  EXPECT_EQ(LogField("k", true).value, LogValue(true));
}

TEST(LogField, OfAnOptionalHasItsValueOrNone) {
  EXPECT_EQ(LogField("k", std::optional(1.5)).value, LogValue(1.5));
  EXPECT_EQ(LogField("k", std::optional<double>()).value, LogValue(std::monostate{}));
  EXPECT_EQ(LogField("k", std::optional<std::string>()).value, LogValue(std::monostate{}));
}

}  // namespace
}  // namespace base
