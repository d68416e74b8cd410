#include "backends/opencl/paths.h"

#include "backends/opencl/plan.h"
#include "tests/backends_opencl/bench.h"

namespace backends::opencl {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

Properties card(Maker maker, const std::string& chip, std::uint32_t capability = 0) {
  Properties out;
  out.name = out.chip = chip;
  out.maker = maker;
  out.is_gpu = true;
  out.capability = capability;
  out.compute_units = 36;
  out.clock_mhz = 1300;
  out.memory_bytes = std::uint64_t{8} << 30;
  out.largest_buffer_bytes = std::uint64_t{2} << 30;
  out.local_bytes = 32 << 10;
  out.group_items = 256;
  return out;
}

std::string chosen(const Properties& properties, const std::string& path = "auto") {
  TileWishes wishes;
  wishes.path = path;
  const auto tile = choose_tile(properties, wishes);
  if (!tile.ok()) return failure(tile);
  if (tile->inner != Inner::kDot4) return path_name(tile->inner);
  constexpr const char* kNames[] = {"plain", "khr", "amd", "nv"};
  return std::string("dot4 ") + kNames[static_cast<int>(tile->dot4)];
}

TEST(OpenClPaths, Dot4WhereThereIsAnInstructionForIt) {
  EXPECT_EQ(chosen(card(Maker::kNvidia, "GeForce GTX 1080", 61)), "dot4 nv");
  EXPECT_EQ(chosen(card(Maker::kNvidia, "Tesla P100", 60)), "fp32");
  EXPECT_EQ(chosen(card(Maker::kNvidia, "GeForce GTX 980", 52)), "fp32");
  for (const char* chip : {"gfx906:sramecc+:xnack-", "gfx90a", "gfx1011", "gfx1012", "gfx1030",
                           "gfx1036", "gfx1100", "gfx1201"}) {
    EXPECT_EQ(chosen(card(Maker::kAmd, chip)), "dot4 amd") << chip;
  }
  for (const char* chip : {"Ellesmere", "gfx803", "gfx900", "gfx1010"}) {
    EXPECT_EQ(chosen(card(Maker::kAmd, chip)), "fp32") << chip;
  }
}

TEST(OpenClPaths, Dot4ByTheExtensionWhereItIsFastAndTheLanguageHasIt) {
  Properties arc = card(Maker::kOther, "Arc A770");
  arc.has_dot = true;
  arc.version = 30;
  EXPECT_EQ(chosen(arc), "fp32");
  arc.has_fast_dot = true;
  EXPECT_EQ(chosen(arc), "dot4 khr");
  arc.version = 21;
  EXPECT_EQ(chosen(arc), "fp32");
}

TEST(OpenClPaths, AnyPathRunsAnywhere) {
  const Properties polaris = card(Maker::kAmd, "Ellesmere");
  EXPECT_EQ(chosen(polaris, "dot4"), "dot4 plain");
  EXPECT_EQ(chosen(polaris, "int"), "int");
  EXPECT_EQ(chosen(card(Maker::kNvidia, "GeForce GTX 1080", 61), "fp32"), "fp32");
  EXPECT_THAT(path_names(), testing::ElementsAre("fp32", "dot4", "int"));
}

TEST(OpenClPaths, ADeviceThatGrantsLessGetsASmallerTile) {
  Properties small = card(Maker::kOther, "Small");
  small.group_items = 64;
  small.local_bytes = 16 << 10;
  for (const std::string& path : path_names()) {
    TileWishes wishes;
    wishes.path = path;
    const auto tile = choose_tile(small, wishes);
    ASSERT_TRUE(tile.ok()) << path << ": " << failure(tile);
    EXPECT_LE(tile->items(), 64U);
  }
  small.local_bytes = 1024;
  EXPECT_THAT(chosen(small), StartsWith("invalid: Small: kernel tile: "));
}

TEST(OpenClPaths, ProcessorsOfWideRegistersGetWiderVectors) {
  Properties processor = card(Maker::kOther, "pthread");
  processor.is_gpu = false;
  processor.group_items = 4096;
  processor.local_bytes = 1 << 20;
  processor.vector_ints = 8;
  EXPECT_EQ(choose_tile(processor, {})->vector, 8U);
  processor.vector_ints = 16;
  EXPECT_EQ(choose_tile(processor, {})->vector, 16U);
}

TEST(OpenClPaths, TakesWishes) {
  const Properties polaris = card(Maker::kAmd, "Ellesmere");
  TileWishes wishes;
  wishes.rows = 64;
  wishes.vector = 8;
  wishes.prefetch = "off";
  const auto tile = choose_tile(polaris, wishes);
  ASSERT_TRUE(tile.ok()) << failure(tile);
  EXPECT_EQ(tile->rows, 64U);
  EXPECT_EQ(tile->vector, 8U);
  EXPECT_FALSE(tile->prefetch);
  wishes.outputs = 100;
  EXPECT_THAT(failure(choose_tile(polaris, wishes)), HasSubstr("outputs 100 does not divide 128"));
}

constexpr poc::Profile kBase{24, 1024, 2048};

Capacity capacity() {
  return {.tile_rows = 128, .compute_units = 36, .mac_per_second = 1e12};
}

TEST(OpenClPlan, AGroupIsWholeWavesThatEndInAShortTime) {
  const poc::Profile profile{4, 512, 1024};
  const std::uint32_t wave = 36 * 128 / 16;
  const std::uint32_t group = plan_group(profile, capacity());
  EXPECT_EQ(group % wave, 0U);
  const double seconds = group * static_cast<double>(profile.mac_per_nonce()) / 1e12;
  EXPECT_LE(seconds, 0.05);
  EXPECT_GT(seconds, 0.05 - wave * static_cast<double>(profile.mac_per_nonce()) / 1e12);
}

TEST(OpenClPlan, ASlowDeviceGetsLessThanAWave) {
  Capacity slow = capacity();
  slow.mac_per_second = 1e10;
  EXPECT_EQ(plan_group(kBase, slow), 8U);
}

TEST(OpenClPlan, AGroupShrinksToItsRoom) {
  const std::uint64_t of_64 = group_bytes(kBase, 64, 128);
  EXPECT_EQ(fit_group(kBase, 288, {of_64, UINT64_MAX}, 128), 64U);
  EXPECT_EQ(fit_group(kBase, 288, {of_64 - 1, UINT64_MAX}, 128), 56U);
  EXPECT_EQ(fit_group(kBase, 288, {UINT64_MAX, largest_buffer_bytes(kBase, 64, 128)}, 128), 64U);
  EXPECT_EQ(fit_group(kBase, 288, {UINT64_MAX, UINT64_MAX}, 128), 288U);
  EXPECT_EQ(fit_group(kBase, 288, {group_bytes(kBase, 1, 128), UINT64_MAX}, 128), 1U);
  EXPECT_EQ(fit_group(kBase, 288, {1000, UINT64_MAX}, 128), 0U);
}

TEST(OpenClPlan, CountsEveryBuffer) {
  // 8 nonces are 128 rows: x, a, the wide one, hashes; then keys and three lists.
  const std::uint64_t rows = 128;
  EXPECT_EQ(group_bytes({1, 128, 512}, 8, 128),
            rows * (2 * 128 + 128 + 512 + 32) + 8 * (32 + 3 * 36));
  EXPECT_EQ(rows_of(9, 128), 256U);
}

}  // namespace
}  // namespace backends::opencl
