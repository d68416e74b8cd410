// What the conformance suite does not look at, on a real platform, PoCL where there is no other.
// Skipped where there is none.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "backends/api/self_test.h"
#include "backends/opencl/backend.h"
#include "tests/backends_opencl/bench.h"

namespace backends::opencl {
namespace {

using testing::SizeIs;

/// One a process: it asks the platforms in a fork, which a process can do before it used them.
struct Real {
  OpenClBackend backend;
  base::Result<std::vector<DeviceInfo>> found = backend.probe();
};
Real& real() {
  static Real real;
  return real;
}

class RealDeviceTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!real().found.ok()) GTEST_SKIP() << real().found.message();
  }
  static std::unique_ptr<Device> open(std::vector<OptionAssignment> assignments,
                                      const std::string& cache = SPRINT_OPENCL_TEST_CACHE) {
    assignments.insert(assignments.begin(), {"", "cache", cache});
    assignments.insert(assignments.begin(), {"", "keep_free", "0"});
    const auto values = resolve_options(real().backend.options(), assignments);
    EXPECT_TRUE(values.ok()) << failure(values);
    auto device = real().backend.open(0, *values);
    EXPECT_TRUE(device.ok()) << failure(device);
    return device.ok() ? std::move(device).value() : nullptr;
  }
};

TEST_F(RealDeviceTest, SaysWhatItIs) {
  const DeviceInfo& info = real().found->at(0);
  EXPECT_EQ(info.backend, "opencl");
  EXPECT_FALSE(info.name.empty());
  EXPECT_GT(info.memory_bytes, 0U);
  EXPECT_FALSE(info.note.empty());
}

TEST_F(RealDeviceTest, IsCompiledOnceAndADamagedCacheIsRebuilt) {
  const Folder folder;
  int compiled = 0;
  real().backend.tell_open_news([&](std::uint32_t, std::string_view) { ++compiled; });
  ASSERT_NE(open({}, folder.path()), nullptr);
  EXPECT_EQ(compiled, 1);
  ASSERT_THAT(folder.names(), SizeIs(1)) << "a platform that hands out its binaries";
  ASSERT_NE(open({}, folder.path()), nullptr);
  EXPECT_EQ(compiled, 1);
  const std::string file = folder.path() + "/" + folder.names()[0];
  std::filesystem::resize_file(file, std::filesystem::file_size(file) / 2);
  const auto device = open({}, folder.path());
  EXPECT_EQ(compiled, 2);
  real().backend.tell_open_news({});
  const auto status = self_test(*device);
  EXPECT_TRUE(status.ok()) << failure(status);
}

TEST_F(RealDeviceTest, AnswersAreTheSameFromTheCacheInSlicesAndInAnyGroup) {
  const std::vector<std::vector<OptionAssignment>> ways = {
      {}, {{"", "max_launch_ms", "1"}}, {{"", "max_launch_ms", "0"}, {"", "group", "3"}}};
  for (const auto& way : ways) {
    const auto device = open(way);
    const auto status = self_test(*device);
    EXPECT_TRUE(status.ok()) << failure(status);
  }
}

TEST_F(RealDeviceTest, LittleGoesOverTheBus) {
  const auto opened = open({});
  Device& device = *opened;
  poc::RaceSpec race;
  race.model.profile = {2, 128, 256};
  ASSERT_TRUE(prepare_fully(device, race.model).ok());
  ASSERT_TRUE(device.start(race).ok());
  const std::uint64_t before = device.bus_bytes().value();
  const std::uint64_t groups = 4;
  ASSERT_TRUE(device.enqueue({0, groups * device.group_size(), poc::Target::none()}).ok());
  const auto result = device.collect();
  ASSERT_TRUE(result.ok()) << failure(result);
  EXPECT_GT(result->busy.count(), 0);
  EXPECT_LE(*device.bus_bytes() - before, groups * 256);
}

}  // namespace
}  // namespace backends::opencl
