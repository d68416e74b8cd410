#include "logging/options.h"

#include <gtest/gtest.h>

#include <string_view>

namespace logging {
namespace {

/// Gives a flag a value; its error, or "" when it took it.
std::string give(Options& options, std::string_view name, const std::string& value = "") {
  for (const Flag& flag : flags()) {
    const std::string names = "," + std::string(flag.names) + ",";
    if (names.find("," + std::string(name) + ",") == std::string::npos) continue;
    const base::Status taken = flag.take(options, value);
    return taken.ok() ? "" : taken.message();
  }
  return "no such flag";
}

TEST(LogFlags, SetWhatTheySay) {
  Options options;
  EXPECT_EQ(give(options, "--log-level", "error"), "");
  EXPECT_EQ(options.level, base::LogLevel::kError);
  EXPECT_EQ(give(options, "--log-level", "warn"), "");
  EXPECT_EQ(options.level, base::LogLevel::kWarn);
  EXPECT_EQ(give(options, "--log-level", "debug"), "");
  EXPECT_EQ(options.level, base::LogLevel::kDebug);
  EXPECT_EQ(give(options, "--log-level", "info"), "");
  EXPECT_EQ(options.level, base::LogLevel::kInfo);
  EXPECT_EQ(give(options, "-v"), "");
  EXPECT_EQ(options.level, base::LogLevel::kDebug);
  EXPECT_EQ(give(options, "--log-format", "json"), "");
  EXPECT_EQ(options.format, Format::kJson);
  EXPECT_EQ(give(options, "--log-format", "text"), "");
  EXPECT_EQ(options.format, Format::kText);
  EXPECT_EQ(give(options, "-l", "a.log"), "");
  EXPECT_EQ(options.file, "a.log");
  EXPECT_EQ(give(options, "--log-file-size", "0"), "");
  EXPECT_EQ(options.file_megabytes, 0U);
  EXPECT_EQ(give(options, "--log-files", "7"), "");
  EXPECT_EQ(options.files, 7U);
  EXPECT_EQ(give(options, "--no-color"), "");
  EXPECT_TRUE(options.no_color);
}

TEST(LogFlags, SayWhatIsWrong) {
  Options options;
  EXPECT_EQ(give(options, "--log-level", "Info"), "'Info' is none of error, warn, info, debug");
  EXPECT_EQ(give(options, "--log-format", "x\n"), "'x\\x0a' is neither text nor json");
  EXPECT_EQ(give(options, "--log-file", ""), "needs the name of a file");
  EXPECT_EQ(give(options, "--log-file-size", "-1"), "'-1' is not a whole number in 0..100000");
  EXPECT_EQ(give(options, "--log-file-size", "100001"),
            "'100001' is not a whole number in 0..100000");
  EXPECT_EQ(give(options, "--log-files", "0"), "'0' is not a whole number in 1..1000");
  EXPECT_EQ(give(options, "--log-files", "1001"), "'1001' is not a whole number in 1..1000");
}

TEST(LogOptions, RotationNeedsAFile) {
  Options options;
  EXPECT_TRUE(check(options).ok());
  options.files = 3;
  EXPECT_EQ(check(options).message(),
            "--log-files goes with --log-file only: there is no file to keep");
  options.file_megabytes = 3;
  EXPECT_EQ(check(options).message(),
            "--log-file-size goes with --log-file only: there is no file to keep");
  options.file = "a.log";
  EXPECT_TRUE(check(options).ok());
}

}  // namespace
}  // namespace logging
