#include "backends/api/options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/nearest.h"

namespace tests {
namespace {

using backends::OptionAssignment;
using backends::OptionSpec;
using testing::HasSubstr;

std::vector<OptionSpec> specs() {
  OptionSpec threads;
  threads.key = "threads";
  threads.min = 0;
  threads.max = 256;
  threads.default_value = "0";
  OptionSpec offset;
  offset.key = "offset";
  offset.min = -5;
  offset.max = 5;
  offset.default_value = "-1";
  OptionSpec path;
  path.key = "path";
  path.type = OptionSpec::Type::kChoice;
  path.choices = {"auto", "scalar", "wide"};
  path.default_value = "auto";
  OptionSpec label;
  label.key = "label";
  label.type = OptionSpec::Type::kText;
  label.default_value = "none";
  return {threads, offset, path, label};
}

base::Result<backends::OptionValues> resolve(const std::vector<OptionAssignment>& assignments) {
  const std::vector<OptionSpec> all = specs();
  return backends::resolve_options(all, assignments);
}

/// The message of an assignment that must be refused.
std::string refusal(const std::string& key, const std::string& value) {
  const auto values = resolve({{"", key, value}});
  if (!values.ok()) return values.message();
  ADD_FAILURE() << key << "=" << value << " was taken";
  return "";
}

TEST(Options, RangesAsText) {
  const auto all = specs();
  EXPECT_EQ(all[0].range(), "0..256");
  EXPECT_EQ(all[1].range(), "-5..5");
  EXPECT_EQ(all[2].range(), "auto|scalar|wide");
  EXPECT_EQ(all[3].range(), "text");
}

TEST(Options, DefaultsFillWhatIsNotSet) {
  const auto values = resolve({});
  ASSERT_TRUE(values.ok());
  EXPECT_EQ(values->integer("threads"), 0);
  EXPECT_EQ(values->integer("offset"), -1);
  EXPECT_EQ(values->text("path"), "auto");
  EXPECT_EQ(values->text("label"), "none");
}

TEST(Options, ALaterAssignmentWins) {
  const auto values =
      resolve({{"", "threads", "3"}, {"x", "threads", "256"}, {"", "offset", "-5"}});
  ASSERT_TRUE(values.ok());
  EXPECT_EQ(values->integer("threads"), 256);
  EXPECT_EQ(values->integer("offset"), -5);
}

TEST(Options, TextIsTakenAsItIs) {
  const auto values = resolve({{"", "label", " a=b, c "}});
  ASSERT_TRUE(values.ok());
  EXPECT_EQ(values->text("label"), " a=b, c ");
}

TEST(Options, RefusalsNameKeyAndWhatIsAllowed) {
  for (const char* value :
       {"257", "-1", "", "x", "3x", " 3", "3.0", "0x3", "+3", "99999999999999999999999999"}) {
    const std::string message = refusal("threads", value);
    EXPECT_THAT(message, HasSubstr("threads"));
    EXPECT_THAT(message, HasSubstr("0..256"));
  }
  EXPECT_THAT(refusal("offset", "-6"), HasSubstr("-5..5"));
  EXPECT_THAT(refusal("path", "Wide"), HasSubstr("auto|scalar|wide"));
  EXPECT_THAT(refusal("path", ""), HasSubstr("path"));
}

TEST(Options, AnUnknownKeyNamesTheNearestOrAll) {
  EXPECT_THAT(refusal("thread", "1"), HasSubstr("did you mean threads?"));
  EXPECT_THAT(refusal("xyzzy", "1"), HasSubstr("threads, offset, path, label"));
  const auto values = backends::resolve_options({}, std::vector<OptionAssignment>{{"", "a", "1"}});
  ASSERT_FALSE(values.ok());
  EXPECT_THAT(values.message(), HasSubstr("'a'"));
}

TEST(Options, WhatIsTypedCannotDirtyTheTerminal) {
  EXPECT_EQ(refusal("threads", "\x1b[2J\n").find_first_of("\x1b\n"), std::string::npos);
  EXPECT_EQ(refusal("\x1b[2J\n", "1").find_first_of("\x1b\n"), std::string::npos);
}

void expect_assignment(const std::string& text, const OptionAssignment& expected) {
  const auto got = backends::parse_assignment(text);
  ASSERT_TRUE(got.ok()) << text;
  EXPECT_EQ(got->scope, expected.scope) << text;
  EXPECT_EQ(got->key, expected.key) << text;
  EXPECT_EQ(got->value, expected.value) << text;
}

TEST(Options, Assignments) {
  expect_assignment("threads=4", {"", "threads", "4"});
  expect_assignment("cpu.threads=4", {"cpu", "threads", "4"});
  expect_assignment("cpu:0.threads=4", {"cpu:0", "threads", "4"});
  expect_assignment("0000:0A:00.0.path=a", {"0000:0a:00.0", "path", "a"});
  expect_assignment("label=a.b=c", {"", "label", "a.b=c"});
  expect_assignment("label=", {"", "label", ""});
}

TEST(Options, TextsThatAreNoAssignments) {
  for (const char* text : {"", "threads", "=4", "cpu.=4", ".threads=4", "cpu"}) {
    const auto got = backends::parse_assignment(text);
    ASSERT_FALSE(got.ok()) << text;
    EXPECT_THAT(got.message(), HasSubstr("[scope.]key=value"));
  }
}

TEST(Nearest, FindsAWordBehindATypingError) {
  const std::vector<std::string> words = {"devices", "device", "pool", "profile", "sprints"};
  EXPECT_EQ(base::nearest("devcies", words), "devices");
  EXPECT_EQ(base::nearest("device", words), "device");
  EXPECT_EQ(base::nearest("polo", words), "pool");
  EXPECT_EQ(base::nearest("profil", words), "profile");
  EXPECT_EQ(base::nearest("prof", words), "profile") << "the beginning of a word";
  EXPECT_EQ(base::nearest("sprnits", words), "sprints");
  EXPECT_EQ(base::nearest("pprofile", words), "profile");
}

TEST(Nearest, DoesNotGuessFromAfar) {
  const std::vector<std::string> words = {"devices", "pool"};
  EXPECT_EQ(base::nearest("temperature", words), std::nullopt);
  EXPECT_EQ(base::nearest("xy", words), std::nullopt);
  EXPECT_EQ(base::nearest("", words), std::nullopt);
  EXPECT_EQ(base::nearest("pool", {}), std::nullopt);
  EXPECT_EQ(base::nearest(std::string(100'000, 'p'), words), std::nullopt);
}

TEST(Nearest, TheFirstOfEquals) {
  const std::vector<std::string> words = {"bat", "cat", "hat"};
  EXPECT_EQ(base::nearest("aat", words), "bat");
}

}  // namespace
}  // namespace tests
