// The host's part of a device, on a card that computes nothing: what is launched, waited for and
// read, and what becomes of faults.

#include <algorithm>
#include <cstring>

#include "poc/core.h"
#include "poc/params.h"
#include "tests/backends_opencl/device_bench.h"

namespace backends::opencl {
namespace {

using testing::ElementsAre;

template <class T>
T argument(const FakeLaunch& launch, std::size_t index) {
  T value{};
  EXPECT_EQ(launch.arguments.at(index).size(), sizeof value);
  std::memcpy(&value, launch.arguments.at(index).data(), sizeof value);
  return value;
}

/// Of a kernel's launches those of the last group: from the last on whose first item, that
/// argument, is 0.
std::vector<FakeLaunch> last_group(const std::vector<FakeLaunch>& launches, std::size_t index) {
  const auto begin = std::find_if(launches.rbegin(), launches.rend(), [&](const FakeLaunch& one) {
    return argument<cl_uint>(one, index) == 0;
  });
  return {begin == launches.rend() ? launches.end() : begin.base() - 1, launches.end()};
}

class DeviceTest : public FakeCard {};

TEST_F(DeviceTest, LaunchesAForwardPassInOrder) {
  const auto device = racing(parts(), race_on(kSmall));
  fake_.launches.clear();
  ASSERT_TRUE(device->enqueue({5, 16, poc::Target::none()}).ok());
  ASSERT_TRUE(device->collect().ok());
  std::vector<std::string> names;
  for (const FakeLaunch& launch : fake_.launches) names.push_back(launch.kernel);
  EXPECT_THAT(names, ElementsAre("make_keys", "make_input",  //
                                 "norm", "product_narrow", "attention", "product_add", "norm",
                                 "product_gate", "product_add",  //
                                 "norm", "product_narrow", "attention", "product_add", "norm",
                                 "product_gate", "product_add",  //
                                 "norm", "hash_rows", "make_tickets"));
}

TEST_F(DeviceTest, GivesKernelsTheirArguments) {
  const auto device = racing(parts(), race_on(kSmall));
  const Tile tile = parts().tile;
  fake_.launches.clear();
  ASSERT_TRUE(device->enqueue({5, 16, poc::Target::from_difficulty(3)}).ok());
  ASSERT_TRUE(device->collect().ok());
  const std::uint32_t rows = 16 * POC_TOKENS;
  const auto keys = launches_of("make_keys").at(0);
  EXPECT_EQ(argument<cl_ulong>(keys, 2), 5U);
  EXPECT_EQ(argument<cl_uint>(keys, 3), 0U);
  EXPECT_EQ(argument<cl_uint>(keys, 4), 16U);
  const auto gate = launches_of("product_gate").at(0);
  EXPECT_EQ(gate.groups, rows / tile.rows * (2 * kSmall.ffn / tile.outputs));
  EXPECT_EQ(gate.items, tile.items());
  EXPECT_EQ(argument<cl_uint>(gate, 3), 0U);
  EXPECT_EQ(argument<cl_uint>(gate, 4), rows);
  EXPECT_EQ(argument<cl_uint>(gate, 5), kSmall.ffn);
  EXPECT_EQ(argument<cl_uint>(gate, 6), kSmall.dim);
  const auto factor = poc::factor(kSmall.dim, POC_GAIN_NARROW);
  EXPECT_EQ(argument<cl_int>(gate, 7), factor.m);
  EXPECT_EQ(argument<cl_int>(gate, 8), factor.p);
  const auto down = launches_of("product_add").at(1);
  EXPECT_EQ(argument<cl_uint>(down, 5), kSmall.dim);
  EXPECT_EQ(argument<cl_uint>(down, 6), kSmall.ffn);
  EXPECT_EQ(argument<cl_uint8>(launches_of("make_tickets").at(0), 5).s[0], 0x55555555U);
}

TEST_F(DeviceTest, TakesTheKernelForManyInputsWhereTheyAreMany) {
  const auto device = racing(parts(), race_on({1, 128, 2176}));
  ASSERT_TRUE(device->enqueue({0, 1, poc::Target::none()}).ok());
  ASSERT_TRUE(device->collect().ok());
  EXPECT_EQ(launches_of("product_add").size(), 1U);
  EXPECT_EQ(launches_of("product_add_long").size(), 1U);
}

TEST_F(DeviceTest, MakesEveryBlockOfTheWeightsOnce) {
  const auto device = open(parts());
  const poc::ModelSpec model = race_on({2, 256, 384}).model;
  ASSERT_TRUE(prepare_fully(*device, model).ok());
  std::uint64_t blocks = 0;
  std::uint32_t next = 0;
  for (const FakeLaunch& launch : launches_of("make_weights")) {
    const auto first = argument<cl_uint>(launch, 6);
    EXPECT_TRUE(first == next || first == 0) << first;
    next = first + argument<cl_uint>(launch, 7);
    blocks += argument<cl_uint>(launch, 7);
  }
  EXPECT_EQ(blocks * 64, model.profile.weights_bytes());
}

TEST_F(DeviceTest, RangesAreCutIntoGroupsAndComeBackInOrder) {
  const auto device = racing(parts(), race_on(kSmall));
  ASSERT_TRUE(device->enqueue({100, 40, poc::Target::none()}).ok());
  ASSERT_TRUE(device->enqueue({1000, 1, poc::Target::none()}).ok());
  const auto first = device->collect();
  ASSERT_TRUE(first.ok()) << failure(first);
  EXPECT_EQ(first->range.first, 100U);
  EXPECT_EQ(first->evaluated, 40U);
  const auto second = device->collect();
  ASSERT_TRUE(second.ok()) << failure(second);
  EXPECT_EQ(second->evaluated, 1U);
  std::vector<std::uint64_t> counts;
  for (const FakeLaunch& launch : launches_of("make_keys")) {
    counts.push_back(argument<cl_uint>(launch, 4));
  }
  EXPECT_THAT(counts, ElementsAre(16, 16, 8, 1));
}

TEST_F(DeviceTest, EvaluatesKeysInGroups) {
  const auto device = open(parts());
  const poc::RaceSpec race = race_on(kSmall);
  ASSERT_TRUE(prepare_fully(*device, race.model).ok());
  const std::vector<poc::InputKey> keys(20);
  const auto digests = device->evaluate(race.model, keys);
  ASSERT_TRUE(digests.ok()) << failure(digests);
  EXPECT_EQ(digests->size(), 20U);
  EXPECT_TRUE(launches_of("make_keys").empty());
  EXPECT_EQ(launches_of("make_tickets").size(), 2U);
}

TEST_F(DeviceTest, ALaunchIsNoLongerThanItMayBe) {
  DeviceParts wanted = parts();
  wanted.longest_launch = std::chrono::milliseconds(10);
  wanted.group = 64;
  const poc::Profile wide{4, 512, 1024};
  const auto device = racing(std::move(wanted), race_on(wide));
  ASSERT_TRUE(device->enqueue({0, 256, poc::Target::none()}).ok());
  fake_.nanos_per_group = 1'000'000;
  fake_.launches.clear();
  ASSERT_TRUE(device->collect().ok());
  // Once it is known how long they take, ten groups at most; attention to whole nonces' heads.
  const auto products = launches_of("product_gate");
  ASSERT_GT(products.size(), 8U);
  const std::size_t known = products.size() / 2;
  for (std::size_t i = known; i < products.size(); ++i) EXPECT_LE(products[i].groups, 10U) << i;
  std::size_t next = 0;
  for (const FakeLaunch& launch : products) {
    const std::size_t first = argument<cl_uint>(launch, 3);
    EXPECT_TRUE(first == next || first == 0);
    next = first + launch.groups;
  }
  const auto heads = launches_of("attention");
  ASSERT_GT(heads.size(), 8U);
  for (std::size_t i = heads.size() / 2; i < heads.size(); ++i) EXPECT_LE(heads[i].groups, 12U);
}

TEST_F(DeviceTest, LaunchesOfEveryKernelAreCut) {
  DeviceParts wanted = parts();
  wanted.longest_launch = std::chrono::milliseconds(5);
  wanted.group = 2048;
  fake_.nanos_per_group = 1'000'000;
  const auto device = racing(std::move(wanted), race_on(kSmall));
  const auto weights = launches_of("make_weights");
  for (std::size_t i = weights.size() / 2; i < weights.size(); ++i) {
    EXPECT_LE(weights[i].groups, 5U);
  }
  const std::uint32_t nonces = 2048;
  ASSERT_TRUE(device->enqueue({0, 2 * nonces, poc::Target::none()}).ok());
  ASSERT_TRUE(device->collect().ok());
  const std::uint32_t rows = nonces * POC_TOKENS;
  const std::map<std::string, std::pair<std::size_t, std::uint32_t>> items_of = {
      {"make_keys", {3, nonces}},
      {"make_input", {2, rows * kSmall.dim / 64}},
      {"hash_rows", {2, rows}},
      {"make_tickets", {3, nonces}}};
  for (const auto& [kernel, wish] : items_of) {
    SCOPED_TRACE(kernel);
    std::size_t next = 0;
    for (const FakeLaunch& launch : last_group(launches_of(kernel), wish.first)) {
      EXPECT_LE(launch.groups, 5U);
      EXPECT_EQ(argument<cl_uint>(launch, wish.first), next);
      next += launch.groups * launch.items;
    }
    EXPECT_EQ(next, wish.second) << "of the second group, all";
  }
}

TEST_F(DeviceTest, AListThatIsMadeInPartsIsWhole) {
  DeviceParts wanted = parts();
  wanted.longest_launch = std::chrono::milliseconds(1);
  wanted.group = 256;
  fake_.nanos_per_group = 1'000'000;
  const auto device = racing(std::move(wanted), race_on(kSmall));
  ASSERT_TRUE(device->enqueue({0, 200, poc::Target::none()}).ok());
  ASSERT_TRUE(device->collect().ok());  // and learns how long launches take
  fake_.launches.clear();
  ASSERT_TRUE(device->enqueue({1000, 200, poc::Target::from_difficulty(1)}).ok());
  const auto result = device->collect();
  ASSERT_TRUE(result.ok()) << failure(result);
  ASSERT_EQ(result->candidates.size(), 200U);
  for (std::size_t i = 0; i < 200; ++i) EXPECT_EQ(result->candidates[i].nonce, 1000 + i);
  EXPECT_EQ(launches_of("make_tickets").size(), 4U);
}

TEST_F(DeviceTest, TheQueueHoldsLittle) {
  const auto device = racing(parts(), race_on(kSmall));
  fake_.nanos_per_group = 5'000'000;
  ASSERT_TRUE(device->enqueue({0, 64, poc::Target::none()}).ok());
  ASSERT_TRUE(device->collect().ok());  // and learns how long launches take
  fake_.most_events = 0;
  ASSERT_TRUE(device->enqueue({64, 64, poc::Target::none()}).ok());
  ASSERT_TRUE(device->collect().ok());
  EXPECT_LE(fake_.most_events, 8) << "launches of 5 ms and more, 30 ms ahead";
}

TEST_F(DeviceTest, WhatACancelWaitsForIsBounded) {
  // Groups of 3 ms: 30 ms of launches or one longer launch, and 8 ms of weights, which round up.
  for (const auto& [longest_ms, most_ms] : {std::pair{20U, 39U}, std::pair{60U, 69U}}) {
    DeviceParts wanted = parts();
    wanted.group = 1024;
    wanted.longest_launch = std::chrono::milliseconds(longest_ms);
    fake_.nanos_per_group = 3'000'000;
    const auto device = racing(std::move(wanted), race_on(kSmall));
    ASSERT_TRUE(device->enqueue({0, 1024, poc::Target::none()}).ok());
    ASSERT_TRUE(device->collect().ok());  // and learns how long launches take
    fake_.most_queued_nanos = 0;
    ASSERT_TRUE(device->enqueue({0, 1024, poc::Target::none()}).ok());
    ASSERT_TRUE(prepare_fully(*device, race_on(kSmall, 2).model).ok());
    ASSERT_TRUE(device->collect().ok());
    EXPECT_GT(fake_.most_queued_nanos, 20'000'000U);
    EXPECT_LE(fake_.most_queued_nanos, std::uint64_t{1'000'000} * most_ms);
  }
}

TEST_F(DeviceTest, ACancelLeavesTheRestUndone) {
  const auto device = racing(parts(), race_on(kSmall));
  ASSERT_TRUE(device->enqueue({0, std::uint64_t{1} << 40, poc::Target::none()}).ok());
  ASSERT_TRUE(device->enqueue({0, std::uint64_t{1} << 40, poc::Target::none()}).ok());
  device->cancel();
  for (int i = 0; i < 2; ++i) {
    const auto result = device->collect();
    ASSERT_TRUE(result.ok()) << failure(result);
    EXPECT_LT(result->evaluated, 1000U);
  }
  ASSERT_TRUE(device->start(race_on(kSmall)).ok());
  ASSERT_TRUE(device->enqueue({0, 33, poc::Target::none()}).ok());
  EXPECT_EQ(device->collect()->evaluated, 33U);
}

TEST_F(DeviceTest, AnEvaluateBetweenDoesNotBringACancelledRaceBack) {
  const auto device = racing(parts(), race_on(kSmall));
  device->cancel();
  const std::vector<poc::InputKey> keys(1);
  ASSERT_TRUE(device->evaluate(race_on(kSmall).model, keys).ok());
  ASSERT_TRUE(device->enqueue({0, std::uint64_t{1} << 40, poc::Target::none()}).ok());
  EXPECT_EQ(device->collect()->evaluated, 0U);
}

TEST_F(DeviceTest, LittleGoesOverTheBus) {
  DeviceParts wanted = parts();
  wanted.group = 1024;
  const auto device = racing(std::move(wanted), race_on(kSmall));
  const std::uint64_t before = device->bus_bytes().value();
  ASSERT_TRUE(device->enqueue({0, 100 * 1024, poc::Target::none()}).ok());
  ASSERT_TRUE(device->collect().ok());
  EXPECT_EQ(*device->bus_bytes() - before, 100U * 256);
  EXPECT_EQ(fake_.read_bytes, 100U * 256);
}

TEST_F(DeviceTest, ALongListIsReadToItsEnd) {
  DeviceParts wanted = parts();
  wanted.group = 64;
  const auto device = racing(std::move(wanted), race_on(kSmall));
  ASSERT_TRUE(device->enqueue({1000, 100, poc::Target::from_difficulty(1)}).ok());
  const auto result = device->collect();
  ASSERT_TRUE(result.ok()) << failure(result);
  ASSERT_EQ(result->candidates.size(), 100U);
  for (std::size_t i = 0; i < 100; ++i) EXPECT_EQ(result->candidates[i].nonce, 1000 + i);
}

TEST_F(DeviceTest, ADeviceLostInMidRangeIsAFaultThatNamesItAndTheCall) {
  for (const char* call : {"clWaitForEvents", "clEnqueueNDRangeKernel", "clEnqueueReadBuffer",
                           "clEnqueueFillBuffer", "clFlush", "clSetKernelArg"}) {
    auto device = racing(parts(), race_on(kSmall));
    fake_.answers[call] = {CL_OUT_OF_RESOURCES, 3};
    auto status = device->enqueue({0, 1000, poc::Target::none()});
    if (status.ok()) {
      const auto result = device->collect();
      ASSERT_FALSE(result.ok()) << call;
      status = result.error();
    }
    EXPECT_EQ(failure(status), std::string("device: opencl:0: ") + call + ": CL_OUT_OF_RESOURCES");
    device.reset();
    EXPECT_EQ(fake_.counts, FakeCounts{}) << call;
    fake_.answers.clear();
  }
}

TEST_F(DeviceTest, AListThatCannotBeIsAFault) {
  const auto device = open(parts());
  const poc::RaceSpec race = race_on(kSmall);
  ASSERT_TRUE(prepare_fully(*device, race.model).ok());
  const std::vector<poc::InputKey> keys(4);
  ASSERT_TRUE(device->evaluate(race.model, keys).ok());
  fake_.finds = 5;
  EXPECT_EQ(failure(device->evaluate(race.model, keys)),
            "device: opencl:0: 5 nonces were found of 4");
  fake_.finds = 3;
  EXPECT_EQ(failure(device->evaluate(race.model, keys)),
            "device: opencl:0: 3 digests came back of 4");
}

TEST_F(DeviceTest, ClosesInMidWork) {
  auto device = racing(parts(), race_on(kSmall));
  ASSERT_TRUE(device->enqueue({0, 100, poc::Target::none()}).ok());
  ASSERT_TRUE(device->enqueue({0, 100, poc::Target::none()}).ok());
  device.reset();
  EXPECT_EQ(fake_.counts, FakeCounts{});
}

TEST_F(DeviceTest, TimesItselfWhereTheDeviceHasNoClock) {
  fake_.answers["clGetEventProfilingInfo"] = {CL_PROFILING_INFO_NOT_AVAILABLE, 0};
  const auto device = racing(parts(), race_on(kSmall));
  ASSERT_TRUE(device->enqueue({0, 64, poc::Target::none()}).ok());
  const auto result = device->collect();
  ASSERT_TRUE(result.ok()) << failure(result);
  EXPECT_GT(result->busy.count(), 0);
}

}  // namespace
}  // namespace backends::opencl
