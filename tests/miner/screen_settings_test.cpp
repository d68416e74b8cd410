#include "miner/cli/screen_settings.h"

#include <gmock/gmock.h>

#include <optional>

#include "miner/cli/file_writing.h"
#include "tests/miner/cli_parse.h"
#include "tests/miner/fake_device.h"
#include "tests/miner/support.h"
#include "tests/support/temp_folder.h"

namespace miner {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using tests::read_file;
using tests::TempFolder;

/// Shows what the test wants.
class FakeControl final : public Control {
 public:
  std::shared_ptr<const Snapshot> snapshot() const override {
    return std::make_shared<const Snapshot>(shown);
  }
  void pause(std::uint32_t) override {}
  void resume(std::uint32_t) override {}
  void prefer_pool(std::size_t) override {}
  void enable_pool(std::size_t, bool) override {}
  void request_stop() override {}

  Snapshot shown;
};

class ScreenSettingsTest : public ::testing::Test {
 protected:
  ScreenSettingsTest() {
    for (std::uint32_t i = 0; i < 3; ++i) {
      control_.shown.devices.emplace_back().info = tests::fake_info(i);
    }
  }

  /// A run of these flags, in a home of the test's own.
  void begin(const cli_parse::Words& words) {
    Environment environment;
    environment.variables["HOME"] = folder_.path("home");
    const Arguments arguments = cli_parse::good(words, environment);
    running_.emplace(
        arguments.configuration, [this](const MineArguments&, bool) { ++applied_; }, sink_);
    settings_.emplace(*running_, control_);
  }
  void begin_with_file(const std::string& text, const cli_parse::Words& flags = {}) {
    path_ = folder_.write("c.json", text);
    begin(cli_parse::with(flags, {"-c", path_}));
  }
  /// What writing says, and the file as it is then, without its comment.
  std::string write() {
    const auto told = settings_->write();
    return told.ok() ? *told : "error: " + told.message();
  }
  static std::string content(const std::string& path) {
    const std::string text = read_file(path);
    return text.substr(std::min(text.find('{'), text.size()));
  }
  void list_pool(const std::string& host, const std::string& user = "a") {
    PoolListing& pool = control_.shown.pools.emplace_back();
    pool.url = "stratum+tcp://" + host + ":3333";
    pool.user = user;
  }
  void pause(std::uint32_t device, PauseCause cause = PauseCause::kUser) {
    DeviceSnapshot& shown = control_.shown.devices.at(device);
    shown.state = DeviceState::kPaused;
    shown.pause_cause = cause;
    shown.paused_by_user = cause == PauseCause::kUser;
  }
  void resume(std::uint32_t device) {
    control_.shown.devices.at(device).state = DeviceState::kRacing;
    control_.shown.devices.at(device).paused_by_user = false;
  }
  SettingRow row(const std::string& key) {
    for (SettingRow& row : settings_->rows()) {
      if (row.key == key) return row;
    }
    ADD_FAILURE() << "no row " << key;
    return {};
  }

  const TempFolder folder_;
  std::string path_;
  tests::CollectingSink sink_;
  FakeControl control_;
  int applied_ = 0;
  std::optional<RunningSettings> running_;
  std::optional<ScreenSettings> settings_;
};

const cli_parse::Words kPool = {"-o", "stratum+tcp://p", "-u", "a", "-p", "secret"};

TEST_F(ScreenSettingsTest, RowsAreAllSettings) {
  begin(cli_parse::with(kPool, {"--sprints", "3", "-d", "cpu:0,cpu:1"}));
  std::vector<std::string> keys;
  for (const SettingRow& row : settings_->rows()) {
    keys.push_back(row.key);
    EXPECT_NE(row.value, "") << row.key;
    EXPECT_NE(row.range, "") << row.key;
    EXPECT_NE(row.meaning, "") << row.key;
    EXPECT_THAT(row.value, Not(HasSubstr("secret")));
  }
  std::vector<std::string> expected = {"pools"};
  for (const Setting& setting : settings_table()) {
    if (!setting.of_pool) expected.emplace_back(setting.key);
  }
  EXPECT_EQ(keys, expected);
  EXPECT_EQ(row("pools").value, "stratum+tcp://p a");
  EXPECT_FALSE(row("pools").live);
  EXPECT_EQ(row("sprints").value, "3");
  EXPECT_EQ(row("sprints").range, "1..1000000000");
  EXPECT_EQ(row("sprints").source, "flag");
  EXPECT_FALSE(row("sprints").live);
  EXPECT_EQ(row("devices").value, "cpu:0,cpu:1");
  EXPECT_EQ(row("recheck-every").source, "default");
  EXPECT_TRUE(row("recheck-every").live);
}

TEST_F(ScreenSettingsTest, RowsShowWhatWasSet) {
  begin(kPool);
  EXPECT_TRUE(settings_->set("log-level", "debug").ok());
  EXPECT_EQ(row("log-level").value, "debug");
  EXPECT_EQ(row("log-level").source, "screen");
  EXPECT_EQ(applied_, 1);
  EXPECT_FALSE(settings_->set("log-level", "").ok());
}

TEST_F(ScreenSettingsTest, WithoutAFileItMakesOneAtHome) {
  begin(kPool);
  const std::string path = folder_.path("home/.config/sprintminer/config.json");
  EXPECT_EQ(write(), "written to " + path);
  EXPECT_EQ(content(path), R"({
  "pools": [
    {"url": "stratum+tcp://p", "user": "a", "pass": "secret"}
  ]
}
)");
  struct stat about {};
  ASSERT_EQ(stat(path.c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777, 0600U) << "a password is in it";
  EXPECT_EQ(write(), "written to " + path) << "again, and it is the same";
  EXPECT_TRUE(settings_->set("recheck-every", "2").ok());
  EXPECT_EQ(write(), "written to " + path + ", the old one is " + path + ".old");
}

TEST_F(ScreenSettingsTest, AFileThatWasNotToBeReadIsLeftAlone) {
  const std::string path = folder_.path("home/.config/sprintminer/config.json");
  std::filesystem::create_directories(std::filesystem::path(path).parent_path());
  const std::string usual = R"({"pools": [{"url": "stratum+tcp://p", "user": "a"}]} // mine)";
  folder_.write("home/.config/sprintminer/config.json", usual);
  begin({"--solo", "--no-config"});
  EXPECT_EQ(settings_->target(), path);
  EXPECT_EQ(write(),
            "error: " + path + " is there and was not read: start with -c FILE to write into it");
  EXPECT_EQ(read_file(path), usual);
  EXPECT_FALSE(std::filesystem::exists(path + ".old"));

  std::filesystem::remove(path);
  EXPECT_EQ(write(), "written to " + path) << "there is none to lose";
  EXPECT_TRUE(settings_->set("recheck-every", "2").ok());
  EXPECT_THAT(write(), HasSubstr("written to " + path)) << "this run's own";
  folder_.write("home/.config/sprintminer/config.json", usual);
  EXPECT_THAT(write(), HasSubstr("was not read"));
  EXPECT_EQ(read_file(path), usual);
}

TEST_F(ScreenSettingsTest, TellsWhereItWouldWrite) {
  begin(kPool);
  EXPECT_EQ(settings_->target(), folder_.path("home/.config/sprintminer/config.json"));
  begin_with_file(R"({"solo": true})");
  EXPECT_EQ(settings_->target(), path_);
  const std::string link = folder_.path("link.json");
  std::filesystem::create_symlink(path_, link);
  begin({"-c", link});
  EXPECT_EQ(settings_->target(), path_) << "the file itself";
  const Arguments homeless = cli_parse::good({"--solo"});
  RunningSettings running(
      homeless.configuration, [](const MineArguments&, bool) {}, sink_);
  EXPECT_EQ(ScreenSettings(running, control_).target(), "");
}

TEST_F(ScreenSettingsTest, TheFileThatWasReadIsKeptBesideTheNewOne) {
  const std::string before =
      "{\"pools\": [{\"url\": \"stratum+tcp://p\", \"user\": \"a\"}] /* mine */}";
  folder_.write("c.json.old", "older");
  begin_with_file(before);
  EXPECT_TRUE(settings_->set("log-level", "warn").ok());
  EXPECT_EQ(write(), "written to " + path_ + ", the old one is " + path_ + ".old");
  EXPECT_EQ(read_file(path_ + ".old"), before);
  EXPECT_EQ(content(path_), R"({
  "pools": [
    {"url": "stratum+tcp://p", "user": "a"}
  ],
  "log-level": "warn"
}
)");
  std::size_t files = 0;
  for ([[maybe_unused]] const auto& entry :
       std::filesystem::directory_iterator(std::filesystem::path(path_).parent_path())) {
    ++files;
  }
  EXPECT_EQ(files, 2U) << "nothing else is left";
}

TEST_F(ScreenSettingsTest, TheUsersOwnFileStaysBesideAllThatFollow) {
  const std::string own = R"({"solo": true} // mine)";
  begin_with_file(own);
  EXPECT_TRUE(settings_->set("recheck-every", "2").ok());
  EXPECT_EQ(write(), "written to " + path_ + ", the old one is " + path_ + ".old");
  EXPECT_TRUE(settings_->set("recheck-every", "3").ok());
  EXPECT_EQ(write(), "written to " + path_ + ", the one of before is still " + path_ + ".old");
  EXPECT_EQ(read_file(path_ + ".old"), own);
  EXPECT_THAT(read_file(path_), HasSubstr("\"recheck-every\": 3"));

  const std::string another = R"({"solo": true, "recheck-every": 9} // mine, too)";
  folder_.write("c.json", another);
  running_->read_again(false);
  EXPECT_TRUE(settings_->set("recheck-every", "4").ok());
  EXPECT_EQ(write(), "written to " + path_ + ", the old one is " + path_ + ".old");
  EXPECT_EQ(read_file(path_ + ".old"), another);
}

TEST_F(ScreenSettingsTest, TheFileIsForTheSameUsersAsBefore) {
  begin_with_file(R"({"solo": true})");
  constexpr uid_t kOwner = 61234;
  constexpr gid_t kGroup = 61235;
  const bool given = chown(path_.c_str(), kOwner, kGroup) == 0;  // by root only
  ASSERT_EQ(chmod(path_.c_str(), 0640), 0);
  EXPECT_TRUE(settings_->set("recheck-every", "2").ok());
  EXPECT_THAT(write(), HasSubstr("written to "));
  for (const std::string& file : {path_, path_ + ".old"}) {
    struct stat about {};
    ASSERT_EQ(stat(file.c_str(), &about), 0);
    EXPECT_EQ(about.st_mode & 07777, 0640U) << file;
    EXPECT_EQ(about.st_uid, given ? kOwner : geteuid()) << file;
    EXPECT_EQ(about.st_gid, given ? kGroup : about.st_gid) << file;
  }
}

TEST(KeptMode, GivesNobodyMoreThanBefore) {
  EXPECT_EQ(kept_mode(0100640, true, true), 0640U);
  EXPECT_EQ(kept_mode(0104755, true, true), 0755U) << "permissions only";
  EXPECT_EQ(kept_mode(0640, false, true), 0640U);
  EXPECT_EQ(kept_mode(0460, false, true), 0440U) << "its owner could not write it";
  EXPECT_EQ(kept_mode(0640, true, false), 0600U) << "the group is another one";
  EXPECT_EQ(kept_mode(0644, true, false), 0644U);
  EXPECT_EQ(kept_mode(0604, true, false), 0600U) << "its group could not read it";
  EXPECT_EQ(kept_mode(0664, false, false), 0644U);
}

TEST_F(ScreenSettingsTest, WhatStoodInTheFileStaysInIt) {
  begin_with_file(R"({"pools": [{"url": "stratum+tcp://p", "user": "a"}],
    "verbose": false, "log-level": "info", "opt": {"cpu.threads": 2}, "backend": "cpu,sim"})");
  write();
  EXPECT_EQ(content(path_), R"({
  "pools": [
    {"url": "stratum+tcp://p", "user": "a"}
  ],
  "backend": ["cpu", "sim"],
  "opt": ["cpu.threads=2"],
  "log-level": "info",
  "verbose": false
}
)");
}

TEST_F(ScreenSettingsTest, FlagsGoIntoIt) {
  begin(cli_parse::with(kPool, {"--sprints", "007", "--no-color", "--json=0", "-l", "/tmp/\"x"}));
  write();
  EXPECT_THAT(content(folder_.path("home/.config/sprintminer/config.json")), HasSubstr(R"(  ],
  "sprints": 7,
  "log-file": "/tmp/\"x",
  "no-color": true
}
)"));
}

TEST_F(ScreenSettingsTest, PoolsStandInTheOrderOfThePreferenceNow) {
  begin({"-o", "stratum+tcp://a", "-u", "a", "-o", "stratum+tcp://b", "-u", "a", "-o",
         "stratum+tcp://b", "-u", "other"});
  list_pool("b", "other");
  list_pool("a");
  list_pool("b");
  write();
  EXPECT_EQ(content(folder_.path("home/.config/sprintminer/config.json")), R"({
  "pools": [
    {"url": "stratum+tcp://b", "user": "other"},
    {"url": "stratum+tcp://a", "user": "a"},
    {"url": "stratum+tcp://b", "user": "a"}
  ]
}
)");
}

TEST_F(ScreenSettingsTest, ASoloRunWritesNoPools) {
  begin({"--solo", "--profile", "nano"});
  list_pool("127.0.0.1", "solo");
  write();
  EXPECT_EQ(content(folder_.path("home/.config/sprintminer/config.json")), R"({
  "solo": true,
  "profile": "nano"
}
)");
}

TEST_F(ScreenSettingsTest, DevicesThatTheUserPausedAreLeftOut) {
  begin_with_file(R"({"pools": [{"url": "stratum+tcp://p", "user": "a"}]})");
  pause(0, PauseCause::kWrongDigests);
  write();
  EXPECT_THAT(content(path_), Not(HasSubstr("devices"))) << "nobody chose";
  pause(1);
  write();
  EXPECT_THAT(content(path_), HasSubstr(R"("devices": ["fake:0", "fake:2"])"));
}

TEST_F(ScreenSettingsTest, ADeviceThatIsToPauseIsLeftOutWhateverItIsAt) {
  begin_with_file(R"({"solo": true})");
  control_.shown.devices[1].state = DeviceState::kFailed;
  control_.shown.devices[1].paused_by_user = true;
  write();
  EXPECT_THAT(content(path_), HasSubstr(R"("devices": ["fake:0", "fake:2"])"));
}

TEST_F(ScreenSettingsTest, DevicesThatAreResumedAreInTheFileAgain) {
  begin_with_file(R"({"solo": true})");
  pause(1);
  pause(2);
  write();
  EXPECT_THAT(content(path_), HasSubstr(R"("devices": ["fake:0"])"));
  resume(2);
  write();
  EXPECT_THAT(content(path_), HasSubstr(R"("devices": ["fake:0", "fake:2"])"));
  resume(1);
  write();
  EXPECT_THAT(content(path_), Not(HasSubstr("devices"))) << "all, as before";

  begin_with_file(R"({"solo": true, "devices": "0,1,2"})");
  pause(1);
  write();
  resume(1);
  write();
  EXPECT_THAT(content(path_), HasSubstr(R"("devices": ["0", "1", "2"])")) << "as it was written";
  pause(1);
  write();
  folder_.write("c.json", R"({"solo": true, "devices": "0"})");
  running_->read_again(false);
  resume(1);
  write();
  EXPECT_THAT(content(path_), HasSubstr(R"("devices": ["0"])")) << "somebody else's choice";
}

TEST_F(ScreenSettingsTest, AChoiceOfDevicesStaysUntilAnotherIsMade) {
  begin_with_file(R"({"pools": [{"url": "stratum+tcp://p", "user": "a"}], "devices": "0,1"})");
  write();
  EXPECT_THAT(content(path_), HasSubstr(R"("devices": ["0", "1"])"));
  for (std::uint32_t i = 0; i < 3; ++i) pause(i);
  write();
  EXPECT_THAT(content(path_), HasSubstr(R"("devices": ["0", "1"])")) << "none is no choice";
}

TEST_F(ScreenSettingsTest, ALinkStaysOne) {
  const std::string real = folder_.write("real.json", R"({"solo": true})");
  path_ = folder_.path("c.json");
  std::filesystem::create_symlink(real, path_);
  begin({"-c", path_});
  EXPECT_TRUE(settings_->set("recheck-every", "2").ok());
  EXPECT_THAT(write(), HasSubstr("real.json, the old one is "));
  EXPECT_TRUE(std::filesystem::is_symlink(path_));
  EXPECT_THAT(read_file(path_), HasSubstr("\"recheck-every\": 2"));
}

TEST_F(ScreenSettingsTest, WhatCannotBeWrittenIsOneLine) {
  begin_with_file(R"({"solo": true})");
  std::filesystem::remove(path_);
  std::filesystem::create_directory(path_);
  EXPECT_EQ(write(), "error: configuration " + path_ + ": it is a folder, not a file");

  folder_.write("home", "");
  begin({"--solo"});
  EXPECT_THAT(write(), HasSubstr(" is not written: Not a directory"));

  begin({"--solo", "-l", "/tmp/\xff"});
  EXPECT_EQ(write(), "error: log-file is not UTF-8 and cannot stand in a configuration file");

  const Arguments homeless = cli_parse::good({"--solo"});
  RunningSettings running(
      homeless.configuration, [](const MineArguments&, bool) {}, sink_);
  EXPECT_EQ(ScreenSettings(running, control_).write().message(),
            "there is no place for it: neither XDG_CONFIG_HOME nor HOME is set");
}

TEST_F(ScreenSettingsTest, ItsOwnFileIsNoNewsToTheRun) {
  begin_with_file(R"({"pools": [{"url": "stratum+tcp://a", "user": "a"},
                                {"url": "stratum+tcp://b", "user": "a"}], "log-level": "warn"})");
  list_pool("b");
  list_pool("a");
  pause(1);
  EXPECT_TRUE(settings_->set("log-level", "error").ok());
  const int applied = applied_;
  const std::size_t lines = sink_.lines().size();
  write();
  running_->read_again(false);
  EXPECT_EQ(applied_, applied);
  EXPECT_EQ(sink_.lines().size(), lines);
  EXPECT_EQ(running_->now().settings.settings().mine.pools[0].url, "stratum+tcp://b");
  folder_.write("c.json", read_file(path_ + ".old"));
  running_->read_again(false);
  EXPECT_TRUE(sink_.has("setting changed setting=pools")) << "the user's own change is";
  EXPECT_EQ(applied_, applied + 1);
}

}  // namespace
}  // namespace miner
