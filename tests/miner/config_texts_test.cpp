#include "miner/settings/config_texts.h"

#include <gmock/gmock.h>

#include <map>
#include <regex>
#include <set>

#include "miner/settings/config_file.h"
#include "tests/miner/cli_parse.h"
#include "tests/miner/cli_run.h"
#include "tests/places.h"
#include "tests/support/temp_folder.h"

namespace miner {
namespace {

using cli_run::run;
using testing::AnyOf;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;
using tests::TempFolder;

bool nothing_is_set(const GivenSettings& given) {
  for (const Setting& setting : settings_table()) {
    if (given.has(group_of(setting))) return false;
  }
  return true;
}

/// The settings as text, of a command line.
std::string listed(const cli_parse::Words& words, const Environment& environment = {}) {
  return settings_as_text(cli_parse::good(words, environment).configuration.settings);
}

TEST(ConfigTemplate, ReadsBackAsOneThatSetsNothing) {
  const auto given = parse_config("c.json", config_template());
  ASSERT_TRUE(given.ok()) << given.message();
  EXPECT_TRUE(nothing_is_set(*given));
}

/// Each commented setting, taken out of its comment, is right and sets what it is an example of.
TEST(ConfigTemplate, EveryCommentedSettingIsRight) {
  const std::string text = config_template();
  const std::regex line("\n  // (\"([a-z-]+)\": .*)");
  std::set<std::string> found;
  for (std::sregex_iterator at(text.begin(), text.end(), line), end; at != end; ++at) {
    std::string changed = text;
    changed.replace(static_cast<std::size_t>(at->position()),
                    static_cast<std::size_t>(at->length()), "\n  " + at->str(1));
    const auto given = parse_config("c.json", changed);
    ASSERT_TRUE(given.ok()) << at->str(1) << ": " << given.message();
    EXPECT_TRUE(given->has(at->str(2))) << at->str(2);
    found.insert(at->str(2));
  }
  for (const Setting& setting : settings_table()) {
    EXPECT_EQ(found.count(std::string(group_of(setting))), 1U) << setting.key;
    if (setting.of_pool) continue;
    EXPECT_THAT(text, HasSubstr(range_text(setting)));
    EXPECT_THAT(text, HasSubstr(default_text(setting)));
  }
}

TEST(ConfigInit, WritesAFileAndNeverOverAnother) {
  const TempFolder folder;
  const std::string path = folder.path("c.json");
  EXPECT_EQ(run({"config", "init", path}).outcome.code, ExitCode::kClean);
  EXPECT_EQ(tests::read_file(path), config_template());
  struct stat about {};
  ASSERT_EQ(stat(path.c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777, 0600U) << "a password may be written into it";
  EXPECT_TRUE(cli_parse::parse({"--solo", "-c", path}).ok());

  folder.write("c.json", "mine");
  const auto again = run({"config", "init", path});
  EXPECT_EQ(again.outcome.code, ExitCode::kBadArguments);
  EXPECT_EQ(again.outcome.reason, "config init " + path + ": File exists; --force overwrites it");
  EXPECT_EQ(tests::read_file(path), "mine");
  EXPECT_EQ(run({"config", "init", path, "--force"}).outcome.code, ExitCode::kClean);
  EXPECT_EQ(tests::read_file(path), config_template());
  EXPECT_EQ(run({"config", "init", folder.path("no/c.json")}).outcome.reason,
            "config init " + folder.path("no/c.json") + ": No such file or directory");
  EXPECT_EQ(run({"config", "init"}).out, config_template());
  EXPECT_EQ(run({"config", "init", "-"}).out, config_template());
}

TEST(ConfigPrint, ShowsEachValueWithItsSource) {
  const TempFolder folder;
  const std::string path = folder.write("c.json", R"({
    "pools": [{"url": "stratum+tcp://a:1", "user": "alice", "pass": "secret"},
              {"url": "stratum+tcp://b:2", "user": "bob"}],
    "devices": ["0", "cpu:0"]})");
  Environment environment;
  environment.variables["SPRINTMINER_RECHECK_EVERY"] = "5";
  const std::string text =
      listed({"config", "print", "-c", path, "--opt", "a=1", "--opt", "b=2"}, environment);
  EXPECT_THAT(text,
              ContainsRegex("\npools\\[0\\]\\.url +stratum\\+tcp://a:1 +" + path + ":2:23\n"));
  EXPECT_THAT(text, ContainsRegex("\npools\\[1\\]\\.user +bob +" + path + ":3:52\n"));
  EXPECT_THAT(text, ContainsRegex("\npools\\[0\\]\\.pass +\\*\\*\\* +"));
  EXPECT_THAT(text, Not(HasSubstr("secret")));
  EXPECT_THAT(text, ContainsRegex("\nrecheck-every +5 +env SPRINTMINER_RECHECK_EVERY\n"));
  EXPECT_THAT(text, ContainsRegex("\ndevices +0,cpu:0 +" + path + ":4:17\n"));
  EXPECT_THAT(text, ContainsRegex("\nopt +a=1 b=2 +flag --opt\n"));
  EXPECT_THAT(text, ContainsRegex("\nsprint-seconds +20 +default\n"));
  EXPECT_THAT(text, ContainsRegex("\nsprints +until told +default\n"));
}

TEST(ConfigPrint, TellsTheSameInJson) {
  const auto ran = run({"config", "print", "--json", "-o", "stratum+tcp://a:1", "-p", "secret",
                        "--sprints", "3", "-d", "0", "-d", "1"});
  EXPECT_EQ(ran.outcome.code, ExitCode::kClean) << ran.outcome.reason;
  EXPECT_THAT(ran.out, Not(HasSubstr("secret")));
  const auto document = cli_run::json(ran.out);
  std::map<std::string, const rapidjson::Value*> by_key;
  for (const auto& line : document["settings"].GetArray()) {
    EXPECT_EQ(cli_run::names(line), "key value source place");
    by_key[line["key"].GetString()] = &line;
  }
  EXPECT_STREQ((*by_key["pools[0].pass"])["value"].GetString(), "***");
  EXPECT_EQ((*by_key["sprints"])["value"].GetUint64(), 3U);
  EXPECT_STREQ((*by_key["sprints"])["source"].GetString(), "flag");
  EXPECT_STREQ((*by_key["sprints"])["place"].GetString(), "--sprints");
  EXPECT_EQ((*by_key["sprint-seconds"])["value"].GetUint64(), 20U);
  EXPECT_STREQ((*by_key["sprint-seconds"])["source"].GetString(), "default");
  EXPECT_TRUE((*by_key["sprint-seconds"])["place"].IsNull());
  EXPECT_TRUE((*by_key["profile"])["value"].IsNull());
  EXPECT_FALSE((*by_key["solo"])["value"].GetBool());
  EXPECT_EQ((*by_key["devices"])["value"].Size(), 2U);
}

TEST(ConfigPrint, ShowsAProxyWithoutItsUser) {
  for (const char* how : {"--no-config", "--json"}) {
    const auto ran = run({"config", "print", how, "--proxy", "socks5://alice:secret@127.0.0.1:9"});
    EXPECT_THAT(ran.out, HasSubstr("socks5://..@127.0.0.1:9"));
    EXPECT_THAT(ran.out, Not(AnyOf(HasSubstr("secret"), HasSubstr("alice"))));
  }
}

TEST(ConfigPrint, ShowsWhatIsNotEnoughToMine) {
  EXPECT_EQ(run({"config", "print"}).outcome.code, ExitCode::kClean);
}

TEST(ConfigReference, ThePageIsTheProgramsOwn) {
  EXPECT_EQ(tests::read_file(std::string(SPRINT_DOCS_DIR) + "/CONFIGURATION.md"),
            config_reference())
      << "run: sprintminer config reference > docs/CONFIGURATION.md";
  EXPECT_EQ(run({"config", "reference"}).out, config_reference());
}

}  // namespace
}  // namespace miner
