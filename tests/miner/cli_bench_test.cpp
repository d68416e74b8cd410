#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "poc/profile.h"
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

constexpr const char* kMembers =
    "backend device path profile nonces_per_second mac_per_second weights_seconds "
    "bus_bytes_per_second checked mismatches";

/// A short run on the nano profile.
Ran bench(const Words& more) {
  Words words = {"bench", "--profile", "nano", "--seconds", "1"};
  words.insert(words.end(), more.begin(), more.end());
  return run(words);
}

TEST(BenchCommand, MeasuresWhatItHasChecked) {
  const Ran ran = bench({"--backend", "sim", "--json"});
  ASSERT_EQ(ran.outcome.code, ExitCode::kClean) << ran.outcome.reason;
  ASSERT_EQ(ran.lines().size(), 1U);
  const auto document = json(ran.lines()[0]);
  EXPECT_EQ(names(document), kMembers);
  EXPECT_STREQ(document["backend"].GetString(), "sim");
  EXPECT_STREQ(document["device"].GetString(), "sim:0");
  EXPECT_STREQ(document["path"].GetString(), "reference");
  EXPECT_STREQ(document["profile"].GetString(), "nano");
  EXPECT_GE(document["checked"].GetUint64(), 16U);
  EXPECT_EQ(document["mismatches"].GetUint64(), 0U);
  EXPECT_GE(document["weights_seconds"].GetDouble(), 0);
  const double rate = document["nonces_per_second"].GetDouble();
  const poc::Profile nano = *poc::parse_profile("nano");
  EXPECT_GT(rate, 0);
  EXPECT_DOUBLE_EQ(document["mac_per_second"].GetDouble(),
                   rate * static_cast<double>(nano.mac_per_nonce()));
}

TEST(BenchCommand, MeasuresTheRateThatThereIs) {
  // Nothing here depends on how fast the machine is: unpaced it would be several hundred, and a
  // paced device cannot be faster than it is told to.
  const Ran ran = bench({"--backend", "sim", "--json", "--opt", "sim.rate=40"});
  ASSERT_EQ(ran.outcome.code, ExitCode::kClean) << ran.outcome.reason;
  EXPECT_LE(json(ran.out)["nonces_per_second"].GetDouble(), 60);
}

TEST(BenchCommand, AWrongDigestMeansNoRate) {
  for (const std::string every : {"1", "5"}) {
    const Ran ran = bench({"-d", "sim:0", "--json", "--opt", "sim.fault=wrong_digest", "--opt",
                           "sim.fault_every=" + every});
    EXPECT_EQ(ran.outcome.code, ExitCode::kInternal);
    EXPECT_THAT(ran.outcome.reason, HasSubstr("sim:0: "));
    EXPECT_THAT(ran.outcome.reason, HasSubstr("digests are wrong"));
    const auto document = json(ran.out);
    EXPECT_EQ(names(document), kMembers);
    EXPECT_TRUE(document["nonces_per_second"].IsNull());
    EXPECT_TRUE(document["mac_per_second"].IsNull());
    EXPECT_GE(document["mismatches"].GetUint64(), 1U);
    EXPECT_LE(document["mismatches"].GetUint64(), document["checked"].GetUint64());
  }
}

TEST(BenchCommand, ADeviceThatFailsCostsItself) {
  const Ran ran =
      bench({"--backend", "sim", "--opt", "devices=2", "--opt", "sim:0.fault=lost", "--json"});
  EXPECT_EQ(ran.outcome.code, ExitCode::kInternal);
  EXPECT_THAT(ran.outcome.reason, HasSubstr("sim:0: "));
  ASSERT_EQ(ran.lines().size(), 1U) << ran.out;
  EXPECT_STREQ(json(ran.lines()[0])["device"].GetString(), "sim:1");
  EXPECT_THAT(ran.progress, HasSubstr("bench: sim:0: "));

  EXPECT_EQ(bench({"--backend", "sim", "--opt", "fault=no_open"}).outcome.code,
            ExitCode::kNoDevice);
  EXPECT_EQ(bench({"--backend", "sim", "--opt", "fault=no_memory"}).outcome.code,
            ExitCode::kBadArguments);
}

TEST(BenchCommand, ReadsWellAsText) {
  const Ran ran = bench({"--backend", "sim"});
  EXPECT_THAT(ran.out, HasSubstr("sim:0 (reference), nano: "));
  EXPECT_THAT(ran.out, HasSubstr(" nonces/s, "));
  EXPECT_THAT(ran.out, HasSubstr(" GMAC/s; weights in "));
}

TEST(BenchCommand, TheCpuIsMeasuredTheSameWay) {
  if (!std::filesystem::exists(std::string(SPRINT_MODULE_DIR) + "/cpu.so")) {
    GTEST_SKIP() << "the build has no CPU module";
  }
  const Ran ran = bench({"--backend", "cpu", "--json"});
  ASSERT_EQ(ran.outcome.code, ExitCode::kClean) << ran.outcome.reason;
  EXPECT_EQ(json(ran.out)["mismatches"].GetUint64(), 0U);
}

}  // namespace
}  // namespace miner
