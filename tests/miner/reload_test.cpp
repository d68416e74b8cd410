#include "miner/cli/reload.h"

#include <gmock/gmock.h>

#include <optional>

#include "tests/miner/cli_parse.h"
#include "tests/miner/settings_support.h"
#include "tests/miner/support.h"

namespace miner {
namespace {

using settings::TempFolder;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class ReloadTest : public ::testing::Test {
 protected:
  /// Starts with a file and flags.
  void begin(const std::string& text, const cli_parse::Words& flags = {}) {
    path_ = folder_.write("c.json", text);
    const auto arguments = cli_parse::good(cli_parse::with(flags, {"-c", path_}));
    reload_.emplace(
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
    reload_->read_again(asked);
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
  std::optional<Reload> reload_;
  std::vector<MineArguments> applied_;
  bool pools_changed_ = false;
};

TEST_F(ReloadTest, NothingNewSaysNothingUnlessAsked) {
  begin(pools("a"));
  EXPECT_THAT(read(), IsEmpty());
  EXPECT_THAT(read(true), ElementsAre("config: nothing new file=" + path_));
  EXPECT_THAT(now(pools("a", "// a comment\n")),
              ElementsAre("config: read again, no setting changed file=" + path_));
  EXPECT_THAT(applied_, IsEmpty());
}

TEST_F(ReloadTest, LiveSettingsApply) {
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

TEST_F(ReloadTest, OthersTakeEffectAtTheNextStart) {
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

TEST_F(ReloadTest, WritingADefaultOutChangesNothing) {
  begin(pools("a"));
  EXPECT_THAT(now(pools("a", "\"verbose\": false, \"json\": false")),
              ElementsAre(HasSubstr("no setting changed")));
}

TEST_F(ReloadTest, ABadFileIsOneWarningAndChangesNothing) {
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

TEST_F(ReloadTest, FlagsStillWin) {
  begin(pools("a", "\"recheck-every\": 3"), {"--recheck-every", "9"});
  EXPECT_THAT(now(pools("a", "\"recheck-every\": 4")),
              ElementsAre(HasSubstr("no setting changed")));
  now(pools("b"));
  ASSERT_EQ(applied_.size(), 1U);
  EXPECT_EQ(applied_[0].recheck_every, 9U);
}

TEST_F(ReloadTest, ASoloRunGoesOnAsOne) {
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

}  // namespace
}  // namespace miner
