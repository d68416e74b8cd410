// What backends/api does with any device: the self-test and verification, on simulated devices.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "backends/api/chosen_verifier.h"
#include "backends/api/device_verifier.h"
#include "backends/api/host_verifier.h"
#include "backends/api/self_test.h"
#include "poc/known_answers.h"
#include "tests/backends/sim_bench.h"

namespace tests {
namespace {

using backends::DeviceVerifier;
using base::Fault;
using testing::HasSubstr;

TEST(SelfTest, AGoodDevicePasses) {
  SimBench bench({});
  const auto status = backends::self_test(*bench.device);
  EXPECT_TRUE(status.ok()) << status.message();
}

TEST(SelfTest, AWrongAnswerIsNamed) {
  SimBench bench({"fault=wrong_digest"});
  const auto status = backends::self_test(*bench.device);
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().fault, Fault::kWrong);
  EXPECT_THAT(status.message(), HasSubstr(std::string(poc::known_answers()[0].name)));
}

TEST(SelfTest, AWrongAnswerOfARaceIsFoundToo) {
  SimBench bench({"fault=wrong_digest", "fault_after=1"});  // the first evaluate is right
  const auto status = backends::self_test(*bench.device);
  ASSERT_FALSE(status.ok());
  EXPECT_THAT(status.message(), HasSubstr("in a race"));
}

TEST(SelfTest, ANonceThatWasNotAskedForIsFound) {
  SimBench bench({"fault=bad_nonce"});
  EXPECT_FALSE(backends::self_test(*bench.device).ok());
}

TEST(SelfTest, ALostDeviceFails) {
  SimBench bench({"fault=lost", "fault_after=3"});
  const auto status = backends::self_test(*bench.device);
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().fault, Fault::kDevice);
}

TEST(SelfTest, EndsBetweenAnswersWhenCancelled) {
  SimBench bench({});
  int asked = 0;
  const auto status = backends::self_test(*bench.device, [&] { return ++asked > 1; });
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().fault, Fault::kUnavailable);
}

TEST(SelfTest, LeavesTheDeviceAtRest) {
  SimBench bench({});
  ASSERT_TRUE(backends::self_test(*bench.device).ok());
  EXPECT_EQ(bench.backend.board()->cards()[0]->memory_used(), 0U);
}

std::vector<poc::InputKey> keys_of(const poc::RaceSpec& race, std::uint64_t count) {
  std::vector<poc::InputKey> keys;
  for (std::uint64_t nonce = 0; nonce < count; ++nonce) {
    keys.push_back(poc::input_key(race, nonce));
  }
  return keys;
}

TEST(Verifier, DigestsComeInOrderWhateverTheGroup) {
  const poc::RaceSpec race = small_race(3);
  for (const char* group : {"group=1", "group=3", "group=4096"}) {
    SimBench bench({group});
    DeviceVerifier verifier(std::move(bench.device));
    const auto digests = verifier.digests(race.model, keys_of(race, 10));
    ASSERT_TRUE(digests.ok()) << digests.message();
    EXPECT_EQ(*digests, poc::ReferenceVerifier().digests(race.model, keys_of(race, 10)).value());
    EXPECT_TRUE(verifier.digests(race.model, {})->empty());
  }
}

TEST(Verifier, ModelsThatDoNotFitTogetherAreTakenInTurn) {
  SimBench bench({"memory_mb=40"});
  DeviceVerifier verifier(std::move(bench.device));
  for (const int number : {1, 2, 1}) {
    poc::RaceSpec race = small_race(static_cast<std::uint8_t>(number));
    race.model.profile = {8, 512, 1536};  // 27 MB
    EXPECT_TRUE(verifier.digests(race.model, keys_of(race, 1)).ok());
  }
}

TEST(Verifier, AModelThatNeverFitsIsAnError) {
  SimBench bench({"memory_mb=1"});
  DeviceVerifier verifier(std::move(bench.device));
  const auto digests = verifier.digests({{8, 512, 1536}, {}}, {});
  ASSERT_FALSE(digests.ok());
  EXPECT_EQ(digests.error().fault, Fault::kNoMemory);
}

TEST(Verifier, ALostDeviceSaysNothingAboutADigest) {
  SimBench bench({"fault=lost", "fault_after=5"});
  DeviceVerifier verifier(std::move(bench.device));
  const poc::RaceSpec race = small_race(3);
  const auto digests = verifier.digests(race.model, keys_of(race, 10));
  ASSERT_FALSE(digests.ok());
  EXPECT_EQ(digests.error().fault, Fault::kDevice);
}

TEST(Verifier, AnEndIsForGood) {
  SimBench bench({"rate=1", "group=2"});  // a million seconds
  DeviceVerifier verifier(std::move(bench.device));
  const poc::RaceSpec race = small_race(3);
  const std::vector<poc::InputKey> keys(1'000'000, poc::input_key(race, 0));
  std::thread other([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    verifier.end();
  });
  for (int i = 0; i < 2; ++i) {
    const auto digests = verifier.digests(race.model, keys);
    ASSERT_FALSE(digests.ok());
    EXPECT_EQ(digests.error().fault, Fault::kUnavailable);
  }
  other.join();
}

TEST(Verifier, WithoutAProcessorModuleTheReferenceVerifies) {
  const auto verifier = backends::open_host_verifier({}, 1);
  ASSERT_NE(verifier, nullptr);
  const poc::RaceSpec race = small_race(3);
  const auto digests = verifier->digests(race.model, keys_of(race, 1));
  ASSERT_TRUE(digests.ok());
  EXPECT_EQ(digests->at(0), true_digest(race, 0));
}

TEST(Verifier, IsTheOneThatIsAskedFor) {
  const poc::RaceSpec race = small_race(3);
  const auto reference = backends::open_verifier({}, "reference", 1);
  ASSERT_TRUE(reference.ok()) << reference.message();
  const auto digests = (*reference)->digests(race.model, keys_of(race, 1));
  ASSERT_TRUE(digests.ok());
  EXPECT_EQ(digests->at(0), true_digest(race, 0));
  EXPECT_TRUE(backends::open_verifier({}, "", 1).ok());
}

/// A module of which every device is under these options.
class SetBackend final : public backends::Backend {
 public:
  explicit SetBackend(const std::vector<std::string>& texts) : bench_(texts) {}
  std::string_view name() const override { return "sim"; }
  std::span<const backends::OptionSpec> options() const override { return {}; }
  base::Result<std::vector<backends::DeviceInfo>> probe() override {
    return bench_.backend.probe();
  }
  base::Result<std::unique_ptr<backends::Device>> open(std::uint32_t index,
                                                       const backends::OptionValues&) override {
    return bench_.backend.open(index, bench_.values);
  }

 private:
  SimBench bench_;
};

std::vector<backends::LoadedModule> modules_of(const std::vector<std::string>& texts) {
  std::vector<backends::LoadedModule> modules;
  modules.push_back({"sim", "", 0, std::make_unique<SetBackend>(texts), nullptr});
  return modules;
}

TEST(Verifier, ADeviceThatComputesWrongIsRefusedAsSuch) {
  auto modules = modules_of({"fault=wrong_digest"});
  const auto refused = backends::open_verifier(modules, "sim", 1);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().fault, Fault::kWrong);
  EXPECT_THAT(refused.message(), HasSubstr("'sim': known answer "));
}

TEST(Verifier, OpeningStopsWhenItIsCancelled) {
  auto modules = modules_of({});
  EXPECT_TRUE(backends::open_verifier(modules, "sim", 1, [] { return false; }).ok());
  const auto refused = backends::open_verifier(modules, "sim", 1, [] { return true; });
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().fault, Fault::kUnavailable);
}

TEST(Verifier, WhatIsNotThereIsNamed) {
  EXPECT_EQ(backends::open_verifier({}, "quda", 1).message(),
            "'quda': no such backend; there is reference");
  EXPECT_EQ(backends::open_verifier({}, "quda:x", 1).message(),
            "'quda:x': write NAME or NAME:NUMBER");
}

}  // namespace
}  // namespace tests
