// The settings of sprintpool: one table, read from flags and from a file.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <set>

#include "pool/cli/run_settings.h"
#include "settings/config_json.h"
#include "tests/places.h"
#include "tests/support/temp_folder.h"

namespace pool {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

struct Case {
  std::string text;
  std::string says;
};

GivenSetting flag(std::string_view key, const std::string& text) {
  return {&pool_setting_of(key), text, "--" + std::string(key)};
}

TEST(PoolSettings, EachRowIsWhole) {
  std::set<std::string_view> keys;
  for (const PoolSetting& row : pool_settings_table()) {
    EXPECT_TRUE(keys.insert(row.key).second) << row.key;
    EXPECT_FALSE(row.meaning.empty() || row.topic.empty()) << row.key;
    EXPECT_EQ(row.placeholder.empty(), row.kind == ValueKind::kSwitch) << row.key;
    EXPECT_THAT(flags_of(row), HasSubstr("--" + std::string(row.key)));
    EXPECT_EQ(row.kind == ValueKind::kNumber, row.max != 0) << row.key;
  }
}

TEST(PoolSettings, TheExampleOfEachRowIsAValueOfIt) {
  for (const PoolSetting& row : pool_settings_table()) {
    const std::string text = "{\"" + std::string(row.key) + "\": " + std::string(row.example) + "}";
    const auto given = parse_pool_config("c.json", text);
    ASSERT_TRUE(given.ok()) << given.message();
    const auto settings = settings_of({}, *given);
    EXPECT_TRUE(settings.ok()) << row.key << ": " << settings.message();
  }
}

TEST(PoolSettings, ExamplesThatAreDefaultsChangeNothing) {
  std::vector<GivenSetting> all;
  for (const PoolSetting& row : pool_settings_table()) {
    if (!row.otherwise.empty()) continue;
    const auto given = parse_pool_config(
        "c", "{\"" + std::string(row.key) + "\": " + std::string(row.example) + "}");
    ASSERT_TRUE(given.ok());
    all.insert(all.end(), given->begin(), given->end());
  }
  const auto settings = settings_of({}, all);
  ASSERT_TRUE(settings.ok()) << settings.message();
  const PoolSettings standard;
  EXPECT_EQ(settings->config.host, standard.config.host);
  EXPECT_EQ(settings->config.port, standard.config.port);
  EXPECT_EQ(settings->config.name, standard.config.name);
  EXPECT_EQ(settings->config.profile, standard.config.profile);
  EXPECT_EQ(settings->config.sprint_length, standard.config.sprint_length);
  EXPECT_EQ(settings->config.gap, standard.config.gap);
  EXPECT_EQ(settings->config.lead, standard.config.lead);
  EXPECT_EQ(settings->config.sprints, standard.config.sprints);
  EXPECT_EQ(settings->config.difficulty, standard.config.difficulty);
  EXPECT_EQ(settings->json, standard.json);
  EXPECT_EQ(settings->log.level, standard.log.level);
  EXPECT_EQ(settings->log.format, standard.log.format);
  EXPECT_EQ(settings->log.file_megabytes, logging::kDefaultFileMegabytes);
  EXPECT_EQ(settings->log.files, logging::kDefaultFiles);
  EXPECT_EQ(settings->config.rewards.reward, standard.config.rewards.reward);
  EXPECT_EQ(settings->config.rewards.scheme, standard.config.rewards.scheme);
  EXPECT_EQ(settings->config.rewards.window, standard.config.rewards.window);
  EXPECT_EQ(settings->config.rewards.fee_ppm, standard.config.rewards.fee_ppm);
  EXPECT_EQ(settings->config.audits.days, standard.config.audits.days);
}

TEST(PoolSettings, AuditsAreBesideTheDatabaseThatIsNamed) {
  RunFlags flags;
  flags.no_config = true;
  flags.given = {flag("database", "/nowhere/pool.db")};
  EXPECT_EQ(run_settings(flags)->config.audits.folder, "/nowhere/pool.audits");
  flags.given = {flag("database", "/nowhere/pool")};
  EXPECT_EQ(run_settings(flags)->config.audits.folder, "/nowhere/pool.audits");
  flags.given = {flag("database", "none")};
  EXPECT_EQ(run_settings(flags)->config.audits.folder, "") << "it keeps nothing";
  flags.given = {flag("database", "none"), flag("audit-dir", "/a")};
  EXPECT_EQ(run_settings(flags)->config.audits.folder, "/a");
  flags.given = {flag("database", "/nowhere/pool.db"), flag("audit-dir", "none")};
  EXPECT_EQ(run_settings(flags)->config.audits.folder, "");
}

TEST(PoolSettings, WhatDoesNotGoTogetherIsNamedByThePlaceInItsFile) {
  const tests::TempFolder folder;
  RunFlags flags;
  flags.config_path = folder.write("c.json", R"({"database": "none", "tls-cert": "x.pem"})");
  EXPECT_EQ(
      run_settings(flags).message(),
      flags.config_path + ":1:34: --tls-cert and --tls-key go with --listen-tls HOST:PORT only");
  flags.config_path = folder.write("c.json", R"({"database": "none", "reward": 5})");
  EXPECT_THAT(run_settings(flags).message(), HasSubstr("c.json:1:32: --reward needs a database"));
  flags.given = {flag("reward", "6")};
  EXPECT_THAT(run_settings(flags).message(), StartsWith("--reward needs a database"));
}

TEST(PoolSettings, TheStatusIsShownWhereItIsToldAlone) {
  RunFlags flags;
  flags.no_config = true;
  const GivenSetting none = flag("database", "none");
  flags.given = {none};
  EXPECT_EQ(run_settings(flags)->status.host, "");
  flags.given = {none, flag("http", "127.0.0.1:0"), flag("http-cookie", "/nowhere/cookie")};
  EXPECT_EQ(run_settings(flags)->status.host, "") << "not by the node's door";
  flags.given = {none, flag("status", "[::1]:4092"), flag("http-name", "pool.example")};
  const auto settings = run_settings(flags);
  ASSERT_TRUE(settings.ok()) << settings.message();
  EXPECT_EQ(settings->status.host, "::1");
  EXPECT_EQ(settings->status.port, 4092);
  EXPECT_EQ(settings->config.http.host, "");
  flags.given = {none, flag("http-name", "pool.example")};
  EXPECT_EQ(run_settings(flags).message(), "--http-name goes with --http or --status only");
}

TEST(PoolSettings, TheCommentedFileSetsNothingButWhatItIsToSet) {
  const auto empty = parse_pool_config("c.json", pool_config_text({}));
  ASSERT_TRUE(empty.ok()) << empty.message();
  EXPECT_TRUE(empty->empty());

  const std::string name = "a \"pool\"\\";
  const auto some = parse_pool_config(
      "c.json", pool_config_text({{"name", R"("a \"pool\"\\")"}, {"sprints", "7"}}));
  ASSERT_TRUE(some.ok()) << some.message();
  ASSERT_EQ(some->size(), 2u);
  const auto settings = settings_of({}, *some);
  ASSERT_TRUE(settings.ok()) << settings.message();
  EXPECT_EQ(settings->config.name, name);
  EXPECT_EQ(settings->config.sprints, 7u);
}

TEST(PoolSettings, TheCommentedFileHasEveryKeyToBeTakenOutOfItsComment) {
  std::string text = pool_config_text({});
  for (const PoolSetting& row : pool_settings_table()) {
    const std::string line = "  // \"" + std::string(row.key) + "\": ";
    const auto at = text.find(line);
    ASSERT_NE(at, std::string::npos) << row.key;
    text.erase(at + 2, 3);
  }
  const auto given = parse_pool_config("c.json", text);
  ASSERT_TRUE(given.ok()) << given.message();
  EXPECT_GE(given->size(), pool_settings_table().size());
}

TEST(PoolSettings, AFlagWinsOverTheFileAndReplacesItsList) {
  const auto file =
      parse_pool_config("c.json", R"({"http-name": ["a.example", "b.example"], "sprints": 3})");
  ASSERT_TRUE(file.ok());
  const auto of_file = settings_of({}, *file);
  ASSERT_TRUE(of_file.ok());
  EXPECT_THAT(of_file->config.http.names, testing::ElementsAre("a.example", "b.example"));
  const auto both =
      settings_of({flag("http-name", "c.example"), flag("http-name", "d.example")}, *file);
  ASSERT_TRUE(both.ok());
  EXPECT_THAT(both->config.http.names, testing::ElementsAre("c.example", "d.example"));
  EXPECT_EQ(both->config.sprints, 3u);
  EXPECT_EQ(settings_of({flag("sprints", "1"), flag("sprints", "2")}, *file)->config.sprints, 2u);
}

TEST(PoolSettings, AnErrorOfAFileNamesLineAndKey) {
  const Case cases[] = {
      {"[]", "c.json:1:1: a configuration is an object, not an array"},
      {"{\n  \"sprint-secnds\": 3}",
       "c.json:2:3: unknown key 'sprint-secnds'; did you mean "
       "sprint-seconds?"},
      {"{\"sprint-seconds\": \"3\"}",
       "c.json:1:20: sprint-seconds: a number is wanted, not a text"},
      {"{\"sprint-seconds\": 1}",
       "c.json:1:20: sprint-seconds: '1' is not a whole number in 2..600"},
      {"{\"sprint-seconds\": 2.5}", "c.json:1:20: sprint-seconds: '2.5' is not a whole number"},
      {"{\"json\": 1}", "c.json:1:10: json: true or false is wanted, not a number"},
      {"{\"listen\": \"here\"}", "c.json:1:12: listen: 'here' is not HOST:PORT"},
      {"{\"http-name\": [\"a\", 1]}", "c.json:1:21: http-name: a text is wanted, not a number"},
      {"{\"name\": \"a\", \"name\": \"b\"}", "c.json:1:15: 'name' is there twice, first at 1:2"},
      {"{\"name\": \"\"}", "c.json:1:10: name: '' is not 1..64 printable ASCII characters"},
      {"{\"name\": \"a\"", "c.json:1:13: "},
  };
  for (const Case& bad : cases) {
    const auto given = parse_pool_config("c.json", bad.text);
    const auto settings = given.ok() ? settings_of({}, *given) : given.error();
    ASSERT_FALSE(settings.ok()) << bad.text;
    EXPECT_THAT(settings.message(), StartsWith(bad.says)) << bad.text;
  }
}

TEST(PoolSettings, WhatIsWrongInAFileIsSaidEvenWhereAFlagWins) {
  const auto file = parse_pool_config("c.json", R"({"sprints": -1})");
  ASSERT_TRUE(file.ok());
  EXPECT_THAT(settings_of({flag("sprints", "1")}, *file).message(),
              StartsWith("c.json:1:13: sprints"));
}

TEST(PoolSettings, AFileThatIsNamedMustBeThere) {
  const tests::TempFolder folder;
  RunFlags flags;
  flags.config_path = folder.path("none.json");
  EXPECT_THAT(run_settings(flags).message(), HasSubstr("none.json: No such file or directory"));
  flags.no_config = true;
  EXPECT_EQ(run_settings(flags).message(), "-c and --no-config exclude each other");
}

TEST(PoolSettings, TheRunsSettingsComeFromTheFileThatIsNamed) {
  const tests::TempFolder folder;
  RunFlags flags;
  flags.config_path = folder.write("c.json", R"({"name": "here", "database": "none", "sprints": 4,
      "log-level": "warn", "verbose": false, "listen": "[::1]:0"})");
  flags.given = {flag("sprints", "5")};
  const auto settings = run_settings(flags);
  ASSERT_TRUE(settings.ok()) << settings.message();
  EXPECT_EQ(settings->config.name, "here");
  EXPECT_EQ(settings->config.sprints, 5u);
  EXPECT_EQ(settings->config.database, "");
  EXPECT_EQ(settings->config.host, "::1");
  EXPECT_EQ(settings->log.level, base::LogLevel::kWarn);
}

TEST(PoolSettings, ABeaconIsReadWithWhatBelongsToIt) {
  RunFlags flags;
  flags.no_config = true;
  const GivenSetting none = flag("database", "none");
  flags.given = {none, flag("beacon", "file:/values"), flag("beacon-name", "block:x:{t}")};
  const auto file = run_settings(flags);
  ASSERT_TRUE(file.ok()) << file.message();
  EXPECT_EQ(file->config.beacon.kind, BeaconConfig::Kind::kFile);
  EXPECT_EQ(file->config.beacon.naming, "block:x:{t}");
  flags.given = {none, flag("beacon-name", "x:{n}"), flag("beacon", "command:x")};
  EXPECT_EQ(run_settings(flags)->config.beacon.naming, "x:{n}") << "in any order";
  flags.given = {none, flag("beacon", "none"), flag("lead-seconds", "0")};
  EXPECT_TRUE(run_settings(flags).ok());
}

TEST(PoolSettings, ABeaconThatCannotWorkIsRefused) {
  RunFlags flags;
  flags.no_config = true;
  const auto refusal = [&](std::vector<GivenSetting> given) {
    given.push_back(flag("database", "none"));
    flags.given = std::move(given);
    const auto settings = run_settings(flags);
    return settings.ok() ? "" : settings.message();
  };
  EXPECT_EQ(refusal({flag("beacon", "drand")}),
            "--beacon: none of: none, file:PATH, command:PROGRAM ARGS, https://HOST/CHAIN");
  EXPECT_THAT(refusal({flag("beacon", "file:")}), HasSubstr("file:PATH"));
  EXPECT_THAT(refusal({flag("beacon", "file:x"), flag("beacon-name", "block")}),
              HasSubstr("neither {n} nor {t}"));
  EXPECT_THAT(refusal({flag("beacon", "http://x"), flag("beacon-name", "block:{n}")}),
              StartsWith("--beacon-name goes with"));
  EXPECT_THAT(refusal({flag("beacon-name", "block:{n}")}), StartsWith("--beacon-name goes with"));
  EXPECT_THAT(refusal({flag("beacon", "file:x"), flag("lead-seconds", "0")}),
              StartsWith("--beacon needs --lead-seconds"));
}

/// A row of the table in docs/POOL.md.
std::string page_row(const PoolSetting& row) {
  std::string flags = "`" + flags_of(row) + "`";
  if (const auto comma = flags.find(','); comma != std::string::npos) {
    flags.replace(comma, 1, "`, `");
  }
  std::string range = "text";
  if (row.kind == ValueKind::kNumber) {
    range = std::to_string(row.min) + ".." + std::to_string(row.max);
  } else if (row.kind == ValueKind::kSwitch) {
    range = "true, false";
  } else if (row.kind == ValueKind::kList) {
    range = "texts";
  }
  std::string standard(row.otherwise.empty() ? row.example : row.otherwise);
  return "| " + flags + " | " + range + " | " + standard + " | " + std::string(row.meaning) +
         " |\n";
}

TEST(PoolSettings, ThePageHasThemAllAsTheyAre) {
  std::ifstream file(SPRINT_DOCS_DIR "/POOL.md");
  const std::string page{std::istreambuf_iterator<char>(file), {}};
  std::string table = "| flag | values | default | meaning |\n|---|---|---|---|\n";
  for (const PoolSetting& row : pool_settings_table()) table += page_row(row);
  EXPECT_THAT(page, HasSubstr(table)) << "docs/POOL.md is to have this table:\n" << table;
}

}  // namespace
}  // namespace pool
