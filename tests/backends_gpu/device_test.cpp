// The shared host code on the emulated device: the proof's known answers from start to end, and
// what becomes of memory, cancels and a device that fails.

#include "backends/gpu/device.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "backends/api/self_test.h"
#include "base/bytes.h"
#include "poc/known_answers.h"
#include "poc/reference.h"
#include "tests/backends_gpu/emulated_driver.h"

namespace tests {
namespace {

using backends::Device;
using backends::NonceRange;
using backends::gpu::DeviceParts;
using backends::gpu::EmulatedDriver;
using backends::gpu::EmulatedMachine;
using backends::gpu::GpuDevice;
using backends::gpu::ProductPath;

constexpr poc::Profile kTiny{1, 128, 128};

poc::RaceSpec race_of(const poc::Profile& profile, std::uint8_t number) {
  poc::RaceSpec race;
  race.model.profile = profile;
  race.model.model_seed.fill(number);
  race.start_seed.fill(static_cast<std::uint8_t>(number + 1));
  return race;
}

/// A device on a machine of its own.
struct Rig {
  explicit Rig(const ProductPath& path, std::uint32_t group = 0) {
    DeviceParts parts;
    parts.info.backend = "emulated";
    parts.info.pci_address = "0000:01:00.0";
    parts.driver = std::make_unique<EmulatedDriver>(machine);
    parts.capacity = {.path = path, .processors = 2, .mac_per_second = 1e9};
    parts.group = group;
    parts.clock = &clock;
    opened =
        std::make_unique<base::Result<std::unique_ptr<Device>>>(GpuDevice::open(std::move(parts)));
  }
  Device& device() const { return *opened->value(); }

  void start(const poc::RaceSpec& race) const {
    const auto prepared = backends::prepare_fully(device(), race.model);
    ASSERT_TRUE(prepared.ok()) << prepared.message();
    const auto status = device().start(race);
    ASSERT_TRUE(status.ok()) << status.message();
  }
  backends::RangeResult run(const NonceRange& range) const {
    EXPECT_TRUE(device().enqueue(range).ok());
    auto result = device().collect();
    EXPECT_TRUE(result.ok()) << result.message();
    return result.ok() ? std::move(result).value() : backends::RangeResult{};
  }

  std::shared_ptr<EmulatedMachine> machine = std::make_shared<EmulatedMachine>();
  base::SystemClock clock;
  std::unique_ptr<base::Result<std::unique_ptr<Device>>> opened;
};

void expect_exact(const poc::RaceSpec& race, const backends::RangeResult& result) {
  const auto model = poc::ReferenceModel::make(race.model).value();
  EXPECT_EQ(result.evaluated, result.range.count);
  EXPECT_EQ(result.candidates.size(), result.range.count);  // at difficulty 1
  for (const auto& candidate : result.candidates) {
    const auto digest = poc::evaluate(model, poc::input_key(race, candidate.nonce));
    EXPECT_EQ(base::to_hex(candidate.digest), base::to_hex(digest)) << candidate.nonce;
  }
}

class GpuDevicePaths : public testing::TestWithParam<ProductPath> {};

TEST_P(GpuDevicePaths, KnownAnswers) {
  const Rig rig(GetParam());
  ASSERT_TRUE(rig.opened->ok()) << rig.opened->message();
  for (const poc::KnownAnswer& answer : poc::known_answers()) {
    if (answer.race.model.profile.dim > 128) continue;  // for real devices
    SCOPED_TRACE(answer.name);
    rig.start(answer.race);
    const auto result = rig.run({answer.nonce, 1, poc::Target::from_difficulty(1)});
    ASSERT_EQ(result.candidates.size(), 1U);
    EXPECT_EQ(base::to_hex(result.candidates[0].digest), base::to_hex(answer.digest));
  }
}

INSTANTIATE_TEST_SUITE_P(All, GpuDevicePaths,
                         testing::ValuesIn(backends::gpu::shared_paths().begin(),
                                           backends::gpu::shared_paths().end()),
                         [](const auto& subject) { return std::string(subject.param.name); });

const ProductPath& plain() {
  return backends::gpu::shared_paths().front();
}

TEST(GpuDevice, RangesOfManyGroupsComeBackWholeAndInOrder) {
  const Rig rig(plain(), 3);
  const poc::RaceSpec race = race_of(kTiny, 1);
  rig.start(race);
  ASSERT_TRUE(rig.device().enqueue({5, 10, poc::Target::from_difficulty(1)}).ok());
  ASSERT_TRUE(rig.device().enqueue({100, 1, poc::Target::from_difficulty(1)}).ok());
  for (const std::uint64_t first : {5U, 100U}) {
    const auto result = rig.device().collect();
    ASSERT_TRUE(result.ok()) << result.message();
    EXPECT_EQ(result->range.first, first);
    expect_exact(race, *result);
  }
}

TEST(GpuDevice, ACancelEndsWhatIsEnqueuedUntilTheNextStart) {
  const Rig rig(plain(), 2);
  const poc::RaceSpec race = race_of(kTiny, 3);
  rig.start(race);
  ASSERT_TRUE(rig.device().enqueue({0, 1ULL << 40, poc::Target::none()}).ok());
  rig.device().cancel();
  EXPECT_LT(rig.device().collect()->evaluated, 100U);
  EXPECT_EQ(rig.run({0, 4, poc::Target::from_difficulty(1)}).evaluated, 0U);
  rig.start(race);
  expect_exact(race, rig.run({0, 2, poc::Target::from_difficulty(1)}));
}

TEST(GpuDevice, EvaluateKeepsTheOrderOfItsKeys) {
  const Rig rig(plain(), 2);
  const poc::RaceSpec race = race_of(kTiny, 5);
  ASSERT_TRUE(backends::prepare_fully(rig.device(), race.model).ok());
  std::vector<poc::InputKey> keys;
  for (std::uint64_t nonce : {9U, 1U, 7U, 7U, 3U}) keys.push_back(poc::input_key(race, nonce));
  const auto digests = rig.device().evaluate(race.model, keys);
  ASSERT_TRUE(digests.ok()) << digests.message();
  const auto model = poc::ReferenceModel::make(race.model).value();
  ASSERT_EQ(digests->size(), keys.size());
  for (std::size_t i = 0; i < keys.size(); ++i) {
    EXPECT_EQ(base::to_hex((*digests)[i]), base::to_hex(poc::evaluate(model, keys[i])));
  }
}

TEST(GpuDevice, GroupsAreMadeSmallerWhereMemoryIsShort) {
  const Rig rig(plain(), 64);
  const poc::RaceSpec race = race_of(kTiny, 7);
  const std::uint64_t weights = race.model.profile.weights_bytes() * 2;  // rows come in whole steps
  rig.machine->set_limits({.memory_bytes = weights + (std::uint64_t{600} << 10)});
  rig.start(race);
  EXPECT_LT(rig.device().group_size(), 64U);
  EXPECT_GE(rig.device().group_size(), 1U);
  EXPECT_NE(rig.device().plan().find("nonces, not 64, for want of memory: "), std::string::npos)
      << rig.device().plan();
  expect_exact(race, rig.run({0, 2, poc::Target::from_difficulty(1)}));
}

TEST(GpuDevice, OnlyWhatIsFoundGoesOverTheBus) {
  const Rig rig(plain(), 2);
  const poc::RaceSpec race = race_of(kTiny, 8);
  EXPECT_EQ(rig.device().plan(), "");
  rig.start(race);
  EXPECT_EQ(rig.device().plan().find("groups of 2 nonces: "), 0U) << rig.device().plan();
  EXPECT_EQ(rig.device().bus_bytes(), 0U);
  rig.run({0, 6, poc::Target::none()});
  EXPECT_EQ(rig.device().bus_bytes(), 3 * sizeof(backends::gpu::Report));
  rig.run({0, 2, poc::Target::from_difficulty(1)});
  EXPECT_EQ(rig.device().bus_bytes(),
            4 * sizeof(backends::gpu::Report) + 2 * sizeof(backends::gpu::Found));
}

TEST(GpuDevice, AModelThatDoesNotFitIsNoMemoryWithNumbers) {
  const Rig rig(plain(), 1);
  rig.machine->set_limits({.memory_bytes = 50'000});
  const auto progress = rig.device().prepare(race_of(kTiny, 9).model);
  ASSERT_FALSE(progress.ok());
  EXPECT_EQ(progress.error().fault, base::Fault::kNoMemory);
  EXPECT_NE(progress.message().find("MiB"), std::string::npos) << progress.message();
}

TEST(GpuDevice, TheThirdModelTakesThePlaceOfTheOneNotRaced) {
  const Rig rig(plain(), 1);
  const poc::RaceSpec raced = race_of(kTiny, 10);
  rig.start(raced);
  for (const std::uint8_t other : {std::uint8_t{12}, std::uint8_t{14}, std::uint8_t{16}}) {
    ASSERT_TRUE(backends::prepare_fully(rig.device(), race_of(kTiny, other).model).ok());
  }
  expect_exact(raced, rig.run({0, 2, poc::Target::from_difficulty(1)}));
}

/// Pieces of a tensor, however they fall, are the whole tensor.
TEST(GpuModel, IsTheSameInSlices) {
  const auto machine = std::make_shared<EmulatedMachine>();
  EmulatedDriver driver(machine);
  ASSERT_TRUE(driver.enter().ok());
  const poc::ModelSpec spec = race_of({1, 128, 256}, 30).model;
  const auto kernel = driver.kernel("make_weights", 0);
  const auto make = [&](std::uint64_t bytes) {
    auto model = backends::gpu::Model::make(driver, spec, 0).value();
    std::uint64_t steps = 0;
    for (; !model->ready(); ++steps) {
      EXPECT_TRUE(model->make_some(*kernel, bytes).ok());
      EXPECT_LE(model->progress().done_bytes, model->progress().total_bytes);
    }
    EXPECT_TRUE(model->progress().ready());
    EXPECT_GE(steps, POC_TENSORS);
    return model;
  };
  const auto whole = make(std::uint64_t{1} << 30);
  const auto slices = make(5000);
  for (std::uint32_t t = 0; t < POC_TENSORS; ++t) {
    const auto shape = poc::tensor_shape(spec.profile, t);
    const auto one = whole->tensor(0, t);
    const auto other = slices->tensor(0, t);
    for (std::uint32_t panel = 0; panel < shape.inputs / 128; ++panel) {
      EXPECT_TRUE(std::equal(one.data + panel * one.stride,
                             one.data + panel * one.stride + shape.outputs * std::uint64_t{128},
                             other.data + panel * other.stride));
    }
  }
}

TEST(GpuDevice, ALostCardIsAnErrorAtTheNextCallThatAsksIt) {
  const Rig rig(plain(), 1);
  const poc::RaceSpec race = race_of(kTiny, 18);
  rig.start(race);
  rig.machine->lose("launch", 5);
  const auto enqueued = rig.device().enqueue({0, 3, poc::Target::none()});
  ASSERT_FALSE(enqueued.ok());
  EXPECT_EQ(enqueued.error().fault, base::Fault::kDevice);
}

/// Fault::kNoMemory from `enqueue` is answered by a rest, which asks for nothing in flight.
TEST(GpuDevice, ALaunchThatFindsNoMemoryIsAFaultOfTheCard) {
  const Rig rig(plain(), 1);
  rig.start(race_of(kTiny, 18));
  rig.machine->fail("launch", 5, base::Fault::kNoMemory);
  const auto enqueued = rig.device().enqueue({0, 3, poc::Target::none()});
  ASSERT_FALSE(enqueued.ok());
  EXPECT_EQ(enqueued.error().fault, base::Fault::kDevice);
}

TEST(GpuDevice, RestGivesAllMemoryOfModelsAndGroupsBack) {
  const Rig rig(plain(), 2);
  const poc::RaceSpec race = race_of(kTiny, 20);
  rig.start(race);
  const std::uint64_t before = rig.machine->calls("release");
  rig.device().rest();
  // Four tensors of one layer, and five buffers of a group.
  EXPECT_EQ(rig.machine->calls("release"), before + 4 + 5);
  rig.start(race);
  expect_exact(race, rig.run({0, 1, poc::Target::from_difficulty(1)}));
}

}  // namespace
}  // namespace tests
