// What a device does where memory is short.

#include "tests/backends_opencl/device_bench.h"

namespace backends::opencl {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

class DeviceMemoryTest : public FakeCard {};

TEST_F(DeviceMemoryTest, ATensorLargerThanABufferMayBeIsRefusedWithNumbers) {
  card().largest_buffer_bytes = 1 << 20;
  const auto device = open(parts());
  EXPECT_EQ(failure(device->prepare(race_on({1, 1024, 1024}).model)),
            "no memory: opencl:0: a tensor's weights of profile 1,1024,1024 need 3 MiB in one "
            "piece, and the device gives at most 1 MiB at a time");
  EXPECT_TRUE(prepare_fully(*device, race_on(kSmall).model).ok());
}

TEST_F(DeviceMemoryTest, AModelThatDoesNotFitIsRefusedWithNumbers) {
  card().memory_bytes = 6 << 20;
  DeviceParts wanted = parts();
  wanted.keep_free_bytes = 1 << 20;
  const auto device = open(std::move(wanted));
  EXPECT_EQ(failure(device->prepare(race_on({1, 1024, 1024}).model)),
            "no memory: opencl:0: weights of profile 1,1024,1024 need 7 MiB: 5 of 6 MiB are left "
            "beside the 1 MiB that stay free (keep_free)");
  EXPECT_TRUE(prepare_fully(*device, race_on(kSmall).model).ok());
}

TEST_F(DeviceMemoryTest, AModelThatIsRefusedAtTheTouchGivesAllBack) {
  const auto device = open(parts());
  fake_.answers["clEnqueueFillBuffer"] = {CL_OUT_OF_RESOURCES, 5};
  EXPECT_THAT(failure(device->prepare(race_on(kSmall).model)),
              StartsWith("no memory: opencl:0: weights of profile nano need 1 MiB: "
                         "clEnqueueFillBuffer: CL_OUT_OF_RESOURCES"));
  EXPECT_EQ(card().used_bytes, 0U);
  fake_.answers.clear();
  EXPECT_TRUE(prepare_fully(*device, race_on(kSmall).model).ok());
}

TEST_F(DeviceMemoryTest, AModelThatIsNotRacedMakesRoomForANewOne) {
  const poc::Profile large{1, 512, 512};  // 1.8 MB of weights
  const poc::Profile other{1, 512, 640};  // 2 MB
  fake_.memory_limit = 3 << 20;
  const auto device = open(parts());
  ASSERT_TRUE(prepare_fully(*device, race_on(large).model).ok());
  EXPECT_TRUE(prepare_fully(*device, race_on(other).model).ok());
}

TEST_F(DeviceMemoryTest, TheModelThatIsRacedStays) {
  fake_.memory_limit = 5 << 20;
  const poc::Profile large{1, 512, 512};
  const poc::Profile other{1, 512, 640};
  const auto device = racing(parts(), race_on(large, 1));
  ASSERT_TRUE(prepare_fully(*device, race_on(large, 2).model).ok());
  EXPECT_TRUE(prepare_fully(*device, race_on(other, 3).model).ok());
  const std::uint64_t full = card().used_bytes;
  EXPECT_THAT(failure(device->prepare(race_on({3, 512, 640}, 4).model)), StartsWith("no memory: "));
  EXPECT_LT(card().used_bytes, full) << "the other one went in vain";
  ASSERT_TRUE(device->enqueue({0, 16, poc::Target::none()}).ok());
  EXPECT_TRUE(device->collect().ok());
}

TEST_F(DeviceMemoryTest, GroupsShrinkBeforeTheyAreRefused) {
  const poc::RaceSpec race = race_on({1, 512, 512});
  DeviceParts wanted = parts();
  wanted.group = 1024;
  fake_.memory_limit = 8 << 20;  // free as the card tells it, refused when it is taken
  auto device = racing(std::move(wanted), race);
  EXPECT_LT(device->group_size(), 1024U);
  EXPECT_GE(device->group_size(), 64U);
  EXPECT_THAT(device->plan(), HasSubstr(" nonces, not 1024, for want of memory: "));
  device.reset();
  fake_.memory_limit = UINT64_MAX;
  card().memory_bytes = 8 << 20;
  wanted = parts();
  wanted.group = 1024;
  device = racing(std::move(wanted), race);
  EXPECT_LT(device->group_size(), 1024U);
  EXPECT_GE(device->group_size(), 64U);
}

TEST_F(DeviceMemoryTest, ThePlanSaysWhatFitsAndWhy) {
  card().extensions = "cl_amd_device_attribute_query";
  card().free_kibibytes = 300 << 10;
  DeviceParts wanted = parts();
  wanted.keep_free_bytes = 200 << 20;
  wanted.group = 1024;
  auto device = racing(wanted, race_on({1, 512, 512}));
  const std::string plan = device->plan();
  EXPECT_EQ(plan,
            "groups of 1024 nonces: 48 MiB beside weights of 1 MiB; 100 MiB were free beside these "
            "and the 200 MiB that stay so (keep_free)");
  card().free_kibibytes = 250 << 10;
  for (std::uint64_t i = 0; i < 3; ++i) {
    ASSERT_TRUE(device->enqueue({i * 1024, 1024, poc::Target::none()}).ok());
    ASSERT_TRUE(device->collect().ok());
    EXPECT_EQ(device->plan(), plan) << "it is that of the plan's moment";
  }
  device.reset();
  device = racing(wanted, race_on({1, 512, 512}));
  EXPECT_THAT(device->plan(), HasSubstr("groups of 1024 nonces: 48 MiB beside weights of 1 MiB; "
                                        "50 MiB were free"));
  device.reset();
  card().free_kibibytes = 220 << 10;
  device = racing(wanted, race_on({1, 512, 512}));
  EXPECT_THAT(device->plan(), HasSubstr("nonces, not 1024, for want of memory: 19 MiB beside "));
}

TEST_F(DeviceMemoryTest, ThePlanSaysWhereBuffersAreSmall) {
  card().largest_buffer_bytes = 4 << 20;
  DeviceParts wanted = parts();
  wanted.group = 1024;
  const auto device = racing(std::move(wanted), race_on({1, 512, 512}));
  EXPECT_THAT(device->plan(), HasSubstr("nonces, not 1024, for want of buffers over 4 MiB: "));
}

TEST_F(DeviceMemoryTest, FreeMemoryIsAskedWhereItIsTold) {
  card().extensions = "cl_amd_device_attribute_query";
  card().free_kibibytes = 1024;
  const auto device = open(parts());
  EXPECT_THAT(failure(device->prepare(race_on({1, 1024, 1024}).model)),
              HasSubstr("1 of 8192 MiB are left"));
}

TEST_F(DeviceMemoryTest, RestGivesAllMemoryBack) {
  const auto device = racing(parts(), race_on(kSmall));
  ASSERT_TRUE(device->enqueue({0, 16, poc::Target::none()}).ok());
  ASSERT_TRUE(device->collect().ok());
  EXPECT_GT(card().used_bytes, 100'000U);
  device->rest();
  EXPECT_LE(card().used_bytes, 128U) << "all but the race's prefix";
}

}  // namespace
}  // namespace backends::opencl
