#include "logging/format.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidjson/document.h>

#include <cmath>
#include <limits>
#include <vector>

#include "base/bytes.h"

namespace logging {
namespace {

using base::LogField;
using base::LogLevel;
using base::LogRecord;
using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::HasSubstr;
using testing::Not;

const Stamp kEpoch{base::UnixTime()};

/// The fields of a text line: " key=value", as they stand.
std::string text_fields(const std::vector<LogField>& fields, LogLevel level = LogLevel::kInfo) {
  const std::string line = text_of({level, "p", "m", fields});
  EXPECT_TRUE(line.starts_with("p: m")) << line;
  return line.substr(4);
}

/// The fields of a JSON line: ,"key":value, as they stand.
std::string json_fields(const std::vector<LogField>& fields, LogLevel level = LogLevel::kInfo) {
  const std::string line = json_line({level, "p", "m", fields}, kEpoch);
  const std::string end_of_head = R"("message":"m")";
  const std::size_t at = line.find(end_of_head);
  EXPECT_NE(at, std::string::npos) << line;
  return line.substr(at + end_of_head.size(), line.size() - at - end_of_head.size() - 1);
}

TEST(Rfc3339, HasMillisecondsAndTheZone) {
  const base::UnixTime time(seconds(1'795'419'240) + microseconds(875'999));
  EXPECT_EQ(rfc3339({time, minutes(0)}), "2026-11-23T07:34:00.875+00:00");
  EXPECT_EQ(rfc3339({time, hours(1)}), "2026-11-23T08:34:00.875+01:00");
  EXPECT_EQ(rfc3339({time, minutes(5 * 60 + 45)}), "2026-11-23T13:19:00.875+05:45");
  EXPECT_EQ(rfc3339({time, minutes(-(9 * 60 + 30))}), "2026-11-22T22:04:00.875-09:30");
  EXPECT_EQ(rfc3339(kEpoch), "1970-01-01T00:00:00.000+00:00");
}

TEST(TextLine, IsTimeLevelPartMessageAndFields) {
  const std::vector<LogField> fields = {{"sprint", "s-1"}, {"nonces", 9148}};
  EXPECT_EQ(text_line({LogLevel::kInfo, "miner", "sprint ended", fields}, kEpoch),
            "1970-01-01T00:00:00.000+00:00 info  miner: sprint ended sprint=s-1 nonces=9148");
  EXPECT_EQ(text_line({LogLevel::kError, "cpu:0", "off", {}}, kEpoch),
            "1970-01-01T00:00:00.000+00:00 error cpu:0: off");
}

TEST(ScreenLine, IsTheTimeOfDayAndTheRest) {
  EXPECT_EQ(screen_line({LogLevel::kWarn, "cpu:0", "off", {}},
                        {kEpoch.time + std::chrono::seconds(3661), hours(1)}),
            "02:01:01 warn  cpu:0: off");
}

TEST(TextLine, NamesEveryLevelInFiveColumns) {
  for (const auto& [level, name] :
       {std::pair(LogLevel::kDebug, " debug p: m"), std::pair(LogLevel::kInfo, " info  p: m"),
        std::pair(LogLevel::kWarn, " warn  p: m"), std::pair(LogLevel::kError, " error p: m")}) {
    EXPECT_THAT(text_line({level, "p", "m", {}}, kEpoch), HasSubstr(name));
  }
}

TEST(TextLine, ColoursTheLevelOnlyWhenAsked) {
  const LogRecord record{LogLevel::kWarn, "p", "m", {}};
  EXPECT_THAT(text_line(record, kEpoch), Not(HasSubstr("\x1b")));
  EXPECT_THAT(text_line(record, kEpoch, Colours::kOn), HasSubstr(" \x1b[33;1mwarn \x1b[0m p: m"));
}

TEST(TextFields, AreBareWhereThatIsClearAndQuotedElsewhere) {
  EXPECT_EQ(text_fields({{"k", "stratum+tcp://[::1]:3333/a,b;c%{}"}}),
            " k=stratum+tcp://[::1]:3333/a,b;c%{}");
  EXPECT_EQ(text_fields({{"k", ""}}), R"( k="")");
  EXPECT_EQ(text_fields({{"k", "two words"}}), R"( k="two words")");
  EXPECT_EQ(text_fields({{"k", "a=b"}}), R"( k="a=b")");
  EXPECT_EQ(text_fields({{"k", R"(say "hi")"}}), R"( k="say \"hi\"")");
  EXPECT_EQ(text_fields({{"k", R"(a\b)"}}), R"( k="a\\b")");
  EXPECT_EQ(text_fields({{"k", "a\nb\r\tc"}}), R"( k="a\nb\r\tc")");
  EXPECT_EQ(text_fields({{"k", "\x1b[31m\x7f"}}), R"( k="\x1b[31m\x7f")");
  EXPECT_EQ(text_fields({{"k", "\u00e4"}}), R"( k="\xc3\xa4")");
  EXPECT_EQ(text_fields({{"k", std::string_view("\0", 1)}}), R"( k="\x00")");
}

TEST(TextFields, ShowNumbersAsAPersonWritesThem) {
  EXPECT_EQ(text_fields({{"a", -5}, {"b", UINT64_MAX}, {"c", true}, {"d", false}}),
            " a=-5 b=18446744073709551615 c=true d=false");
  EXPECT_EQ(text_fields({{"a", 20.0}, {"b", 457.42168}, {"c", 0.5}, {"d", -0.00001}}),
            " a=20 b=457.422 c=0.5 d=-1e-05");
  EXPECT_EQ(text_fields({{"a", 0.0}, {"b", -0.0}, {"c", 1234567890.125}, {"d", 1e300}}),
            " a=0 b=0 c=1234567890.125 d=1e+300");
  EXPECT_EQ(text_fields({{"a", std::nan("")}, {"b", INFINITY}}), " a=nan b=inf");
}

TEST(Fields, WithoutAValueAreLeftOut) {
  const std::optional<double> none;
  EXPECT_EQ(text_fields({{"a", 1}, {"b", none}, {"c", std::optional(2)}}), " a=1 c=2");
  EXPECT_EQ(json_fields({{"a", 1}, {"b", none}, {"c", std::optional(2)}}), R"(,"a":1,"c":2)");
}

TEST(JsonLine, HasTimeLevelPartMessageAndTheFieldsOfTheirTypes) {
  const std::vector<LogField> fields = {{"sprint", "s-1"}, {"nonces", 9148}, {"rate", 457.4},
                                        {"right", true},   {"change", -3},   {"most", UINT64_MAX}};
  EXPECT_EQ(json_line({LogLevel::kWarn, "miner", "sprint ended", fields}, kEpoch),
            R"({"time":"1970-01-01T00:00:00.000+00:00","level":"warn","part":"miner",)"
            R"("message":"sprint ended","sprint":"s-1","nonces":9148,"rate":457.4,"right":true,)"
            R"("change":-3,"most":18446744073709551615})");
}

TEST(JsonLine, WritesWhatJsonCannotHoldAsNull) {
  EXPECT_EQ(json_fields({{"a", std::nan("")}, {"b", -INFINITY}, {"c", 1e300}}),
            R"(,"a":null,"b":null,"c":1e+300)");
}

TEST(JsonLine, EscapesWhatIsNotPrintableAscii) {
  EXPECT_EQ(json_fields({{"k", "\"\\/"}}), R"(,"k":"\"\\/")");
  EXPECT_EQ(json_fields({{"k", "\n\x1b\x7f"}}), R"(,"k":"\u000a\u001b\u007f")");
  EXPECT_EQ(json_fields({{"k", "\u00e4\u20ac\U0001f600"}}), R"(,"k":"\u00e4\u20ac\ud83d\ude00")");
  EXPECT_EQ(json_fields({{"k", "\xff"}}), R"(,"k":"\\xff")");
}

/// Texts that try to end a line, to speak to a terminal, to end a string, or are no text.
std::vector<std::string> hostile_texts() {
  std::vector<std::string> texts = {"a\nb",
                                    "a\r\nb",
                                    "\x1b]0;owned\a",
                                    "\x1b[2J",
                                    "\u009b31m",
                                    "\u2028\u2029",
                                    "\u202etxt.exe",
                                    R"(","level":"error)",
                                    "\" level=error x=\"",
                                    "\xc0\x80",
                                    "\xed\xa0\x80",
                                    "\xf4\x90\x80\x80",
                                    "%s%n{}{0}",
                                    std::string("a\0b", 3)};
  for (int byte = 0; byte < 256; ++byte) texts.emplace_back(1, static_cast<char>(byte));
  return texts;
}

TEST(Lines, ArePrintableAsciiWhateverTheyHold) {
  for (const std::string& text : hostile_texts()) {
    const std::vector<LogField> fields = {
        {"t", text}, {"a", base::Account{text}}, {"u", base::Address{text}}};
    for (const LogLevel level : {LogLevel::kDebug, LogLevel::kInfo}) {
      const LogRecord record{level, text, text, fields};
      for (const std::string& line : {text_line(record, kEpoch), json_line(record, kEpoch)}) {
        for (const char c : line) ASSERT_TRUE(c >= ' ' && c < 0x7f) << base::printable(line);
      }
    }
  }
}

TEST(JsonLine, ParsesAndGivesEveryTextBack) {
  for (const std::string& text : hostile_texts()) {
    const std::vector<LogField> fields = {{"t", text}};
    const std::string line = json_line({LogLevel::kInfo, "p", text, fields}, kEpoch);
    rapidjson::Document document;
    document.Parse(line.data(), line.size());
    ASSERT_TRUE(document.IsObject()) << line;
    ASSERT_EQ(document.MemberCount(), 5U) << line;
    const auto& value = document["t"];
    const std::string expected = base::is_utf8(text) ? text : base::printable(text);
    EXPECT_EQ(std::string(value.GetString(), value.GetStringLength()), expected) << line;
  }
}

TEST(Redaction, AccountsAreShortenedAboveDebug) {
  const base::Account account{"4AbCdEfGhIjKlMnOpQrStUv9xYz.rig1"};
  for (const LogLevel level : {LogLevel::kInfo, LogLevel::kWarn, LogLevel::kError}) {
    EXPECT_EQ(text_fields({{"account", account}}, level), " account=4AbC..9xYz.rig1");
    EXPECT_EQ(json_fields({{"account", account}}, level), R"(,"account":"4AbC..9xYz.rig1")");
  }
  EXPECT_EQ(text_fields({{"account", account}}, LogLevel::kDebug),
            " account=4AbCdEfGhIjKlMnOpQrStUv9xYz.rig1");
  EXPECT_EQ(json_fields({{"account", account}}, LogLevel::kDebug),
            R"(,"account":"4AbCdEfGhIjKlMnOpQrStUv9xYz.rig1")");
}

TEST(Redaction, UsersInAddressesAreShownAtNoLevel) {
  const base::Address address{"stratum+tcp://alice:secret@pool:1"};
  for (int level = 0; level < 4; ++level) {
    EXPECT_EQ(text_fields({{"pool", address}}, static_cast<LogLevel>(level)),
              " pool=stratum+tcp://..@pool:1");
    EXPECT_EQ(json_fields({{"pool", address}}, static_cast<LogLevel>(level)),
              R"(,"pool":"stratum+tcp://..@pool:1")");
  }
}

}  // namespace
}  // namespace logging
