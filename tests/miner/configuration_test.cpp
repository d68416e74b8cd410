#include "miner/settings/configuration.h"

#include <gmock/gmock.h>

#include <set>

#include "tests/miner/cli_parse.h"
#include "tests/support/temp_folder.h"

namespace miner {
namespace {

using cli_parse::good;
using cli_parse::parse;
using cli_parse::Words;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using tests::TempFolder;

constexpr const char* kUrl = "stratum+tcp://a:1";

/// A value of the row for each of file, environment and flag, no two alike where that can be.
std::string value_for(const Setting& setting, Source source) {
  const int n = static_cast<int>(source);
  const std::string number = std::to_string(n);
  switch (setting.kind) {
    case ValueKind::kSwitch:
      return source == Source::kEnvironment ? "true" : "false";
    case ValueKind::kNumber:
      return std::to_string(setting.min + static_cast<std::uint64_t>(n));
    case ValueKind::kList:
      return "x" + number;
    case ValueKind::kOptions:
      return "x.y=" + number;
    case ValueKind::kText:
      break;
  }
  if (setting.key == "url") return "stratum+tcp://pool" + number + ":1";
  if (setting.key == "tls-pin")
    return "sha256//" + std::string(42, static_cast<char>('a' + n)) + "A=";
  if (setting.key == "proxy") return "socks5://a:b@p:" + number;
  if (setting.key == "profile") return n == 1 ? "nano" : n == 2 ? "micro" : "base";
  if (setting.key == "log-level") return n == 1 ? "error" : n == 2 ? "warn" : "debug";
  if (setting.key == "log-format") return n == 2 ? "text" : "json";
  return "x" + number;
}

std::string as_json(const Setting& setting, const std::string& text) {
  switch (setting.kind) {
    case ValueKind::kSwitch:
    case ValueKind::kNumber:
      return text;
    case ValueKind::kText:
      return "\"" + text + "\"";
    default:
      return "[\"" + text + "\"]";
  }
}

std::string as_file(const Setting& setting, const std::string& text) {
  const std::string member = "\"" + std::string(setting.key) + "\": " + as_json(setting, text);
  if (!setting.of_pool) return "{" + member + "}";
  if (setting.key == "url") return "{\"pools\": [{" + member + "}]}";
  return "{\"pools\": [{\"url\": \"" + std::string(kUrl) + "\", " + member + "}]}";
}

/// What the row says after the sources in `from` set it.
GivenValue winner(const Setting& setting, const std::set<Source>& from, const TempFolder& folder) {
  const bool needs_url = setting.of_pool && setting.key != "url";
  Words words = {"config", "print"};
  Environment environment;
  if (from.count(Source::kFile) != 0) {
    const std::string text = as_file(setting, value_for(setting, Source::kFile));
    words.insert(words.end(), {"-c", folder.write("c.json", text)});
  }
  if (from.count(Source::kEnvironment) != 0) {
    if (needs_url) environment.variables["SPRINTMINER_URL"] = kUrl;
    environment.variables[environment_name(setting)] = value_for(setting, Source::kEnvironment);
  }
  if (from.count(Source::kFlag) != 0) {
    if (needs_url) words.insert(words.end(), {"-o", kUrl});
    const std::string value = value_for(setting, Source::kFlag);
    if (setting.kind == ValueKind::kSwitch) {
      words.push_back("--" + std::string(setting.key) + "=" + value);
    } else {
      words.insert(words.end(), {first_flag(setting), value});
    }
  }
  const Arguments arguments = good(words, environment);
  const auto& values = arguments.configuration.settings.of(group_of(setting));
  if (values.empty()) return {&setting, "", Source::kDefault, ""};
  EXPECT_EQ(values.size(), needs_url ? 2U : 1U) << "replaced as a whole";
  return values.back();
}

TEST(Configuration, TheHigherSourceWinsForEverySetting) {
  const TempFolder folder;
  for (const Setting& setting : settings_table()) {
    for (int subset = 0; subset < 8; ++subset) {
      std::set<Source> from;
      Source highest = Source::kDefault;
      for (const Source source : {Source::kFile, Source::kEnvironment, Source::kFlag}) {
        if ((subset >> (static_cast<int>(source) - 1) & 1) == 0) continue;
        from.insert(source);
        highest = source;
      }
      SCOPED_TRACE(std::string(setting.key) + " from " + std::to_string(subset));
      const GivenValue value = winner(setting, from, folder);
      EXPECT_EQ(value.source, highest);
      if (highest == Source::kDefault) continue;
      EXPECT_EQ(value.text, value_for(setting, highest));
      const std::string place = highest == Source::kFlag          ? first_flag(setting)
                                : highest == Source::kEnvironment ? environment_name(setting)
                                                                  : "c.json:1:";
      EXPECT_THAT(value.place, HasSubstr(place));
    }
  }
}

TEST(Configuration, EachSettingIsDecidedByItself) {
  const TempFolder folder;
  const std::string path = folder.write("c.json", R"({
    "solo": true, "sprints": 7, "sprint-seconds": 7, "profile": "nano", "verbose": true})");
  Environment environment;
  environment.variables = {{"SPRINTMINER_SPRINTS", "8"},
                           {"SPRINTMINER_SPRINT_SECONDS", "8"},
                           {"SPRINTMINER_DIFFICULTY", ""},  // empty: not set
                           {"SPRINTMINER_VERBOSE", "0"}};
  const MineArguments mine = good({"-c", path, "--sprints", "9"}, environment).mine;
  EXPECT_TRUE(mine.solo);
  EXPECT_EQ(mine.sprints, 9U);
  EXPECT_EQ(mine.sprint_length, std::chrono::seconds(8));
  EXPECT_EQ(mine.profile, poc::parse_profile("nano").value());
  EXPECT_FALSE(mine.verbose);
  EXPECT_FALSE(mine.difficulty.has_value());
  // A switch of the file is set back by a flag; alone, the flag means true.
  EXPECT_FALSE(good({"-c", path, "--verbose=false"}).mine.verbose);
  EXPECT_TRUE(good({"-c", path, "-v", "--solo=1"}, environment).mine.verbose);
}

TEST(Configuration, TheEnvironmentMakesOnePool) {
  Environment environment;
  environment.variables = {{"SPRINTMINER_URL", kUrl},
                           {"SPRINTMINER_USER", "alice"},
                           {"SPRINTMINER_PASS", "x"},
                           {"SPRINTMINER_DEVICES", "0,cpu:0"},
                           {"SPRINTMINER_OPT", " cpu.threads=2  cpu.affinity=0-3,8 "}};
  const Arguments arguments = good({}, environment);
  ASSERT_EQ(arguments.mine.pools.size(), 1U);
  EXPECT_EQ(arguments.mine.pools[0].user, "alice");
  EXPECT_EQ(arguments.mine.pools[0].password, "x");
  EXPECT_THAT(arguments.devices.selection.devices, ElementsAre("0", "cpu:0"));
  ASSERT_EQ(arguments.devices.options.size(), 2U);
  EXPECT_EQ(arguments.devices.options[1].value, "0-3,8");
  EXPECT_EQ(arguments.devices.options[1].place, "SPRINTMINER_OPT");

  environment.variables.erase("SPRINTMINER_URL");
  EXPECT_EQ(parse({}, environment).message(),
            "SPRINTMINER_USER: it belongs to SPRINTMINER_URL, which is not set");
  environment.variables = {{"SPRINTMINER_URL", kUrl}};
  EXPECT_EQ(parse({}, environment).message(),
            std::string("pool ") + kUrl + " has no user: set SPRINTMINER_USER to account.worker");
  environment.variables = {{"SPRINTMINER_SOLO", "yes"}};
  EXPECT_EQ(parse({}, environment).message(), "SPRINTMINER_SOLO: 'yes' is neither true nor false");
}

TEST(Configuration, UnknownVariablesAreNamedAndNotRefused) {
  Environment environment;
  environment.variables = {{"SPRINTMINER_SPRNTS", "3"}, {"SPRINTMINER_PORT_80_TCP", "x"}};
  EXPECT_THAT(good({"--solo"}, environment).configuration.warnings,
              ElementsAre("environment: SPRINTMINER_PORT_80_TCP is no setting",
                          "environment: SPRINTMINER_SPRNTS is no setting; did you mean "
                          "SPRINTMINER_SPRINTS?"));
}

TEST(Configuration, ContradictionsNameBothSources) {
  const TempFolder folder;
  const std::string pools = folder.write(
      "p.json", "{\n  \"pools\": [{\"url\": \"stratum+tcp://a:1\", \"user\": \"a\"}]\n}");
  const std::string at_pool = "pools (" + pools + ":2:21)";
  EXPECT_EQ(parse({"-c", pools, "--solo"}).message(),
            at_pool +
                " and --solo exclude each other: --solo mines against a pool inside the "
                "program; --no-config leaves the file out");
  EXPECT_EQ(parse({"-c", pools, "--profile", "nano"}).message(),
            "--profile goes with --solo only: with " + at_pool +
                " the pool decides; --no-config leaves the file out");
  Environment environment;
  environment.variables = {{"SPRINTMINER_SOLO", "1"}};
  EXPECT_THAT(parse({"-o", kUrl, "-u", "a"}, environment).message(),
              HasSubstr("-o and SPRINTMINER_SOLO exclude each other"));
  const std::string both = folder.write(
      "b.json", R"({"solo": true, "pools": [{"url": "stratum+tcp://a:1", "user": "a"}]})");
  EXPECT_EQ(parse({"-c", both}).message(),
            "pools (" + both + ":1:34) and solo (" + both +
                ":1:10) exclude each other: --solo mines against a pool inside the program");
  const std::string no_user =
      folder.write("u.json", R"({"pools": [{"url": "stratum+tcp://a:1"}]})");
  EXPECT_EQ(parse({"-c", no_user}).message(),
            no_user +
                ":1:20: pool stratum+tcp://a:1 has no user: write \"user\": "
                "\"account.worker\" beside its url");
  environment.variables = {{"SPRINTMINER_SOLO", "false"}};
  EXPECT_FALSE(good({"-c", pools}, environment).mine.solo);
}

TEST(Configuration, TheFileMustBeRightEvenWhereAFlagWins) {
  const TempFolder folder;
  const std::string path = folder.write("c.json", R"({"sprints": 0})");
  EXPECT_THAT(parse({"--solo", "--sprints", "3", "-c", path}).message(),
              HasSubstr("c.json:1:13: sprints: '0'"));
  EXPECT_TRUE(parse({"--solo", "--sprints", "3", "--no-config"}).ok());
  EXPECT_EQ(parse({"--solo", "-c", path, "--no-config"}).message(),
            "-c and --no-config exclude each other");
  EXPECT_EQ(parse({"--solo", "--config="}).message(), "-c: the file's name is empty");
  EXPECT_THAT(parse({"--solo", "-c", folder.path("none")}).message(), HasSubstr("No such file"));
}

TEST(Configuration, UsualPlacesAreLookedAtInOrder) {
  const TempFolder folder;
  Environment environment;
  environment.system_folder = folder.path("etc");
  environment.variables["HOME"] = folder.path("home");
  const auto put = [&](const std::string& place, int sprints) {
    std::filesystem::create_directories(folder.path(place + "/sprintminer"));
    folder.write(place + "/sprintminer/config.json",
                 "{\"sprints\": " + std::to_string(sprints) + "}");
  };
  const auto sprints = [&](const Words& more = {}) {
    return good(cli_parse::with({"--solo"}, more), environment).mine.sprints;
  };
  EXPECT_EQ(sprints(), 0U);
  put("etc", 1);
  EXPECT_EQ(sprints(), 1U);
  put("home/.config", 2);
  EXPECT_EQ(sprints(), 2U);
  put("xdg", 3);
  environment.variables["XDG_CONFIG_HOME"] = "relative";
  EXPECT_EQ(sprints(), 2U) << "a relative one does not count";
  environment.variables["XDG_CONFIG_HOME"] = folder.path("xdg");
  EXPECT_EQ(sprints(), 3U);
  EXPECT_EQ(sprints({"-c", folder.path("etc/sprintminer/config.json")}), 1U);
  EXPECT_EQ(sprints({"--no-config"}), 0U);
  EXPECT_EQ(good({"bench"}, environment).mine.sprints, 0U) << "it is for mining only";
}

TEST(Configuration, APasswordThatEverybodyCanReadIsAWarning) {
  const TempFolder folder;
  const auto warnings = [&](const std::string& pass, mode_t mode) {
    const std::string text =
        R"({"pools": [{"url": "stratum+tcp://a:1", "user": "a", "pass": ")" + pass + "\"}]}";
    return good({"-c", folder.write("c.json", text, mode)}).configuration.warnings;
  };
  EXPECT_THAT(warnings("secret", 0600), IsEmpty());
  EXPECT_THAT(warnings("", 0644), IsEmpty());
  EXPECT_THAT(warnings("secret", 0644), ElementsAre(HasSubstr("holds a password and everybody")));
  const std::string proxy = R"({"solo": true, "proxy": "http://a:secret@p:1"})";
  EXPECT_THAT(good({"-c", folder.write("p.json", proxy, 0644)}).configuration.warnings,
              ElementsAre(HasSubstr("holds a password and everybody")));
}

TEST(Configuration, ConfigTakesItsWordsAndFlags) {
  EXPECT_EQ(parse({"config"}).message(),
            "config needs init, print or reference; see sprintminer config --help");
  EXPECT_EQ(parse({"config", "prnt"}).message(), "config 'prnt' is not known; did you mean print?");
  EXPECT_EQ(parse({"config", "print", "x.json"}).message(),
            "config print takes no file 'x.json'; -c FILE reads one");
  EXPECT_EQ(parse({"config", "print", "--force"}).message(), "--force goes with config init only");
  EXPECT_EQ(parse({"config", "init", "a", "b"}).message(),
            "'b' is neither a flag nor a command; see --help");
  EXPECT_EQ(good({"config", "init", "a", "--force"}).config.file, "a");
  EXPECT_EQ(good({"config", "init", "-"}).config.file, "");
  EXPECT_EQ(good({"--sprints", "3", "config", "print", "-v"}).mine.sprints, 3U);
  EXPECT_EQ(parse({"-c", "x", "devices"}).message(),
            "-c before 'devices' is a flag for mining; those of the command stand behind it");
  EXPECT_EQ(parse({"bench", "--dry-run"}).message(),
            "--dry-run is a flag of sprintminer without a command, not of 'bench'");
}

}  // namespace
}  // namespace miner
