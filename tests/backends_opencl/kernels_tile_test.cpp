#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "backends/opencl/tile.h"
#include "tests/backends_opencl/kernels_harness.h"

// Which parameters of the kernels' build go together.

namespace backends::opencl {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr GroupLimits kSmallGpu{256, 32768};
constexpr GroupLimits kAny{4096, std::uint64_t{1} << 20};

TEST(KernelTile, DefaultsAreLegal) {
  for (const Inner inner : {Inner::kFp32, Inner::kDot4, Inner::kInt}) {
    const base::Status gpu = check(default_tile(DeviceClass::kGpu, inner), kSmallGpu);
    EXPECT_TRUE(gpu.ok()) << gpu.message();
    for (const DeviceClass device : {DeviceClass::kProcessor, DeviceClass::kWideProcessor}) {
      const base::Status processor = check(default_tile(device, inner), kAny);
      EXPECT_TRUE(processor.ok()) << processor.message();
    }
  }
  for (const Tile& tile : test_tiles()) {
    const base::Status legal = check(tile, kAny);
    EXPECT_TRUE(legal.ok()) << tile_name(tile) << ": " << legal.message();
  }
}

TEST(KernelTile, IsRefusedWithAReason) {
  struct Wrong {
    std::function<void(Tile&)> change;
    const char* reason;
  };
  const Wrong wrongs[] = {
      {[](Tile& t) { t.vector = 2; }, "vector 2 "},
      {[](Tile& t) { t.vector = 0; }, "vector 0 "},
      {[](Tile& t) { t.rows = 0; }, "rows 0 "},
      {[](Tile& t) { t.rows = 72; }, "rows 72 "},
      {[](Tile& t) { t.outputs = 0; }, "outputs 0 "},
      {[](Tile& t) { t.outputs = 96; }, "outputs 96 "},
      {[](Tile& t) { t.outputs = 256; }, "outputs 256 "},
      {[](Tile& t) { t.vector = 16, t.outputs = 8; }, "outputs 8 "},
      {[](Tile& t) { t.depth = 0; }, "depth 0 "},
      {[](Tile& t) { t.depth = 24; }, "depth 24 "},
      {[](Tile& t) { t.item_rows = 0; }, "item_rows 0 "},
      {[](Tile& t) { t.item_rows = 6; }, "item_rows 6 "},
      {[](Tile& t) { t.item_rows = 12; }, "item_rows 12 "},
      {[](Tile& t) { t.item_outputs = 0; }, "item_outputs 0 "},
      {[](Tile& t) { t.item_outputs = 1; }, "item_outputs 1 "},
      {[](Tile& t) { t.item_outputs = 6; }, "item_outputs 6 "},
      {[](Tile& t) { t.depth = 1; }, "shared out"},
      {[](Tile& t) { t.norm_rows = 0; }, "norm_rows 0 "},
      {[](Tile& t) { t.norm_rows = 256; }, "norm_rows 256 "},
      {[](Tile& t) { t.norm_items = 0; }, "norm_items 0 "},
      {[](Tile& t) { t.norm_items = 24; }, "norm_items 24 "},
      {[](Tile& t) { t.head_items = 0; }, "head_items 0 "},
      {[](Tile& t) { t.head_items = 128; }, "head_items 128 "},
  };
  for (const Wrong& wrong : wrongs) {
    Tile tile = default_tile(DeviceClass::kGpu, Inner::kFp32);
    wrong.change(tile);
    const base::Status refused = check(tile, kAny);
    ASSERT_FALSE(refused.ok()) << wrong.reason;
    EXPECT_THAT(refused.message(), HasSubstr(wrong.reason));
    EXPECT_THAT(refused.message(), Not(HasSubstr("\n")));
  }
}

TEST(KernelTile, OfDot4HasWholeWords) {
  Tile tile = default_tile(DeviceClass::kGpu, Inner::kDot4);
  tile.item_outputs = 4;  // two gates: half a word of the result
  EXPECT_FALSE(check(tile, kAny).ok());
  tile = default_tile(DeviceClass::kGpu, Inner::kDot4);
  tile.vector = 8;
  EXPECT_FALSE(check(tile, kAny).ok());
}

TEST(KernelTile, IsRefusedWhereTheDeviceGrantsLess) {
  const Tile tile = default_tile(DeviceClass::kGpu, Inner::kFp32);
  EXPECT_EQ(tile.items(), 128U);
  EXPECT_TRUE(check(tile, {256, 12288}).ok());
  const base::Status items = check(tile, {255, 12288});
  ASSERT_FALSE(items.ok());
  EXPECT_THAT(items.message(), HasSubstr("256 items"));
  const base::Status local = check(tile, {256, 12287});
  ASSERT_FALSE(local.ok());
  EXPECT_THAT(local.message(), HasSubstr("12288 bytes"));
}

TEST(KernelTile, BecomesTheBuildsOptions) {
  const Tile tile = default_tile(DeviceClass::kGpu, Inner::kFp32);
  EXPECT_EQ(build_options(tile),
            "-cl-mad-enable -cl-denorms-are-zero -cl-std=CL1.2 -D INNER_FP32 -D TILE_ROWS=128 -D "
            "TILE_OUTPUTS=64 "
            "-D TILE_DEPTH=16 -D ITEM_ROWS=8 -D ITEM_OUTPUTS=8 -D VECTOR=4 -D PREFETCH=1 "
            "-D NORM_ROWS=64 -D NORM_ITEMS=256 -D HEAD_ITEMS=64 -D ITEM_BY_ITEM=0");
  const Tile khr = default_tile(DeviceClass::kGpu, Inner::kDot4, Dot4::kKhr);
  EXPECT_THAT(build_options(khr), HasSubstr("-cl-std=CL3.0 -D INNER_DOT4 -D DOT4_KHR "));
  const Tile nv = default_tile(DeviceClass::kGpu, Inner::kDot4, Dot4::kNv);
  EXPECT_THAT(build_options(nv), HasSubstr("-cl-std=CL1.2 -D INNER_DOT4 -D DOT4_NV "));
}

TEST(KernelTile, SaysWhichKernelIsExact) {
  EXPECT_EQ(product_kernel("add", 2048), "product_add");
  EXPECT_EQ(product_kernel("narrow", 2176), "product_narrow_long");
}

}  // namespace
}  // namespace backends::opencl
