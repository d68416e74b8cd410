// What --beacon and --beacon-name may say, and the source that is a file.
#include "pool/beacon_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <set>

#include "pool/beacon_file.h"
#include "tests/pool/rig.h"
#include "tests/support/temp_folder.h"

namespace pool {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using tests::kNoon;
using tests::seconds;
using Kind = BeaconConfig::Kind;

TEST(BeaconConfig, ReadsEachKind) {
  EXPECT_EQ(read_beacon("none")->kind, Kind::kNone);
  const auto file = read_beacon("file:/var/lib/a b.txt");
  EXPECT_EQ(file->kind, Kind::kFile);
  EXPECT_THAT(file->parts, ElementsAre("/var/lib/a b.txt"));
  const auto command = read_beacon("command:/bin/x  --flag y");
  EXPECT_EQ(command->kind, Kind::kCommand);
  EXPECT_THAT(command->parts, ElementsAre("/bin/x", "--flag", "y"));
  const auto urls = read_beacon("https://a.example/52db/,http://127.0.0.1:80");
  EXPECT_EQ(urls->kind, Kind::kDrand);
  EXPECT_THAT(urls->parts, ElementsAre("https://a.example/52db", "http://127.0.0.1:80"));
}

TEST(BeaconConfig, RefusesWhatIsNone) {
  for (const char* const text :
       {"", "drand", "file:", "command:", "command:  ", "ftp://x", "https://", "https:///x",
        "https://a?b", "https://a#b", "https://a,ftp://b", "https://a b", "https://u:p@a/x",
        "http://1,http://2,http://3,http://4,http://5,http://6,http://7,http://8,http://9"}) {
    EXPECT_FALSE(read_beacon(text).ok()) << text;
  }
}

TEST(BeaconConfig, APasswordIsRefusedAndNotRepeated) {
  const auto refused = read_beacon("https://u:secret@a/x");
  EXPECT_THAT(refused.message(), HasSubstr("no user or password"));
  EXPECT_THAT(refused.message(), testing::Not(HasSubstr("secret")));
  EXPECT_TRUE(read_beacon("https://a/x@y").ok());
}

TEST(BeaconConfig, NamesAreDistinctBetweenSprintsAndUses) {
  for (const char* const naming : {"file:{n}", "block:{t}", "{use}:x:{n}", "{t}{use}{n}"}) {
    ASSERT_TRUE(check_beacon_naming(naming).ok()) << naming;
    std::set<std::string> names;
    for (const std::uint64_t sprint : {1U, 2U, 3U}) {
      for (const BeaconUse use : {BeaconUse::kStart, BeaconUse::kDraw}) {
        names.insert(beacon_name_of(naming, sprint, use, kNoon + seconds(sprint * 2)));
      }
    }
    EXPECT_EQ(names.size(), 6U) << naming;
  }
}

TEST(BeaconConfig, FillsNamesIn) {
  const base::UnixTime late = kNoon + tests::microseconds(1);
  EXPECT_EQ(beacon_name_of("b:{n}:{t}", 7, BeaconUse::kStart, kNoon), "b:7:1800000000");
  EXPECT_EQ(beacon_name_of("b:{t}", 7, BeaconUse::kStart, late), "b:1800000001") << "not before";
  EXPECT_EQ(beacon_name_of("b:{n}", 7, BeaconUse::kDraw, kNoon), "b:7:draw");
  EXPECT_EQ(beacon_name_of("{use}:{n}", 7, BeaconUse::kDraw, kNoon), "draw:7");
}

TEST(BeaconConfig, RefusesNamesThatTellNothingApart) {
  for (const char* const naming :
       {"", "x", "{use}", "{n} x", "{n}{x}", "{n}}", "\xc3\xa9{n}", "{n}\n"}) {
    EXPECT_FALSE(check_beacon_naming(naming).ok()) << naming;
  }
  EXPECT_TRUE(check_beacon_naming(std::string(100, 'x') + "{n}").ok());
  EXPECT_THAT(check_beacon_naming(std::string(120, 'x') + "{n}").message(), HasSubstr("128"));
}

TEST(BeaconConfig, AValueIsAWord) {
  for (const std::string& value :
       {std::string("a"), std::string(128, '~'), std::string("0xAb:!")}) {
    EXPECT_TRUE(check_beacon_value(value).ok()) << value;
  }
  for (const std::string& value :
       {std::string(), std::string(129, 'a'), std::string("a b"), std::string("a\n"),
        std::string("\xc3\xa9"), std::string("none"), std::string("a\0b", 3)}) {
    EXPECT_FALSE(check_beacon_value(value).ok()) << value;
  }
}

class BeaconFileTest : public testing::Test {
 protected:
  base::Result<std::string> ask(const std::string& name) {
    return file_.ask({1, BeaconUse::kStart, name, kNoon}, {});
  }
  tests::TempFolder folder_;
  BeaconFile file_{folder_.path("values"), "file:{n}"};
};

TEST_F(BeaconFileTest, IsReadAnewUntilTheNameIsThere) {
  EXPECT_EQ(ask("file:1").error().fault, base::Fault::kUnavailable) << "no file";
  folder_.write("values", "");
  EXPECT_EQ(ask("file:1").error().fault, base::Fault::kUnavailable);
  folder_.write("values", "file:1:draw d1\nfile:11 v11\nfile:1 v1");
  EXPECT_EQ(ask("file:1").error().fault, base::Fault::kUnavailable) << "half a line";
  folder_.write("values", "file:1:draw d1\nfile:11 v11\nfile:1 v1\nfile:1 again\r\n");
  EXPECT_EQ(*ask("file:1"), "v1") << "the first line counts";
  EXPECT_EQ(*ask("file:1:draw"), "d1");
  folder_.write("values", "file:1 v1\r\n");
  EXPECT_EQ(*ask("file:1"), "v1");
}

TEST_F(BeaconFileTest, SaysWhatIsWrongWithIt) {
  ASSERT_EQ(mkfifo(folder_.path("values").c_str(), 0600), 0);
  EXPECT_THAT(ask("file:1").message(), HasSubstr("values: not a file")) << "and does not hang";
}

TEST_F(BeaconFileTest, NamesItsValues) {
  EXPECT_EQ(file_.name(5, BeaconUse::kStart, kNoon), "file:5");
  EXPECT_EQ(file_.name(5, BeaconUse::kDraw, kNoon), "file:5:draw");
}

}  // namespace
}  // namespace pool
