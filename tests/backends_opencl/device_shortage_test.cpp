// Memory that is gone when a kernel is launched, after it was there for the groups: somebody else
// took it.

#include "tests/backends_opencl/device_bench.h"

namespace backends::opencl {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

class DeviceShortageTest : public FakeCard {
 protected:
  /// On the card, with groups of 16; the call with that name will succeed so many times more.
  std::unique_ptr<OpenClDevice> racing_until(const std::string& call, int successes, int failures) {
    auto device = racing(parts(), race_);
    fake_.answers[call] = {CL_MEM_OBJECT_ALLOCATION_FAILURE, successes, failures};
    return device;
  }
  /// Finds all of a range of 100: each once.
  static void expect_all(OpenClDevice& device) {
    const auto result = device.collect();
    ASSERT_TRUE(result.ok()) << failure(result);
    EXPECT_EQ(result->evaluated, 100U);
    std::set<std::uint64_t> nonces;
    for (const Candidate& candidate : result->candidates) nonces.insert(candidate.nonce);
    EXPECT_EQ(nonces.size(), 100U);
    EXPECT_EQ(result->candidates.size(), 100U);
  }

  const poc::RaceSpec race_ = race_on(kSmall);
  const poc::Target all_ = poc::Target::from_difficulty(1);
};

TEST_F(DeviceShortageTest, GroupsShrinkAndTheRaceGoesOn) {
  const std::vector<std::pair<const char*, std::vector<int>>> calls = {
      {"clEnqueueNDRangeKernel", {0, 1, 2, 5, 30, 100}},
      {"clEnqueueFillBuffer", {0, 1, 5}},
      {"clEnqueueReadBuffer", {0}}};
  for (const auto& [call, when] : calls) {
    for (const int successes : when) {
      SCOPED_TRACE(testing::Message() << call << " after " << successes);
      const auto device = racing_until(call, successes, 1);
      ASSERT_TRUE(device->enqueue({0, 100, all_}).ok());
      ASSERT_TRUE(device->enqueue({1000, 100, all_}).ok());
      expect_all(*device);
      expect_all(*device);
      EXPECT_LE(device->group_size(), 16U);
      fake_.answers.clear();
    }
  }
}

TEST_F(DeviceShortageTest, TheGroupIsWhatFitsAndThePlanSaysSo) {
  auto device = racing_until("clEnqueueNDRangeKernel", 0, 2);
  ASSERT_TRUE(device->enqueue({0, 100, all_}).ok());
  EXPECT_EQ(device->group_size(), 4U);
  EXPECT_THAT(device->plan(), StartsWith("groups of 4 nonces, not 16, for want of memory: "));
  expect_all(*device);
  ASSERT_TRUE(device->start(race_).ok());
  EXPECT_EQ(device->group_size(), 16U) << "there is room again";
}

TEST_F(DeviceShortageTest, WhereTheSmallestGroupFindsNoneTheRaceEndsAndStartSaysWhy) {
  const auto device = racing_until("clEnqueueNDRangeKernel", 30, INT_MAX);
  ASSERT_TRUE(device->enqueue({0, 100, all_}).ok());
  ASSERT_TRUE(device->enqueue({1000, 100, all_}).ok());
  const auto first = device->collect();
  ASSERT_TRUE(first.ok()) << failure(first);
  EXPECT_GE(first->evaluated, 16U) << "what was computed till then";
  EXPECT_LT(first->evaluated, 100U);
  EXPECT_EQ(first->candidates.size(), first->evaluated);
  const auto second = device->collect();
  ASSERT_TRUE(second.ok()) << failure(second);
  EXPECT_EQ(second->evaluated, 0U);
  EXPECT_EQ(failure(device->start(race_)),
            "no memory: opencl:0: clEnqueueNDRangeKernel: CL_MEM_OBJECT_ALLOCATION_FAILURE");
  device->rest();
  fake_.answers.clear();
  ASSERT_TRUE(prepare_fully(*device, race_.model).ok());
  ASSERT_TRUE(device->start(race_).ok());
  ASSERT_TRUE(device->enqueue({0, 100, all_}).ok());
  expect_all(*device);
}

TEST_F(DeviceShortageTest, AnotherProfileIsNotToldOfIt) {
  const auto device = racing_until("clEnqueueNDRangeKernel", 0, 5);
  ASSERT_TRUE(device->enqueue({0, 1, all_}).ok());
  EXPECT_EQ(device->collect()->evaluated, 0U);
  const poc::RaceSpec other = race_on({1, 128, 128});
  ASSERT_TRUE(prepare_fully(*device, other.model).ok());
  EXPECT_TRUE(device->start(other).ok());
}

TEST_F(DeviceShortageTest, DigestsAreMadeInSmallerGroupsToo) {
  const auto device = racing_until("clEnqueueNDRangeKernel", 10, 2);
  const std::vector<poc::InputKey> keys(20);
  const auto digests = device->evaluate(race_.model, keys);
  ASSERT_TRUE(digests.ok()) << failure(digests);
  EXPECT_EQ(digests->size(), 20U);
  fake_.answers["clEnqueueNDRangeKernel"] = {CL_MEM_OBJECT_ALLOCATION_FAILURE, 0};
  EXPECT_THAT(failure(device->evaluate(race_.model, keys)), StartsWith("no memory: "));
}

TEST_F(DeviceShortageTest, WhatFailsAfterItsLaunchIsAFault) {
  for (const char* call : {"clWaitForEvents", "clFlush"}) {
    const auto device = racing_until(call, 0, INT_MAX);
    auto status = device->enqueue({0, 100, all_});
    if (status.ok()) {
      const auto result = device->collect();
      ASSERT_FALSE(result.ok()) << call;
      status = result.error();
    }
    EXPECT_THAT(failure(status), HasSubstr("device: opencl:0: ")) << call;
    fake_.answers.clear();
  }
}

}  // namespace
}  // namespace backends::opencl
