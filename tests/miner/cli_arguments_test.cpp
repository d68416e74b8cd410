#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/miner/cli_parse.h"

namespace miner {
namespace {

using cli_parse::expect_errors;
using cli_parse::good;
using cli_parse::parse;
using cli_parse::shown;
using cli_parse::with;
using cli_parse::Words;
using testing::HasSubstr;

const std::string kPool = "stratum+tcp://pool.example:3333";

TEST(Arguments, WhatToMineMustBeSaidOnce) {
  expect_errors({
      {{},
       "nothing to mine: give a pool, -o stratum+ssl://HOST:PORT -u account.worker, or --solo for "
       "a pool inside the program"},
      {{"--sprints", "2"},
       "nothing to mine: give a pool, -o stratum+ssl://HOST:PORT -u account.worker, or --solo for "
       "a pool inside the program"},
      {{"--solo", "-o", kPool, "-u", "a"},
       "-o and --solo exclude each other: --solo mines against a pool inside the program"},
      {{"-o", kPool, "-u", "a", "--profile", "nano"},
       "--profile goes with --solo only: with -o the pool decides"},
      {{"-o", kPool, "-u", "a", "--sprint-seconds", "20"},
       "--sprint-seconds goes with --solo only: with -o the pool decides"},
      {{"-o", kPool, "-u", "a", "--difficulty", "5"},
       "--difficulty goes with --solo only: with -o the pool decides"},
  });
}

TEST(Arguments, PoolsNeedUsersBehindThem) {
  const std::string none = "it belongs to the -o before it, and there is none: write -o URL first";
  expect_errors({
      {{"-o", kPool},
       "pool " + kPool + " has no user: write -o URL -u account.worker, -u behind its -o"},
      {{"-o", kPool, "-o", "stratum+tcp://b:1", "-u", "a"},
       "pool " + kPool + " has no user: write -o URL -u account.worker, -u behind its -o"},
      {{"-u", "a", "-o", kPool}, "-u: " + none},
      {{"-p", "x", "-o", kPool}, "-p: " + none},
      {{"-o", kPool, "-u", ""}, "-u: '' has no account: write account.worker"},
      {{"-o", kPool, "-u", ".rig"}, "-u: '.rig' has no account: write account.worker"},
      {{"-o", kPool, "-u", "-p", "x"}, "-u: '-p' looks like a flag: write account.worker"},
      {{"-o", kPool, "-u", std::string(97, 'x')},
       "-u: the account in '" + std::string(80, 'x') + "' is longer than 96 bytes"},
      {{"-o", kPool, "-u", "a", "-p", "\xff"}, "-p: the password is not UTF-8"},
      {{"-o", "ftp://pool.example:3333", "-u", "a"},
       "-o: pool 'ftp://pool.example:3333': write stratum+ssl://pool.example:3333, or "
       "stratum+tcp:// for no encryption"},
      {{"-o", "--solo"}, "-o: pool '--solo': not a host name or address"},
  });
}

TEST(Arguments, UserAndPasswordBindToThePoolBefore) {
  const Arguments arguments =
      good({"-o", "stratum+tcp://a:1", "-u", "alice.rig", "-p", "one", "--url", "stratum+tcp://b:2",
            "--user", "bob", "--pool=stratum+tcp://[::1]:3", "--pass", "three", "--user=carol.x.y",
            "--exit-on-loss"});
  EXPECT_EQ(arguments.command, Command::kMine);
  const auto& pools = arguments.mine.pools;
  ASSERT_EQ(pools.size(), 3U);
  EXPECT_EQ(pools[0].url, "stratum+tcp://a:1");
  EXPECT_EQ(pools[0].user, "alice.rig");
  EXPECT_EQ(pools[0].password, "one");
  EXPECT_EQ(pools[1].url, "stratum+tcp://b:2");
  EXPECT_EQ(pools[1].user, "bob");
  EXPECT_EQ(pools[1].password, "");
  EXPECT_EQ(pools[2].url, "stratum+tcp://[::1]:3");
  EXPECT_EQ(pools[2].user, "carol.x.y");
  EXPECT_EQ(pools[2].password, "three");
  EXPECT_TRUE(arguments.mine.exit_on_loss);
}

TEST(Arguments, PasswordsAreTakenAsTheyStand) {
  const auto password = [](const Words& words) {
    const Arguments arguments = good(with({"-o", kPool, "-u", "a"}, with(words, {"--json"})));
    EXPECT_TRUE(arguments.mine.json) << shown(words);  // was not swallowed
    return arguments.mine.pools.empty() ? "none" : arguments.mine.pools[0].password;
  };
  EXPECT_EQ(password({"-p", ""}), "");
  EXPECT_EQ(password({"--pass="}), "");
  EXPECT_EQ(password({"-p", "x"}), "x");
  EXPECT_EQ(password({"-p", "-x"}), "-x");
  EXPECT_EQ(password({"-p", "--json"}), "--json");
  EXPECT_EQ(password({"-p", "[a,b]"}), "[a,b]");
  EXPECT_EQ(password({"--pass=a=b c"}), "a=b c");
  EXPECT_EQ(password({"-p", "devices"}), "devices");
  EXPECT_EQ(password({"-p", "d=5000"}), "d=5000");
}

TEST(Arguments, SoloTakesItsFlagsAndTheLastOfAKindCounts) {
  const Arguments arguments = good({"--solo",
                                    "--profile",
                                    "nano",
                                    "--profile=2,256,384",
                                    "--sprint-seconds",
                                    "2",
                                    "--sprints",
                                    "3",
                                    "--difficulty",
                                    "7",
                                    "--recheck-every",
                                    "0",
                                    "--no-tui",
                                    "--json",
                                    "-v",
                                    "--backend",
                                    "sim,cpu",
                                    "-d",
                                    "0,cpu:0",
                                    "--devices",
                                    "0000:01:00.0",
                                    "--opt",
                                    "cpu.threads=2",
                                    "--opt",
                                    "0000:01:00.0.fan=3",
                                    "--module-dir",
                                    "/x"});
  const MineArguments& mine = arguments.mine;
  EXPECT_TRUE(mine.solo && mine.no_tui && mine.json);
  EXPECT_EQ(mine.log_level(), base::LogLevel::kDebug);
  EXPECT_FALSE(mine.exit_on_loss);
  ASSERT_TRUE(mine.profile.has_value());
  EXPECT_EQ(*mine.profile, (poc::Profile{2, 256, 384}));
  EXPECT_EQ(mine.sprint_length, std::chrono::seconds(2));
  EXPECT_EQ(mine.sprints, 3U);
  EXPECT_EQ(mine.difficulty, 7U);
  EXPECT_EQ(mine.recheck_every, 0U);
  EXPECT_EQ(arguments.devices.selection.backends, (Words{"sim", "cpu"}));
  EXPECT_EQ(arguments.devices.selection.devices, (Words{"0", "cpu:0", "0000:01:00.0"}));
  EXPECT_EQ(arguments.devices.module_folder, "/x");
  ASSERT_EQ(arguments.devices.options.size(), 2U);
  EXPECT_EQ(arguments.devices.options[0].scope, "cpu");
  EXPECT_EQ(arguments.devices.options[1].scope, "0000:01:00.0");
  EXPECT_EQ(arguments.devices.options[1].key, "fan");
  EXPECT_EQ(arguments.devices.options[1].value, "3");
}

TEST(Arguments, SoloAloneHasTheDefaults) {
  const MineArguments mine = good({"--solo"}).mine;
  EXPECT_FALSE(mine.profile || mine.difficulty || mine.recheck_every);
  EXPECT_FALSE(mine.json || mine.no_tui || mine.exit_on_loss);
  EXPECT_EQ(mine.sprint_length, std::chrono::seconds(20));
  EXPECT_EQ(mine.sprints, 0U);
}

TEST(Arguments, NumbersAndWordsOutOfRangeNameTheFlag) {
  expect_errors({
      {{"--solo", "--sprint-seconds", "1"},
       "--sprint-seconds: '1' is not a whole number in 2..600"},
      {{"--solo", "--sprint-seconds=601"},
       "--sprint-seconds: '601' is not a whole number in 2..600"},
      {{"--solo", "--sprint-seconds", "2.5"},
       "--sprint-seconds: '2.5' is not a whole number in 2..600"},
      {{"--solo", "--sprints", "-1"}, "--sprints: '-1' is not a whole number in 1..1000000000"},
      {{"--solo", "--sprints", "99999999999999999999"},
       "--sprints: '99999999999999999999' is not a whole number in 1..1000000000"},
      {{"--solo", "--difficulty", "0"},
       "--difficulty: '0' is not a whole number in 1..9007199254740991"},
      {{"--solo", "--difficulty", "9007199254740992"},
       "--difficulty: '9007199254740992' is not a whole number in 1..9007199254740991"},
      {{"--solo", "--recheck-every", "1000001"},
       "--recheck-every: '1000001' is not a whole number in 0..1000000"},
      {{"--solo", "--profile", "tiny"},
       "--profile: profile 'tiny' is neither nano, micro, base, large nor layers,dim,ffn"},
      {{"--solo", "--profile", "1,100,128"},
       "--profile: profile: dim 100 is not a multiple of 128 in 128..8192"},
      {{"--solo", "--opt", "threads"},
       "--opt: option 'threads' is not of the form [scope.]key=value"},
      {{"--solo", "-d", "0,,1"}, "--devices: '0,,1' has an empty entry"},
      {{"--solo", "--backend="}, "--backend: '' has an empty entry"},
      {{"--solo", "--module-dir="}, "--module-dir: the folder's name is empty"},
      {{"bench", "--seconds", "0"}, "--seconds: '0' is not a whole number in 1..3600"},
      {{"bench", "--seconds", "3601"}, "--seconds: '3601' is not a whole number in 1..3600"},
      {{"bench", "--profile", "x\x1b[2J"},
       "--profile: profile 'x\\x1b[2J' is neither nano, micro, base, large nor layers,dim,ffn"},
  });
}

TEST(Arguments, UnknownWordsNameTheNearest) {
  expect_errors({
      {{"--solo", "--sprnts", "3"}, "unknown flag '--sprnts'; did you mean --sprints?"},
      {{"--solo", "--sprint-secs=3"},
       "unknown flag '--sprint-secs'; did you mean --sprint-seconds?"},
      {{"--pol", kPool, "-u", "a"}, "unknown flag '--pol'; did you mean --pool?"},
      {{"-solo"}, "unknown flag '-solo'; did you mean --solo?"},
      {{"--solo", "-P", "1"}, "unknown flag '-P'; see --help"},
      {{"--solo", "--frobnicate"}, "unknown flag '--frobnicate'; see --help"},
      {{"devics"}, "'devics' is neither a flag nor a command; did you mean devices?"},
      {{"self-test"}, "'self-test' is neither a flag nor a command; did you mean selftest?"},
      {{"--solo", "now"}, "'now' is neither a flag nor a command; see --help"},
      {{"bench", "--secs", "3"}, "unknown flag '--secs'; did you mean --seconds?"},
      {{"bench", "--second", "3"}, "unknown flag '--second'; did you mean --seconds?"},
      {{"devices", "options"}, "one command at a time: 'options' is a second one"},
      {{"devices", "\x1b[2J"}, "'\\x1b[2J' is neither a flag nor a command; see --help"},
  });
}

TEST(Arguments, FlagsInTheWrongPlaceOrShapeAreNamed) {
  expect_errors({
      {{"--seconds", "3"},
       "unknown flag '--seconds'; it belongs behind a command: sprintminer bench --seconds"},
      {{"devices", "--solo"},
       "--solo is a flag of sprintminer without a command, not of 'devices'"},
      {{"options", "-d", "0"}, "-d is a flag of sprintminer without a command, not of 'options'"},
      {{"-o", kPool, "-u", "a", "devices"},
       "-o before 'devices' is a flag for mining; those of the command stand behind it"},
      {{"--profile", "nano", "bench"},
       "--profile before 'bench' is a flag for mining; those of the command stand behind it"},
      {{"--solo", "--sprints"}, "'--sprints' needs a value; see --help"},
      {{"-o"}, "'-o' needs a value; see --help"},
      {{"--solo", "--json=yes"}, "--json: 'yes' is neither true nor false"},
      {{"bench", "--json=yes"}, "--json: 'yes' is neither true nor false"},
      {{"--solo", "--json="}, "--json: '' is neither true nor false"},
      {{"--solo", "-v=false"}, "'-v=false': only long flags take '='"},
      {{"-o=x"}, "'-o=x': only long flags take '='"},
      {{"--solo", "--dry-run=yes"}, "--dry-run takes no value"},
  });
}

TEST(Arguments, HelpAndVersionWinOverEverything) {
  for (const Words& words : {Words{"-h"}, {"--help"}, {"--solo", "--bad", "-o", "x", "--help"}}) {
    const auto parsed = parse(words);
    ASSERT_TRUE(parsed.ok()) << shown(words);
    EXPECT_FALSE(parsed->run.has_value());
    for (const std::string word : {"Usage: sprintminer -o URL -u account.worker",
                                   "-o,--url,--pool URL",
                                   "-u,--user",
                                   "-p,--pass",
                                   "--solo",
                                   "--profile",
                                   "--sprint-seconds",
                                   "--sprints",
                                   "--backend",
                                   "-d,--devices",
                                   "--opt",
                                   "--no-tui",
                                   "--json",
                                   "--module-dir",
                                   "--recheck-every",
                                   "--difficulty",
                                   "--exit-on-loss",
                                   "--log-level",
                                   "--log-format",
                                   "-l,--log-file",
                                   "-v,--verbose",
                                   "--no-color",
                                   "-c,--config FILE",
                                   "--no-config",
                                   "--dry-run",
                                   "--version",
                                   "-h,--help",
                                   "\nPools:",
                                   "\nDevices:",
                                   "\nLog:",
                                   "  devices",
                                   "  options",
                                   "  ticket",
                                   "  bench",
                                   "  selftest",
                                   "  config",
                                   "Exit codes: 0 clean"}) {
      EXPECT_THAT(parsed->text, HasSubstr(word));
    }
    EXPECT_EQ(parsed->text.find("\n\n\n"), std::string::npos);
  }
  const auto bench = parse({"bench", "--help"});
  ASSERT_TRUE(bench.ok());
  EXPECT_THAT(bench->text, HasSubstr("Usage: sprintminer bench"));
  EXPECT_THAT(bench->text, HasSubstr("--seconds S"));
  const auto version = parse({"--version"});
  ASSERT_TRUE(version.ok());
  EXPECT_FALSE(version->run.has_value());
  EXPECT_EQ(version->text, std::string("sprintminer ") + SPRINT_VERSION + "\n");
}

TEST(Arguments, AnyWordsParseOrFailInOneLine) {
  const Words words = {"",     "-",         "--",     "---",        "-o",     "--url=",  "-u",
                       "--x=", "=",         "--=",    "devices",    "ticket", "--json",  "-d",
                       "{}",   "%%",        "-5",     "++",         "/x",     "--help=", "-vh",
                       "@f",   "--opt",     "bench",  "-dcpu",      "\n",     "-o=",     "[]",
                       "\xff", "--no-json", "--solo", "--version=1"};
  for (const std::string before : {"--solo", "bench"}) {
    for (const std::string& first : words) {
      for (const std::string& second : words) {
        const Words line = {before, first, second};
        const auto parsed = parse(line);
        if (parsed.ok()) continue;
        EXPECT_FALSE(parsed.message().empty()) << shown(line);
        EXPECT_EQ(parsed.message().find('\n'), std::string::npos) << shown(line);
      }
    }
  }
}

}  // namespace
}  // namespace miner
