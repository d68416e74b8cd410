#include "miner/cli/running_settings.h"

#include <gmock/gmock.h>

#include <optional>
#include <thread>

#include "tests/miner/cli_parse.h"
#include "tests/miner/support.h"
#include "tests/support/temp_folder.h"

namespace miner {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using tests::TempFolder;

class RunningSettingsTest : public ::testing::Test {
 protected:
  /// Starts with a file and flags.
  void begin(const std::string& text, const cli_parse::Words& flags = {}) {
    path_ = folder_.write("c.json", text);
    const auto arguments = cli_parse::good(cli_parse::with(flags, {"-c", path_}));
    running_.emplace(
        arguments.configuration,
        [this](const MineArguments& settings, bool pools_changed) {
          applied_.push_back(settings);
          pools_changed_ = pools_changed;
        },
        sink_);
  }
  /// The lines that another content of the file makes.
  std::vector<std::string> now(const std::string& text, bool asked = false) {
    folder_.write("c.json", text);
    return read(asked);
  }
  std::vector<std::string> read(bool asked = false) {
    const std::size_t before = sink_.lines().size();
    running_->read_again(asked);
    const auto lines = sink_.lines();
    return {lines.begin() + static_cast<std::ptrdiff_t>(before), lines.end()};
  }
  static std::string pools(const std::string& hosts, const std::string& more = "") {
    std::string text;
    for (const char host : hosts) {
      text += std::string("{\"url\": \"stratum+tcp://") + host + ":1\", \"user\": \"a\"},";
    }
    return "{\"pools\": [" + text + "],\n" + more + "}";
  }

  const TempFolder folder_;
  std::string path_;
  tests::CollectingSink sink_;
  std::optional<RunningSettings> running_;
  std::vector<MineArguments> applied_;
  bool pools_changed_ = false;
};

TEST_F(RunningSettingsTest, NothingNewSaysNothingUnlessAsked) {
  begin(pools("a"));
  EXPECT_THAT(read(), IsEmpty());
  EXPECT_THAT(read(true), ElementsAre("config: nothing new file=" + path_));
  EXPECT_THAT(now(pools("a", "// a comment\n")),
              ElementsAre("config: read again, no setting changed file=" + path_));
  EXPECT_THAT(applied_, IsEmpty());
}

TEST_F(RunningSettingsTest, LiveSettingsApply) {
  begin(pools("a"));
  EXPECT_THAT(now(pools("ab")), ElementsAre("config: setting changed setting=pools file=" + path_));
  ASSERT_EQ(applied_.size(), 1U);
  EXPECT_EQ(applied_[0].pools.size(), 2U);
  EXPECT_TRUE(pools_changed_);

  EXPECT_THAT(now(pools("ab", "\"recheck-every\": 3, \"verbose\": true")),
              ElementsAre("config: setting changed setting=recheck-every file=" + path_,
                          "config: setting changed setting=verbose file=" + path_));
  ASSERT_EQ(applied_.size(), 2U);
  EXPECT_EQ(applied_[1].recheck_every, 3U);
  EXPECT_TRUE(applied_[1].verbose);
  EXPECT_FALSE(pools_changed_);

  now(pools("ab"));
  ASSERT_EQ(applied_.size(), 3U);
  EXPECT_FALSE(applied_[2].recheck_every.has_value()) << "the default is back";
  EXPECT_FALSE(applied_[2].verbose);
}

TEST_F(RunningSettingsTest, OthersTakeEffectAtTheNextStart) {
  begin(pools("a"));
  EXPECT_THAT(
      now(pools("a", "\"sprints\": 3, \"devices\": [\"cpu:0\"]")),
      ElementsAre("config: setting takes effect at the next start setting=sprints file=" + path_,
                  "config: setting takes effect at the next start setting=devices file=" + path_));
  EXPECT_THAT(applied_, IsEmpty());
  EXPECT_THAT(now(pools("a", "\"sprints\": 3, \"devices\": [\"cpu:0\"], \"recheck-every\": 1")),
              ElementsAre("config: setting changed setting=recheck-every file=" + path_))
      << "what was named is not named again";
}

TEST_F(RunningSettingsTest, WritingADefaultOutChangesNothing) {
  begin(pools("a"));
  EXPECT_THAT(now(pools("a", "\"verbose\": false, \"json\": false")),
              ElementsAre(HasSubstr("no setting changed")));
}

TEST_F(RunningSettingsTest, ABadFileIsOneWarningAndChangesNothing) {
  begin(pools("a"));
  EXPECT_THAT(now("{\n  \"pools\": [\n"), ElementsAre(HasSubstr(path_ + ":3:1: ")));
  EXPECT_THAT(read(), IsEmpty()) << "the same bytes again";
  EXPECT_THAT(now(pools("a", "\"recheck-evry\": 3")),
              ElementsAre("config: refused, the settings stay as they are reason=\"" + path_ +
                          ":2:1: unknown key 'recheck-evry'; did you mean recheck-every?\""));
  EXPECT_THAT(now("{}"), ElementsAre(HasSubstr("nothing to mine")));
  EXPECT_THAT(now(pools("a", "\"solo\": true")), ElementsAre(HasSubstr("exclude each other")));
  std::filesystem::remove(path_);
  EXPECT_THAT(read(), ElementsAre(HasSubstr("c.json: No such file")));
  EXPECT_THAT(read(), IsEmpty());
  EXPECT_THAT(read(true), ElementsAre(HasSubstr("c.json: No such file")));
  EXPECT_THAT(applied_, IsEmpty());
  now(pools("b"));
  ASSERT_EQ(applied_.size(), 1U) << "and a good one counts again";
}

TEST_F(RunningSettingsTest, FlagsStillWin) {
  begin(pools("a", "\"recheck-every\": 3"), {"--recheck-every", "9"});
  EXPECT_THAT(now(pools("a", "\"recheck-every\": 4")),
              ElementsAre(HasSubstr("no setting changed")));
  now(pools("b"));
  ASSERT_EQ(applied_.size(), 1U);
  EXPECT_EQ(applied_[0].recheck_every, 9U);
}

TEST_F(RunningSettingsTest, ASoloRunGoesOnAsOne) {
  begin(R"({"solo": true})");
  EXPECT_THAT(
      now(pools("a")),
      ElementsAre("config: setting takes effect at the next start setting=pools file=" + path_,
                  "config: setting takes effect at the next start setting=solo file=" + path_));
  EXPECT_THAT(applied_, IsEmpty());
  now(pools("ab", "\"recheck-every\": 4"));
  ASSERT_EQ(applied_.size(), 1U);
  EXPECT_FALSE(pools_changed_) << "it still has its pool inside";
}

TEST_F(RunningSettingsTest, WhatTheScreenSetsApplies) {
  begin(pools("a"));
  EXPECT_TRUE(running_->set("recheck-every", "7").ok());
  ASSERT_EQ(applied_.size(), 1U);
  EXPECT_EQ(applied_[0].recheck_every, 7U);
  EXPECT_FALSE(pools_changed_);
  EXPECT_TRUE(sink_.has("config: setting changed setting=recheck-every by=\"the screen\""));
  const Configuration after = running_->now();
  const auto& values = after.settings.of("recheck-every");
  ASSERT_EQ(values.size(), 1U);
  EXPECT_EQ(values[0].source, Source::kScreen);
  EXPECT_TRUE(running_->set("recheck-every", "7").ok());
  EXPECT_EQ(applied_.size(), 1U) << "nothing new";
}

TEST_F(RunningSettingsTest, WhatTheScreenSetsStays) {
  begin(pools("a", "\"recheck-every\": 3"), {"--log-level", "warn"});
  EXPECT_TRUE(running_->set("recheck-every", "7").ok());
  EXPECT_TRUE(running_->set("log-level", "error").ok());
  now(pools("ab", "\"recheck-every\": 4, \"log-level\": \"info\", \"verbose\": true"));
  ASSERT_EQ(applied_.size(), 3U);
  EXPECT_EQ(applied_[2].pools.size(), 2U);
  EXPECT_EQ(applied_[2].recheck_every, 7U);
  EXPECT_EQ(applied_[2].log_level(), base::LogLevel::kError) << "over flags, too";
  EXPECT_TRUE(pools_changed_);
}

TEST_F(RunningSettingsTest, ALogLevelFromTheScreenEndsVerbose) {
  begin(pools("a"), {"-v"});
  ASSERT_EQ(running_->now().settings.settings().mine.log_level(), base::LogLevel::kDebug);
  EXPECT_TRUE(running_->set("log-level", "info").ok()) << "it was so, beside verbose";
  ASSERT_EQ(applied_.size(), 1U);
  EXPECT_EQ(applied_[0].log_level(), base::LogLevel::kInfo);
  EXPECT_FALSE(applied_[0].verbose) << "and does not say otherwise";
  EXPECT_TRUE(running_->set("verbose", "true").ok());
  EXPECT_EQ(applied_.back().log_level(), base::LogLevel::kDebug);
}

TEST_F(RunningSettingsTest, WhatTheScreenCannotSetIsOneLineAndChangesNothing) {
  begin(pools("a"));
  const auto refused = [&](const std::string& key, const std::string& value) {
    const base::Status status = running_->set(key, value);
    return status.ok() ? "taken" : status.message();
  };
  EXPECT_EQ(refused("recheck-every", "often"),
            "recheck-every: 'often' is not a whole number in 0..1000000");
  EXPECT_EQ(refused("log-level", "loud"), "log-level: 'loud' is none of error, warn, info, debug");
  EXPECT_EQ(refused("sprints", "3"),
            "sprints takes effect at the next start only: write it into the file");
  EXPECT_EQ(refused("recheck-evry", "3"),
            "'recheck-evry' cannot be set here; did you mean recheck-every?");
  EXPECT_EQ(refused("url", "stratum+tcp://b:1"), "'url' cannot be set here");
  EXPECT_EQ(refused("pools", "stratum+tcp://b:1"), "'pools' cannot be set here");
  EXPECT_THAT(applied_, IsEmpty());
  EXPECT_THAT(running_->now().settings.of("recheck-every"), IsEmpty());
}

TEST_F(RunningSettingsTest, AFileThatSaysWhatIsRunningIsNoNews) {
  begin(pools("ab"));
  running_->expect(pools("ba"));
  EXPECT_THAT(now(pools("ba")), IsEmpty());
  EXPECT_THAT(applied_, IsEmpty()) << "the pools are in that order already";
  EXPECT_THAT(now(pools("ab")), ElementsAre(HasSubstr("setting changed setting=pools")));
  EXPECT_THAT(now(pools("ba")), ElementsAre(HasSubstr("setting changed setting=pools")))
      << "it was expected once";
}

TEST_F(RunningSettingsTest, AnotherFileThanTheExpectedOneIsNews) {
  begin(pools("a"));
  running_->expect(pools("b"));
  EXPECT_THAT(now(pools("c")), ElementsAre(HasSubstr("setting changed setting=pools")));
  EXPECT_THAT(now(pools("b")), ElementsAre(HasSubstr("setting changed setting=pools")));
}

/// The watch's thread and the screen's at once: what is applied last is what counts.
TEST_F(RunningSettingsTest, TheLastToApplyIsWhatCounts) {
  begin(pools("a"));
  std::thread screen([&] {
    for (int i = 1; i <= 200; ++i)
      EXPECT_TRUE(running_->set("recheck-every", std::to_string(i)).ok());
  });
  for (int i = 0; i < 50; ++i) {
    folder_.rename_over("c.json", pools(i % 2 == 0 ? "ab" : "abc"));
    running_->read_again(false);
  }
  screen.join();
  ASSERT_FALSE(applied_.empty());
  EXPECT_EQ(applied_.back().recheck_every, 200U);
  EXPECT_EQ(applied_.back().pools.size(), 3U);
}

}  // namespace
}  // namespace miner
