#include "backends/telemetry/sysfs/files.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/telemetry_sysfs/tree.h"

namespace tests {
namespace {

using backends::sysfs::numbered;
using backends::sysfs::read_bytes;
using backends::sysfs::read_integer;
using backends::sysfs::read_scaled;
using backends::sysfs::read_start;
using backends::sysfs::read_text;
using backends::sysfs::value_of;
using Names = std::vector<std::string>;

class Files : public testing::Test {
 protected:
  /// The integer of a file with this text.
  std::optional<std::int64_t> integer(const std::string& text) {
    tree_.write("file", text);
    return read_integer(tree_.root() / "file");
  }

  Tree tree_;
};

TEST_F(Files, ATextComesWithoutItsNewline) {
  tree_.write("file", "amdgpu\n");
  EXPECT_EQ(read_text(tree_.root() / "file"), "amdgpu");
  tree_.write("file", "");
  EXPECT_EQ(read_text(tree_.root() / "file"), "");
}

TEST_F(Files, WhatCannotBeReadHasNoValue) {
  EXPECT_EQ(read_text(tree_.root() / "nowhere"), std::nullopt);
  EXPECT_EQ(read_text(tree_.root()), std::nullopt) << "a folder";
  tree_.fail("asleep", "EIO");
  EXPECT_EQ(read_text(tree_.root() / "asleep"), std::nullopt);
  tree_.link("loop", "loop");
  EXPECT_EQ(read_text(tree_.root() / "loop"), std::nullopt);
  tree_.fail("secret", "EACCES");
  const AsUser user;
  EXPECT_EQ(read_text(tree_.root() / "secret"), std::nullopt);
}

TEST_F(Files, APipeIsNotWaitedFor) {
  ASSERT_EQ(mkfifo((tree_.root() / "pipe").c_str(), 0644), 0);
  EXPECT_EQ(read_text(tree_.root() / "pipe"), "");
}

TEST_F(Files, OnlyTheBeginningOfALargeOneIsRead) {
  tree_.write("file", std::string(100'000, 'x'));
  EXPECT_EQ(read_start(tree_.root() / "file", 10), "xxxxxxxxxx");
  EXPECT_EQ(read_text(tree_.root() / "file")->size(), 4096U);
}

TEST_F(Files, AnIntegerIsTheWholeText) {
  EXPECT_EQ(integer("64000\n"), 64'000);
  EXPECT_EQ(integer("-12\n"), -12);
  EXPECT_EQ(integer("0"), 0);
  EXPECT_EQ(integer("9223372036854775807\n"), INT64_MAX);
  for (const char* wrong : {"", "\n", "x", "1x", "1 2", " 1", "+1", "0x10", "1.5", "--1",
                            "9223372036854775808", "18446744073709551615"}) {
    EXPECT_EQ(integer(wrong), std::nullopt) << wrong;
  }
  EXPECT_EQ(integer(std::string("1\0 2", 4)), std::nullopt);
}

TEST_F(Files, AScaledValueIsInItsRange) {
  const auto celsius = [&](const std::string& text) {
    tree_.write("file", text);
    return read_scaled(tree_.root() / "file", {1000, -50, 150});
  };
  EXPECT_EQ(celsius("64500"), 64.5);
  EXPECT_EQ(celsius("0"), 0) << "a zero that is read is a zero";
  EXPECT_EQ(celsius("-50000"), -50);
  EXPECT_EQ(celsius("150000"), 150);
  EXPECT_EQ(celsius("150001"), std::nullopt);
  EXPECT_EQ(celsius("-50001"), std::nullopt);
  EXPECT_EQ(celsius("9223372036854775807"), std::nullopt);
}

TEST_F(Files, BytesAreNotNegativeAndNotMoreThanAnyMachineHas) {
  const auto bytes = [&](const std::string& text) {
    tree_.write("file", text);
    return read_bytes(tree_.root() / "file");
  };
  EXPECT_EQ(bytes("17163091968\n"), 17'163'091'968U);
  EXPECT_EQ(bytes("0"), 0U);
  EXPECT_EQ(bytes("-1"), std::nullopt);
  EXPECT_EQ(bytes("1125899906842624"), std::nullopt);
}

TEST_F(Files, NamesWithNumbersAreInTheirOrder) {
  for (const char* name : {"card10", "card2", "card0", "card0-DP-1", "card", "renderD128", "xcard1",
                           "card99999999999999999999"}) {
    tree_.write(name, "");
  }
  EXPECT_EQ(numbered(tree_.root(), "card"), Names({"card0", "card2", "card10"}));
  EXPECT_EQ(numbered(tree_.root() / "nowhere", "card"), Names());
}

TEST_F(Files, LinesHaveKeys) {
  EXPECT_EQ(value_of("A=1\nAB=2\nB=x=y\n", "AB", '='), "2");
  EXPECT_EQ(value_of("A=1\nAB=2\nB=x=y\n", "B", '='), "x=y");
  EXPECT_EQ(value_of("A=1\nAB=2\n", "C", '='), std::nullopt);
  EXPECT_EQ(value_of("model\t\t: 1\nmodel name\t: Xeon \n", "model name", ':'), "Xeon");
  EXPECT_EQ(value_of("empty=\n", "empty", '='), "");
  EXPECT_EQ(value_of("", "", '='), std::nullopt);
}

}  // namespace
}  // namespace tests
