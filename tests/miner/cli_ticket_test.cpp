#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "miner/cli/device_setup.h"
#include "tests/miner/cli_run.h"
#include "tests/places.h"

namespace miner {
namespace {

using cli_run::json;
using cli_run::names;
using cli_run::Ran;
using cli_run::run;
using testing::HasSubstr;
using Words = std::vector<std::string>;

/// A group of the vectors of the proof's page.
class TicketCommand : public testing::Test {
 protected:
  void SetUp() override {
    std::ifstream file(std::string(SPRINT_VECTORS_DIR) + "/nano.json");
    std::stringstream text;
    text << file.rdbuf();
    vectors_.Parse(text.str().c_str());
    ASSERT_FALSE(vectors_.HasParseError());
    ASSERT_GE(vectors_[0]["rows"].Size(), 4U);
  }

  const rapidjson::Value& group() const { return vectors_[0]; }

  Words line(const Words& more) const {
    Words words = {"ticket",
                   "--profile",
                   "nano",
                   "--model-seed",
                   group()["model_seed"].GetString(),
                   "--start-seed",
                   group()["start_seed"].GetString(),
                   "--identity",
                   group()["identity"].GetString(),
                   "--nonce",
                   group()["rows"][0]["nonce"].GetString()};
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }

  void expect_rows(const Ran& ran) const {
    ASSERT_EQ(ran.outcome.code, ExitCode::kClean) << ran.outcome.reason;
    const auto& rows = group()["rows"];
    const auto lines = ran.lines();
    ASSERT_EQ(lines.size(), rows.Size());
    for (rapidjson::SizeType i = 0; i < rows.Size(); ++i) {
      const auto got = json(lines[i]);
      EXPECT_EQ(names(got), "nonce digest ticket");
      for (const char* name : {"nonce", "digest", "ticket"}) {
        EXPECT_STREQ(got[name].GetString(), rows[i][name].GetString()) << name << " of row " << i;
      }
    }
  }

  std::string all_rows() const { return std::to_string(group()["rows"].Size()); }

 private:
  rapidjson::Document vectors_;
};

TEST_F(TicketCommand, ByTheReferenceEqualsTheVectors) {
  expect_rows(run(line({"--count", all_rows(), "--json"})));
}

TEST_F(TicketCommand, NeedsNoModulesWithoutADevice) {
  expect_rows(run(line({"--count", all_rows(), "--json"}), "/nonexistent/modules"));
}

TEST_F(TicketCommand, OnASimulatedDeviceEqualsTheVectors) {
  expect_rows(run(line({"--count", all_rows(), "--json", "-d", "sim:0", "--opt", "group=3"})));
}

TEST_F(TicketCommand, OnTheCpuEqualsTheVectors) {
  if (!std::filesystem::exists(std::string(SPRINT_MODULE_DIR) + "/cpu.so")) {
    GTEST_SKIP() << "the build has no CPU module";
  }
  expect_rows(run(line({"--count", all_rows(), "--json", "--backend", "cpu"})));
}

TEST_F(TicketCommand, ReadsWellAsText) {
  const Ran ran = run(line({}));
  const auto& row = group()["rows"][0];
  EXPECT_EQ(ran.out, std::string("nonce ") + row["nonce"].GetString() + "  digest " +
                         row["digest"].GetString() + "  ticket " + row["ticket"].GetString() +
                         "\n");
}

TEST_F(TicketCommand, TheLastNonceThereIs) {
  const Ran ran = run(line({"--nonce", "fffffffffffffffe", "--count", "2", "--json"}));
  ASSERT_EQ(ran.lines().size(), 2U);
  EXPECT_STREQ(json(ran.lines()[1])["nonce"].GetString(), "ffffffffffffffff");
}

TEST_F(TicketCommand, AProfileThatDoesNotFitIsRefused) {
  // The sim's device has 1 MiB; no test can know how little memory its machine has, so the
  // reference's own check is asked about the largest profile: 128 GiB.
  const Ran on_device =
      run(line({"--profile", "micro", "--backend", "sim", "--opt", "sim.memory_mb=1"}));
  EXPECT_EQ(on_device.outcome.code, ExitCode::kBadArguments);
  EXPECT_THAT(on_device.outcome.reason, HasSubstr("sim:0: "));
  EXPECT_EQ(on_device.out, "");

  const auto largest = poc::make_profile(128, 8192, 32768);
  ASSERT_TRUE(largest.ok());
  const base::Status status = check_reference_memory(*largest);
  if (status.ok()) GTEST_SKIP() << "a machine with more than 128 GiB free";
  EXPECT_EQ(status.error().fault, base::Fault::kNoMemory);
  EXPECT_THAT(status.message(), HasSubstr("its weights take 128 GiB"));
  const Ran by_reference = run(line({"--profile", "128,8192,32768"}));
  EXPECT_EQ(by_reference.outcome.code, ExitCode::kBadArguments);
}

TEST_F(TicketCommand, ADeviceThatFailsIsNamed) {
  const Ran lost = run(line({"-d", "sim:0", "--opt", "sim.fault=lost"}));
  EXPECT_EQ(lost.outcome.code, ExitCode::kInternal);
  EXPECT_THAT(lost.outcome.reason, HasSubstr("sim:0: "));
  const Ran closed = run(line({"-d", "sim:0", "--opt", "sim.fault=no_open"}));
  EXPECT_EQ(closed.outcome.code, ExitCode::kNoDevice);
  EXPECT_THAT(closed.outcome.reason, HasSubstr("sim:0: "));
}

}  // namespace
}  // namespace miner
