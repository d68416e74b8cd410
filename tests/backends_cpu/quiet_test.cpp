// Between the beginning and the end of a range no thread allocates, and none takes a lock but to
// begin and to end.

#include <gtest/gtest.h>

#include "backends/api/self_test.h"
#include "backends/cpu/backend.h"
#include "tests/backends_cpu/counted.h"
#include "tests/backends_cpu/models.h"

namespace backends::cpu {
namespace {

/// What happens while `device` computes `count` nonces, none of which is a candidate.
counted::Counts counts_of(Device& device, std::uint64_t count) {
  EXPECT_TRUE(device.enqueue({0, count, poc::Target::none()}).ok());
  counted::begin();
  const auto result = device.collect();
  const counted::Counts counts = counted::end();
  EXPECT_EQ(result.value().evaluated, count);
  return counts;
}

TEST(Quiet, AHundredGroupsAllocateNothingAndLockNoMoreThanOne) {
  CpuBackend backend;
  const std::vector<OptionAssignment> settings = {{"", "threads", "2"}, {"", "group", "2"}};
  const auto options = resolve_options(backend.options(), settings).value();
  const auto device = backend.open(0, options).value();
  const poc::RaceSpec race{model_spec("nano"), {}, {}};
  ASSERT_TRUE(prepare_fully(*device, race.model).ok());
  ASSERT_TRUE(device->start(race).ok());
  counts_of(*device, 4);  // whatever is made at first use
  const counted::Counts one_each = counts_of(*device, 4);
  const counted::Counts hundreds = counts_of(*device, 404);  // 202 groups
  EXPECT_EQ(one_each.allocations, 0);
  EXPECT_EQ(hundreds.allocations, 0);
  EXPECT_NE(one_each.locks, 0) << "they are counted";
  // The caller to begin and to end, the other thread to end its part and to wait before and after.
  EXPECT_LE(hundreds.locks, 5);
}

}  // namespace
}  // namespace backends::cpu
