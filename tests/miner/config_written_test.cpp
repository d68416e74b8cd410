#include <gmock/gmock.h>

#include <random>
#include <tuple>

#include "miner/settings/config_file.h"
#include "miner/settings/config_texts.h"
#include "miner/settings/configuration.h"
#include "tests/miner/support.h"

// What a run writes of its settings reads back as the same settings, whatever they are and whoever
// set them.
namespace miner {
namespace {

/// Everything that settings say, to be compared; not where options were written.
auto said(const MiningSettings& settings) {
  std::vector<std::string> pools;
  for (const PoolArgument& pool : settings.mine.pools) {
    pools.insert(pools.end(), {pool.url, pool.user, pool.password});
  }
  std::vector<std::string> options;
  for (const auto& option : settings.devices.options) {
    options.insert(options.end(), {option.scope, option.key, option.value});
  }
  const MineArguments& mine = settings.mine;
  return std::tuple(
      std::tuple(pools, options, settings.devices.selection.backends,
                 settings.devices.selection.devices, settings.devices.module_folder),
      std::tuple(mine.solo, mine.profile, mine.sprint_length, mine.sprints, mine.difficulty,
                 mine.recheck_every, mine.exit_on_loss, mine.no_tui, mine.json),
      std::tuple(mine.transport, mine.spool),
      std::tuple(mine.connect_timeout, mine.login_timeout, mine.answer_timeout,
                 mine.silence_timeout, mine.announce_timeout, mine.max_latency),
      std::tuple(mine.log.level, mine.log.format, mine.log.no_color, mine.log.file,
                 mine.log.file_megabytes.value_or(logging::kDefaultFileMegabytes),
                 mine.log.files.value_or(logging::kDefaultFiles), mine.verbose));
}

class ConfigWritten : public tests::SeededTest {
 protected:
  std::uint64_t pick(std::uint64_t below) { return random_() % below; }

  /// A text with all that needs care in JSON.
  std::string text() {
    static const std::vector<std::string> kPieces = {
        "a", "\"", "\\", "/", "\t", "\n", "é", "\x01", "//", "/*", " ", "\xf0\x9f\x90\x8e", "1"};
    std::string out = "x";
    for (std::uint64_t i = pick(6); i != 0; --i) out += kPieces[pick(kPieces.size())];
    return out;
  }

  /// A value of the row in one of its forms.
  std::string value_of(const Setting& setting) {
    switch (setting.kind) {
      case ValueKind::kSwitch:
        return std::vector<std::string>{"true", "false", "1", "0"}[pick(4)];
      case ValueKind::kNumber:
        return (pick(4) == 0 ? "00" : "") +
               std::to_string(setting.min +
                              pick(std::min<std::uint64_t>(setting.max - setting.min, 20) + 1));
      case ValueKind::kList:
        return pick(2) == 0 ? text() : text() + "," + text();
      case ValueKind::kOptions:
        return "cpu.threads=" + text();
      case ValueKind::kText:
        break;
    }
    if (setting.key == "tls-pin") {
      return "sha256//" + std::string(42, static_cast<char>('a' + pick(26))) + "A=";
    }
    if (setting.key == "redirect-to") return pick(2) == 0 ? "a.example,[::1]" : "192.0.2.7";
    if (setting.key == "proxy") return "socks5://a%22:b@p:" + std::to_string(1 + pick(9));
    if (setting.key == "profile") return pick(2) == 0 ? "nano" : "1,128,128";
    if (setting.key == "log-level") return pick(2) == 0 ? "info" : "error";
    if (setting.key == "log-format") return pick(2) == 0 ? "json" : "text";
    return text();
  }

  void add(GivenSettings& to, const Setting& setting, Source source) {
    for (std::uint64_t times = setting.adds_up() ? 1 + pick(3) : 1; times != 0; --times) {
      const std::string value = value_of(setting);
      ASSERT_TRUE(to.add({&setting, value, source, "somewhere"}).ok())
          << setting.key << " " << value;
    }
  }

  /// Some settings of one source. Pools, or solo and what goes with it.
  GivenSettings some(Source source, bool solo) {
    GivenSettings out;
    for (const Setting& setting : settings_table()) {
      if (setting.key == "solo" || setting.of_pool) continue;
      if (setting.solo_only && !solo) continue;
      if (pick(3) == 0) add(out, setting, source);
    }
    if (solo) {
      EXPECT_TRUE(out.add({&setting_of("solo"), "true", source, ""}).ok());
    } else if (pick(2) == 0 || source == Source::kFlag) {
      for (std::uint64_t n = 1 + pick(3); n != 0; --n) {
        const std::string url = "stratum+tcp://p" + std::to_string(pick(5)) + ":1";
        EXPECT_TRUE(out.add({&setting_of("url"), url, source, ""}).ok());
        EXPECT_TRUE(out.add({&setting_of("user"), text(), source, ""}).ok());
        if (pick(2) != 0) continue;
        EXPECT_TRUE(out.add({&setting_of("pass"), text(), source, ""}).ok());
      }
    }
    return out;
  }

  std::mt19937_64 random_{GetParam()};
};

TEST_P(ConfigWritten, ReadsBackAsTheSame) {
  for (int i = 0; i < 200 && !HasFailure(); ++i) {
    const bool solo = pick(4) == 0;
    Configuration run;
    run.flags = some(Source::kFlag, solo);
    if (pick(2) == 0) run.environment = some(Source::kEnvironment, solo);
    if (pick(2) == 0) run.file = some(Source::kFile, solo);
    for (const Setting& setting : settings_table()) {
      const bool settable = setting.live && !setting.of_pool;
      if (settable && pick(4) == 0) add(run.screen, setting, Source::kScreen);
    }
    run.settings = merged(run);
    const auto text = config_of(run.settings, run.file, {run.settings.settings().mine.pools, {}});
    ASSERT_TRUE(text.ok()) << text.message();
    SCOPED_TRACE(*text);

    const auto back = parse_config("c.json", *text);
    ASSERT_TRUE(back.ok()) << back.message();
    EXPECT_EQ(said(back->settings()), said(run.settings.settings()));
    EXPECT_TRUE(check_mining(*back).ok() || !check_mining(run.settings).ok());

    Configuration next = run;  // and it changes nothing of the run
    next.file = *back;
    EXPECT_EQ(said(merged(next).settings()), said(run.settings.settings()));
    const auto again = config_of(merged(next), next.file, {run.settings.settings().mine.pools, {}});
    EXPECT_EQ(again.ok() ? *again : again.message(), *text);
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, ConfigWritten, ::testing::Values(1u, 2u, 3u, 4u));

}  // namespace
}  // namespace miner
