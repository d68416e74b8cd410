#include <gtest/gtest.h>

#include <limits>
#include <sstream>

#include "miner/cli/console.h"
#include "miner/cli/exit_code.h"
#include "miner/cli/text_output.h"
#include "miner/json_line.h"

namespace miner {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(ProgressLine, IsWrittenAfterASecondThenEveryTen) {
  std::ostringstream out;
  std::ostringstream progress;
  base::ManualClock clock;
  {
    ProgressLine line({out, progress, false}, clock);
    line.update("a");
    clock.advance(milliseconds(999));
    line.update("b");
    EXPECT_EQ(progress.str(), "");
    clock.advance(milliseconds(1));
    line.update("c");
    clock.advance(milliseconds(9999));
    line.update("d");
    EXPECT_EQ(progress.str(), "c\n");
    clock.advance(milliseconds(1));
    line.update("e");
    line.announce("f");
    line.wipe();
  }
  EXPECT_EQ(progress.str(), "c\ne\nf\n");
  EXPECT_EQ(out.str(), "");
}

TEST(ProgressLine, IsOverwrittenOnATerminalAndWipedAtTheEnd) {
  std::ostringstream out;
  std::ostringstream progress;
  base::ManualClock clock;
  {
    ProgressLine line({out, progress, true}, clock);
    line.update("a");
    line.update("too soon");
    clock.advance(milliseconds(100));
    line.update("b");
    EXPECT_EQ(progress.str(), "\r\x1b[Ka\r\x1b[Kb");
  }
  EXPECT_EQ(progress.str(), "\r\x1b[Ka\r\x1b[Kb\r\x1b[K");
}

TEST(TextOutput, UnitsHaveThreeDigitsThatCount) {
  EXPECT_EQ(show_bytes(0), "0 B");
  EXPECT_EQ(show_bytes(1023), "1023 B");
  EXPECT_EQ(show_bytes(1024), "1.00 KiB");
  EXPECT_EQ(show_bytes(832ULL << 20), "832 MiB");
  EXPECT_EQ(show_bytes(5ULL << 29), "2.50 GiB");
  EXPECT_EQ(show_rate(0.0123), "0.0123 nonces/s");
  EXPECT_EQ(show_rate(2.5), "2.50 nonces/s");
  EXPECT_EQ(show_rate(123456.7), "123457 nonces/s");
  EXPECT_EQ(show_mac_rate(41.9e9), "41.9 GMAC/s");
  EXPECT_EQ(show_seconds(0.125), "0.12 s");
}

TEST(TextOutput, TablesAlign) {
  TextTable table({"a", "bb", "c"});
  table.add({"long", "", "x"});
  EXPECT_EQ(table.str(), "a     bb  c\nlong      x\n");
}

TEST(JsonLine, WritesWhatItIsGiven) {
  JsonLine json;
  json.begin_object().key("a").integer(UINT64_MAX).key("b").text("\"\n").key("c").begin_array();
  json.number(0.5).number(std::nullopt).number(std::numeric_limits<double>::infinity());
  json.boolean(true).null().text("\xff").text("\xc3\xa9").end_array().end_object();
  EXPECT_EQ(json.str(),
            "{\"a\":18446744073709551615,\"b\":\"\\\"\\n\","
            "\"c\":[0.5,null,null,true,null,\"\\\\xff\",\"\xc3\xa9\"]}");
}

TEST(ExitCode, EachHasItsWords) {
  EXPECT_EQ(describe(ExitCode::kClean), "clean");
  for (const int code : {0, 1, 2, 3, 4, 5, 6, 8, 42}) {
    EXPECT_NE(describe(static_cast<ExitCode>(code)), "unknown") << code;
  }
}

}  // namespace
}  // namespace miner
