#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "miner/settings/config_file.h"
#include "miner/settings/given_settings.h"
#include "tests/miner/cli_parse.h"

namespace miner {
namespace {

using testing::HasSubstr;

/// A file that sets one thing to its example.
std::string example_file(const Setting& setting) {
  const std::string member =
      "\"" + std::string(setting.key) + "\": " + std::string(setting.example);
  if (!setting.of_pool) return "{" + member + "}";
  if (setting.key == "url") return "{\"pools\": [{" + member + "}]}";
  return R"({"pools": [{"url": "stratum+tcp://a:1", )" + member + "}]}";
}

TEST(SettingsTable, EveryRowIsComplete) {
  const auto help = cli_parse::parse({"--help"});
  ASSERT_TRUE(help.ok());
  for (const Setting& setting : settings_table()) {
    SCOPED_TRACE(setting.key);
    EXPECT_FALSE(setting.key.empty() || setting.meaning.empty() || setting.example.empty() ||
                 setting.topic.empty());
    EXPECT_THAT("," + std::string(setting.flags) + ",",
                HasSubstr(",--" + std::string(setting.key) + ","))
        << "the key is a long flag without its dashes";
    EXPECT_EQ(setting.placeholder.empty(), setting.kind == ValueKind::kSwitch);
    EXPECT_FALSE(range_text(setting).empty());
    ASSERT_NE(setting.read, nullptr);
    EXPECT_THAT(help->text, HasSubstr("--" + std::string(setting.key)));
    EXPECT_THAT(help->text, HasSubstr(help_text(setting)));
    EXPECT_TRUE(parse_config("c.json", example_file(setting)).ok())
        << parse_config("c.json", example_file(setting)).message();
  }
  EXPECT_EQ(environment_name(setting_of("sprint-seconds")), "SPRINTMINER_SPRINT_SECONDS");
  EXPECT_EQ(file_key(setting_of("user")), "pools[].user");
  EXPECT_EQ(file_key(setting_of("opt")), "opt");
}

TEST(SettingsTable, NoTwoRowsShareAName) {
  std::multiset<std::string> names;
  for (const Setting& setting : settings_table()) {
    names.insert(environment_name(setting));
    names.insert(file_key(setting));
    std::string flags(setting.flags);
    for (std::size_t at = 0; at <= flags.size();) {
      const std::size_t comma = std::min(flags.find(',', at), flags.size());
      names.insert(flags.substr(at, comma - at));
      at = comma + 1;
    }
  }
  for (const std::string& name : names) EXPECT_EQ(names.count(name), 1U) << name;
}

TEST(SettingsTable, NumbersKeepToTheirRangeWhereverTheyAreWritten) {
  for (const Setting& setting : settings_table()) {
    if (setting.kind != ValueKind::kNumber) continue;
    SCOPED_TRACE(setting.key);
    const std::string over = std::to_string(setting.max + 1);
    const std::string what = ": '" + over + "' is not a whole number in " + range_text(setting);
    const std::string flag = first_flag(setting);
    EXPECT_EQ(cli_parse::parse({"--solo", flag, over}).message(), flag + what);
    Environment environment;
    environment.variables[environment_name(setting)] = over;
    EXPECT_EQ(cli_parse::parse({"--solo"}, environment).message(),
              environment_name(setting) + what);
    const std::string key(setting.key);
    EXPECT_EQ(parse_config("c", "{\"" + key + "\": " + over + "}").message(),
              "c:1:" + std::to_string(key.size() + 6) + ": " + key + what);
    for (const std::uint64_t good : {setting.min, setting.max}) {
      EXPECT_TRUE(cli_parse::parse({"--solo", "-l", "f", flag, std::to_string(good)}).ok());
    }
  }
}

}  // namespace
}  // namespace miner
