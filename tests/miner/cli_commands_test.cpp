#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>

#include "tests/miner/cli_run.h"
#include "tests/places.h"

// devices, options and selftest, on the modules of the build.
namespace miner {
namespace {

using cli_run::json;
using cli_run::names;
using cli_run::Ran;
using cli_run::run;
using testing::HasSubstr;

/// A folder with the build's simulation, a file that is no module, and nothing else.
class MixedFolder : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::path(testing::TempDir()) /
              ("modules_" + std::to_string(testing::UnitTest::GetInstance()->random_seed()) + "_" +
               testing::UnitTest::GetInstance()->current_test_info()->name());
    std::filesystem::create_directories(folder_);
    std::filesystem::copy_file(std::filesystem::path(SPRINT_MODULE_DIR) / "sim.so",
                               folder_ / "sim.so",
                               std::filesystem::copy_options::overwrite_existing);
    std::ofstream(folder_ / "broken.so") << "no module";
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::filesystem::path folder_;
};

TEST(DevicesCommand, ListsEveryDeviceAsJson) {
  const Ran ran = run({"devices", "--json", "--opt", "sim.devices=3"});
  ASSERT_EQ(ran.outcome.code, ExitCode::kClean) << ran.outcome.reason;
  ASSERT_EQ(ran.lines().size(), 1U);
  const auto document = json(ran.lines()[0]);
  EXPECT_EQ(names(document), "devices unavailable");
  const auto& devices = document["devices"];
  std::set<std::string> ids;
  for (rapidjson::SizeType i = 0; i < devices.Size(); ++i) {
    EXPECT_EQ(names(devices[i]),
              "number id backend index name kind pci_address memory_bytes memory_free_bytes path "
              "note sensors");
    EXPECT_EQ(devices[i]["number"].GetUint(), i);
    ids.insert(devices[i]["id"].GetString());
  }
  EXPECT_EQ(ids.count("sim:0") + ids.count("sim:1") + ids.count("sim:2"), 3U);
  EXPECT_EQ(ids.count("sim:3"), 0U);
}

TEST(DevicesCommand, ShowsSensorsWhicheverBackendIsSelected) {
  const Ran ran = run({"devices", "--json", "--backend", "sim", "--opt",
                       "sim.missing_sensors=fan_rpm,power_watts"});
  ASSERT_EQ(ran.outcome.code, ExitCode::kClean) << ran.outcome.reason;
  const auto document = json(ran.out);
  const auto& sensors = document["devices"][0]["sensors"];
  ASSERT_TRUE(sensors.IsObject()) << ran.out;
  EXPECT_EQ(sensors["core_celsius"].GetDouble(), 35);
  EXPECT_EQ(sensors["pcie_lanes"].GetUint(), 1U);
  EXPECT_TRUE(sensors["fan_rpm"].IsNull()) << "never 0";
  EXPECT_TRUE(sensors["power_watts"].IsNull());
}

TEST(DevicesCommand, TheTableHasTheSensorsThatThereAre) {
  const Ran all = run({"devices", "--backend", "sim"});
  EXPECT_THAT(all.lines().at(0), HasSubstr("kind       temp  power  fan   note"));
  EXPECT_THAT(all.lines().at(1), HasSubstr("simulated  35 C  15 W   30 %  "));
  const Ran some = run({"devices", "--backend", "sim", "--opt",
                        "sim.missing_sensors=core_celsius,hotspot_celsius,memory_celsius,"
                        "fan_percent,fan_rpm"});
  EXPECT_THAT(some.lines().at(0), HasSubstr("kind       power  note"));
  const Ran none = run({"devices", "--backend", "sim", "--opt", "sim.missing_sensors=all"});
  EXPECT_THAT(none.lines().at(0), HasSubstr("kind       note"));
}

TEST(DevicesCommand, ShowsTheSelectedOnesInATable) {
  const Ran ran = run({"devices", "--backend", "sim", "-d", "sim:1", "--opt", "devices=2"});
  ASSERT_EQ(ran.outcome.code, ExitCode::kClean) << ran.outcome.reason;
  ASSERT_EQ(ran.lines().size(), 2U) << ran.out;
  EXPECT_THAT(ran.lines()[0], HasSubstr("id     name"));
  EXPECT_THAT(ran.lines()[1], HasSubstr("sim:1  Simulated device 1"));
  EXPECT_THAT(ran.lines()[1], HasSubstr("GiB"));
}

TEST_F(MixedFolder, AModuleThatDoesNotLoadCostsItselfOnly) {
  const Ran text = run({"devices"}, folder_.string());
  EXPECT_EQ(text.outcome.code, ExitCode::kClean);
  EXPECT_THAT(text.out, HasSubstr("sim:0"));
  EXPECT_THAT(text.out, HasSubstr("\nnot available: broken: "));

  const auto document = json(run({"devices", "--json"}, folder_.string()).out);
  ASSERT_EQ(document["unavailable"].Size(), 1U);
  EXPECT_EQ(names(document["unavailable"][0]), "backend reason");
  EXPECT_STREQ(document["unavailable"][0]["backend"].GetString(), "broken");

  const Ran named = run({"devices", "--backend", "broken"}, folder_.string());
  EXPECT_EQ(named.outcome.code, ExitCode::kNoDevice);
  EXPECT_THAT(named.outcome.reason, HasSubstr("backend broken: "));

  // Its options may stand on the command line of a rig where it loads again tomorrow.
  const Ran optioned = run({"devices", "--opt", "broken.power=3"}, folder_.string());
  EXPECT_EQ(optioned.outcome.code, ExitCode::kClean) << optioned.outcome.reason;
}

TEST_F(MixedFolder, OptionsNameTheModuleThatDoesNotLoad) {
  const auto document = json(run({"options", "--json"}, folder_.string()).out);
  ASSERT_EQ(document["unavailable"].Size(), 1U);
  EXPECT_THAT(run({"options"}, folder_.string()).out, HasSubstr("not available: broken: "));
  EXPECT_EQ(run({"options", "--backend", "broken"}, folder_.string()).outcome.code,
            ExitCode::kNoDevice);
}

TEST(DevicesCommand, AFolderThatIsNotThereIsOneLine) {
  const Ran ran = run({"devices"}, "/nonexistent/modules");
  EXPECT_EQ(ran.outcome.code, ExitCode::kClean);
  ASSERT_EQ(ran.lines().size(), 2U) << ran.out;
  EXPECT_EQ(ran.lines()[0], "no device is here");
  EXPECT_THAT(ran.lines()[1], HasSubstr("/nonexistent/modules"));
}

TEST(DevicesCommand, WrongOptionsAreRefused) {
  EXPECT_EQ(run({"devices", "--opt", "sim.devises=2"}).outcome.reason,
            "--opt sim.devises=2: sim has no such option; did you mean devices?");
  const Ran ran = run({"devices", "--opt", "sim.devices=999"});
  EXPECT_EQ(ran.outcome.code, ExitCode::kBadArguments);
  EXPECT_EQ(ran.outcome.reason, "sim: option devices: '999' is not a whole number in 0..256");
}

TEST(OptionsCommand, ListsEveryKeyWithItsRange) {
  const Ran ran = run({"options", "--json", "--backend", "sim"});
  ASSERT_EQ(ran.outcome.code, ExitCode::kClean);
  const auto document = json(ran.out);
  EXPECT_EQ(names(document), "options unavailable");
  bool devices = false;
  bool rate = false;
  for (const auto& option : document["options"].GetArray()) {
    EXPECT_EQ(names(option), "backend key scope type range default meaning");
    EXPECT_STREQ(option["backend"].GetString(), "sim");
    EXPECT_GT(option["meaning"].GetStringLength(), 0U);
    const std::string key = option["key"].GetString();
    const std::string scope = option["scope"].GetString();
    devices |= key == "devices" && scope == "backend";
    rate |= key == "rate" && scope == "device";
  }
  EXPECT_TRUE(devices);
  EXPECT_TRUE(rate);
  EXPECT_THAT(run({"options"}).out, HasSubstr("sim.devices"));
  EXPECT_EQ(run({"options", "--backend", "sin"}).outcome.reason,
            "there is no backend 'sin'; did you mean sim?");
}

TEST(SelfTestCommand, PassesOnAGoodDevice) {
  const Ran ran = run({"selftest", "--backend", "sim", "--json"});
  EXPECT_EQ(ran.outcome.code, ExitCode::kClean) << ran.outcome.reason;
  ASSERT_EQ(ran.lines().size(), 1U);
  const auto document = json(ran.lines()[0]);
  EXPECT_EQ(names(document), "backend device path passed seconds error");
  EXPECT_STREQ(document["device"].GetString(), "sim:0");
  EXPECT_TRUE(document["passed"].GetBool());
  EXPECT_TRUE(document["error"].IsNull());
}

TEST(SelfTestCommand, TellsSomeFromAll) {
  const std::vector<std::string> two = {"selftest", "--backend", "sim", "--opt", "sim.devices=2"};
  auto one_bad = two;
  one_bad.insert(one_bad.end(), {"--opt", "sim:1.fault=wrong_digest"});
  const Ran some = run(one_bad);
  EXPECT_EQ(some.outcome.code, ExitCode::kInternal);
  EXPECT_THAT(some.outcome.reason, HasSubstr("1 of 2 devices failed; sim:1: known answer"));
  ASSERT_EQ(some.lines().size(), 2U) << some.out;
  EXPECT_THAT(some.lines()[0], HasSubstr("sim:0 (reference): passed in"));
  EXPECT_THAT(some.lines()[1], HasSubstr("sim:1 (reference): FAILED: known answer"));

  auto all_bad = two;
  all_bad.insert(all_bad.end(), {"--opt", "sim:0.fault=no_open", "--opt", "sim:1.fault=lost"});
  const Ran all = run(all_bad);
  EXPECT_EQ(all.outcome.code, ExitCode::kSelfTestFailed);
  EXPECT_THAT(all.outcome.reason, HasSubstr("2 of 2 devices failed; sim:0: "));
}

TEST(SelfTestCommand, TooLittleMemoryIsNoFailedSelfTest) {
  const Ran ran = run({"selftest", "--backend", "sim", "--opt", "sim.memory_mb=10"});
  EXPECT_EQ(ran.outcome.code, ExitCode::kNoDevice);
  EXPECT_THAT(ran.outcome.reason, HasSubstr("MiB"));
}

TEST_F(MixedFolder, NoSimulationIsTestedUnnamed) {
  const Ran ran = run({"selftest"}, folder_.string());
  EXPECT_EQ(ran.outcome.code, ExitCode::kNoDevice);
  EXPECT_EQ(ran.out, "");
  EXPECT_THAT(ran.outcome.reason, HasSubstr("those that are here must be named"));
}

}  // namespace
}  // namespace miner
