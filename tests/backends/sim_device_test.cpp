// Simulated devices: rate, memory, and what is a bug of the caller.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <set>
#include <thread>

#include "backends/api/loader.h"
#include "backends/sim/models.h"
#include "tests/backends/sim_bench.h"
#include "tests/places.h"

namespace tests {
namespace {

using backends::NonceRange;
using std::chrono::milliseconds;
using testing::HasSubstr;

const NonceRange kAll20{0, 20, poc::Target::from_difficulty(1)};

TEST(SimDevice, ARateIsNotExceeded) {
  SimBench bench({"rate=100"});
  bench.start(small_race(1));
  const base::SystemClock clock;
  const auto began = clock.now();
  const auto result = bench.run(kAll20);
  EXPECT_GE(clock.now() - began, milliseconds(195));
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->candidates.size(), 20U);
  EXPECT_GE(result->busy, milliseconds(195));
}

TEST(SimDevice, ARateIsKeptByVerificationToo) {
  SimBench bench({"rate=100"});
  const poc::RaceSpec race = small_race(1);
  bench.start(race);
  const std::vector<poc::InputKey> keys(10, poc::input_key(race, 0));
  const base::SystemClock clock;
  const auto began = clock.now();
  EXPECT_TRUE(bench.device->evaluate(race.model, keys).ok());
  EXPECT_GE(clock.now() - began, milliseconds(95));
}

TEST(SimDevice, ACancelEndsTheWaitForTheRate) {
  SimBench bench({"rate=1", "fault=slow"});  // a nonce takes ten seconds
  bench.start(small_race(1));
  ASSERT_TRUE(bench.device->enqueue(kAll20).ok());
  const base::SystemClock clock;
  const auto began = clock.now();
  std::thread other([&] {
    std::this_thread::sleep_for(milliseconds(50));
    bench.device->cancel();
  });
  const auto result = bench.device->collect();
  other.join();
  ASSERT_TRUE(result.ok());
  EXPECT_LT(result->evaluated, 20U);
  EXPECT_LT(clock.now() - began, std::chrono::seconds(5));
}

TEST(SimDevice, MoreDevicesThanItHasSlotsHaveTheirOwnAddresses) {
  backends::sim::SimBackend backend;
  ASSERT_TRUE(backend.configure(sim_options({"devices=256"}).value()).ok());
  std::set<std::string> labels;
  const auto found = backend.probe();
  ASSERT_TRUE(found.ok());
  for (const auto& info : *found) labels.insert(info.label());
  EXPECT_EQ(labels.size(), 256U);
  EXPECT_EQ(labels.count("0000:f0:00.0"), 1U);
  EXPECT_EQ(labels.count("0000:f7:1f.0"), 1U);
}

TEST(SimDevice, WithoutAddressesTheyAreNamedByIndex) {
  backends::sim::SimBackend backend;
  ASSERT_TRUE(backend.configure(sim_options({"devices=2", "pci=off"}).value()).ok());
  const auto found = backend.probe();
  ASSERT_TRUE(found.ok());
  EXPECT_EQ(found->at(1).pci_address, "");
  EXPECT_EQ(found->at(1).label(), "sim:1");
  EXPECT_EQ(found->at(1).kind, backends::DeviceKind::kSimulated);
}

TEST(SimDevice, NoneIsAReason) {
  backends::sim::SimBackend backend;
  ASSERT_TRUE(backend.configure(sim_options({"devices=0"}).value()).ok());
  const auto found = backend.probe();
  ASSERT_FALSE(found.ok());
  EXPECT_THAT(found.message(), HasSubstr("devices"));
  EXPECT_FALSE(backend.open(0, sim_options({}).value()).ok());
}

TEST(SimDevice, ModelsMustFitItsMemoryTogether) {
  SimBench bench({"memory_mb=40"});
  poc::RaceSpec race = small_race(1);
  race.model.profile = {8, 512, 1536};  // 27 MB
  poc::ModelSpec next = race.model;
  next.model_seed[0] ^= 1;
  bench.start(race);
  const auto beside = bench.device->prepare(next);
  ASSERT_FALSE(beside.ok());
  EXPECT_EQ(beside.error().fault, base::Fault::kNoMemory);
  EXPECT_TRUE(bench.run({0, 1, poc::Target::none()}).ok());
  bench.device->rest();
  EXPECT_TRUE(bench.device->prepare(next).ok());
}

/// Makes a model slice by slice, so that no clock decides how far a step gets.
void make_whole(backends::sim::Models& models, const poc::ModelSpec& spec) {
  while (!models.prepare(spec, base::SteadyTime{}).value().ready()) {
  }
}

TEST(SimModels, TheLastUsedOfTwoStays) {
  backends::sim::Models models(1 << 20);
  const poc::ModelSpec a = small_race(1).model;
  const poc::ModelSpec b = small_race(2).model;
  const poc::ModelSpec c = small_race(3).model;
  make_whole(models, a);
  make_whole(models, b);
  ASSERT_NE(models.use(a), nullptr);
  make_whole(models, c);  // in the place of b
  EXPECT_NE(models.use(a), nullptr);
  EXPECT_NE(models.use(c), nullptr);
  EXPECT_EQ(models.use(b), nullptr);
  EXPECT_EQ(models.used_bytes(), 2 * kSmall.weights_bytes());
}

TEST(SimModels, ThePinnedOneStaysThoughItWasUsedLongerAgo) {
  backends::sim::Models models(1 << 20);
  const poc::ModelSpec raced = small_race(1).model;
  make_whole(models, raced);
  models.pin(raced);
  make_whole(models, small_race(2).model);
  make_whole(models, small_race(3).model);
  EXPECT_NE(models.use(raced), nullptr);
  EXPECT_EQ(models.use(small_race(2).model), nullptr);
}

TEST(SimDevice, TheModulesSensorsAreOfTheModulesDevices) {
  auto loaded = backends::load_modules(SPRINT_MODULE_DIR);
  const auto sim = std::find_if(loaded.modules.begin(), loaded.modules.end(),
                                [](const auto& module) { return module.name == "sim"; });
  ASSERT_NE(sim, loaded.modules.end());
  ASSERT_TRUE(sim->backend->configure(sim_options({"devices=3"}).value()).ok());
  ASSERT_NE(sim->telemetry, nullptr);
  const auto devices = sim->backend->probe();
  const auto cards = sim->telemetry->cards();
  ASSERT_TRUE(devices.ok() && cards.ok());
  ASSERT_EQ(cards->size(), 3U);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(cards->at(i).label, devices->at(i).label());
    EXPECT_TRUE(sim->telemetry->sample(cards->at(i).label).ok());
  }
}

TEST(SimDeviceDeathTest, MisuseIsABug) {
  SimBench bench({});
  const poc::RaceSpec race = small_race(1);
  EXPECT_DEATH(static_cast<void>(bench.device->start(race)), "check failed");  // no weights
  EXPECT_DEATH(static_cast<void>(bench.device->collect()), "check failed");
  EXPECT_DEATH(static_cast<void>(bench.device->enqueue(kAll20)), "check failed");  // no race
  bench.start(race);
  ASSERT_TRUE(bench.device->enqueue(kAll20).ok());
  EXPECT_DEATH(static_cast<void>(bench.device->start(race)), "check failed");
  EXPECT_DEATH(static_cast<void>(bench.device->evaluate(race.model, {})), "check failed");
  EXPECT_DEATH(bench.device->rest(), "check failed");
  ASSERT_TRUE(bench.device->enqueue(kAll20).ok());
  EXPECT_DEATH(static_cast<void>(bench.device->enqueue(kAll20)), "check failed");  // a third
}

}  // namespace
}  // namespace tests
