#include "miner/settings/config_file.h"

#include <gmock/gmock.h>

#include "tests/support/temp_folder.h"

namespace miner {
namespace {

using testing::HasSubstr;
using tests::TempFolder;

GivenSettings good(const std::string& text) {
  auto given = parse_config("c.json", text);
  EXPECT_TRUE(given.ok()) << text << ": " << (given.ok() ? "" : given.message());
  return given.ok() ? std::move(given).value() : GivenSettings();
}

struct BadFile {
  std::string text;
  std::string error;
};

TEST(ConfigFile, ReadsEveryKindOfValue) {
  const GivenSettings given = good(R"({
    // pools in the user's order
    "pools": [
      {"user": "alice.rig", "url": "stratum+tcp://a:1", "pass": "x"},
      {"url": "stratum+tcp://b:2", "user": "bob"},
    ],
    "exit-on-loss": true,
    "recheck-every": 5,
    "devices": ["cpu:0", 1, "2,3"],
    "backend": "cpu,sim",
    "opt": {"cpu.threads": 4, "sim.fault": "none", "0000:01:00.0.fan": 7},
    "module-dir": "/x",
  })");
  const MiningSettings& read = given.settings();
  ASSERT_EQ(read.mine.pools.size(), 2U);
  EXPECT_EQ(read.mine.pools[0].url, "stratum+tcp://a:1");
  EXPECT_EQ(read.mine.pools[0].user, "alice.rig");
  EXPECT_EQ(read.mine.pools[0].password, "x");
  EXPECT_EQ(read.mine.pools[1].user, "bob");
  EXPECT_TRUE(read.mine.exit_on_loss);
  EXPECT_EQ(read.mine.recheck_every, 5U);
  EXPECT_EQ(read.devices.selection.devices, (std::vector<std::string>{"cpu:0", "1", "2", "3"}));
  EXPECT_EQ(read.devices.selection.backends, (std::vector<std::string>{"cpu", "sim"}));
  EXPECT_EQ(read.devices.module_folder, "/x");
  ASSERT_EQ(read.devices.options.size(), 3U);
  EXPECT_EQ(read.devices.options[0].scope, "cpu");
  EXPECT_EQ(read.devices.options[0].value, "4");
  EXPECT_EQ(read.devices.options[0].place, "c.json:11:28");
  EXPECT_EQ(read.devices.options[2].scope, "0000:01:00.0");
  EXPECT_EQ(good(R"({"opt": ["cpu.threads=4"]})").settings().devices.options[0].key, "threads");
  EXPECT_FALSE(good("{}").has("sprints"));
  EXPECT_FALSE(good(R"({"pools": [], "devices": [], "opt": {}})").has(kPoolsKey));
}

TEST(ConfigFile, FaultsNameFileLineAndColumn) {
  const std::vector<BadFile> files = {
      {"[]", "c.json:1:1: a configuration is an object, not an array"},
      {"{\n\"sprints\": 1,,\n}", "c.json:2:14: Missing a name for object member"},
      {"{\n  \"sprnts\": 1\n}", "c.json:2:3: unknown key 'sprnts'; did you mean sprints?"},
      {"{\"sprint_seconds\": 1}",
       "c.json:1:2: unknown key 'sprint_seconds'; did you mean sprint-seconds?"},
      {"{\"frobnicate\": 1}", "c.json:1:2: unknown key 'frobnicate'"},
      {"{\"url\": \"x\"}", "c.json:1:2: 'url' belongs to a pool: \"pools\": [{\"url\": ...}]"},
      {"{\"sprints\": 1,\n\"sprints\": 2}", "c.json:2:1: 'sprints' is there twice, first at 1:2"},
      {"{\"sprint-seconds\": \"20\"}",
       "c.json:1:20: sprint-seconds: a number is wanted, not a text"},
      {"{\"sprint-seconds\": 1}",
       "c.json:1:20: sprint-seconds: '1' is not a whole number in 2..600"},
      {"{\"sprint-seconds\": 2.5}",
       "c.json:1:20: sprint-seconds: '2.5' is not a whole number in 2..600"},
      {"{\"difficulty\": -1}",
       "c.json:1:16: difficulty: '-1' is not a whole number in 1..9007199254740991"},
      {"{\"solo\": 1}", "c.json:1:10: solo: true or false is wanted, not a number"},
      {"{\"profile\": null}", "c.json:1:13: profile: a text is wanted, not null"},
      {"{\"profile\": \"tiny\"}",
       "c.json:1:13: profile: profile 'tiny' is neither nano, micro, base, large nor "
       "layers,dim,ffn"},
      {"{\"devices\": {}}", "c.json:1:13: devices: an array of texts is wanted, not an object"},
      {"{\"devices\": [true]}", "c.json:1:14: devices: a text is wanted, not true or false"},
      {"{\"devices\": [\"0,,1\"]}", "c.json:1:14: devices: '0,,1' has an empty entry"},
      {"{\"opt\": 3}", "c.json:1:9: opt: an object is wanted, not a number"},
      {"{\"opt\": [3]}", "c.json:1:10: opt: a text is wanted, not a number"},
      {"{\"opt\": [\"threads\"]}",
       "c.json:1:10: opt: option 'threads' is not of the form [scope.]key=value"},
      {"{\"opt\": {\"cpu.threads\": {}}}",
       "c.json:1:25: opt: a number or a text is wanted, not an object"},
      {"{\"pools\": {}}", "c.json:1:11: pools: an array of pools is wanted, not an object"},
      {"{\"pools\": [1]}",
       "c.json:1:12: pools: an object with url, user and pass is wanted, not a number"},
      {"{\"pools\": [{}]}", "c.json:1:12: a pool without a url"},
      {"{\"pools\": [{\"user\": \"a\"}]}", "c.json:1:12: a pool without a url"},
      {"{\"pools\": [{\"url\": \"stratum+tcp://a:1\", \"usr\": \"a\"}]}",
       "c.json:1:41: unknown key 'usr'; did you mean user?"},
      {"{\"pools\": [{\"url\": \"a:0\"}]}",
       "c.json:1:20: url: pool 'a:0': the port must be 1..65535"},
      {"{\"tls-pin\": \"x\"}", "c.json:1:13: tls-pin: 'x' is not sha256//BASE64 of 32 bytes"},
      {"{\"proxy\": \"socks5://a:secret@p\"}",
       "c.json:1:11: proxy: proxy 'socks5://..@p': the port is missing: HOST:PORT"},
      {"{\"pools\": [{\"url\": \"stratum+tcp://a:1\", \"user\": \".rig\"}]}",
       "c.json:1:49: user: '.rig' has no account: write account.worker"},
  };
  for (const BadFile& file : files) {
    const auto given = parse_config("c.json", file.text);
    ASSERT_FALSE(given.ok()) << file.text;
    EXPECT_EQ(given.message(), file.error) << file.text;
    EXPECT_EQ(given.error().fault, base::Fault::kInvalid);
  }
}

}  // namespace
}  // namespace miner
