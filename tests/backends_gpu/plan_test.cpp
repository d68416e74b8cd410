// How many nonces are computed together, and where a matrix's elements lie.

#include "backends/gpu/plan.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "backends/gpu/kernels/layout.h"
#include "backends/gpu/kernels/raster.h"

namespace backends::gpu {
namespace {

constexpr poc::Profile kMicro{8, 512, 1536};
constexpr poc::Profile kBase{16, 2048, 6144};
constexpr poc::Profile kLargest{128, 8192, 32768};

constexpr ProductPath kPath{
    .name = "test", .tile_rows = 128, .tile_outputs = 192, .threads = 384, .cluster = 2};

Capacity capacity(std::uint32_t processors, double mac_per_second) {
  return {.path = kPath, .processors = processors, .mac_per_second = mac_per_second};
}

TEST(Plan, AWaveGivesEachProcessorOneRowOfTiles) {
  EXPECT_EQ(nonces_of_wave(capacity(132, 1)), 132U * 128 / 16);
  EXPECT_EQ(nonces_of_wave(capacity(133, 1)), 132U * 128 / 16) << "one block has no partner";
  EXPECT_EQ(nonces_of_wave(capacity(1, 1)), 16U);
}

TEST(Plan, GroupsAreWholeWavesOfAbout50Ms) {
  const Capacity fast = capacity(132, 650e12);
  const std::uint32_t wave = nonces_of_wave(fast);
  for (const poc::Profile& profile : {kMicro, kBase}) {
    const std::uint32_t group = plan_group(profile, fast);
    EXPECT_EQ(group % wave, 0U);
    const double seconds = group * static_cast<double>(profile.mac_per_nonce()) / 650e12;
    EXPECT_LE(seconds, 0.05);
    EXPECT_GE(seconds, 0.02);
  }
}

TEST(Plan, AtLeastOneWaveUnlessItTakesTooLong) {
  EXPECT_EQ(plan_group(kBase, capacity(28, 30e12)), nonces_of_wave(capacity(28, 30e12)));
  const std::uint32_t slow = plan_group(kBase, capacity(28, 3e12));
  EXPECT_LT(slow, nonces_of_wave(capacity(28, 3e12)));
  EXPECT_GE(slow, 16U);
  EXPECT_EQ(slow % 16, 0U);
  EXPECT_EQ(plan_group(kLargest, capacity(28, 1e9)), 16U);
}

TEST(Plan, GroupsShrinkToWhatFits) {
  for (const std::uint32_t wanted : {1U, 16U, 100U, 1056U}) {
    const std::uint64_t all = group_bytes(kBase, wanted);
    EXPECT_EQ(fit_group(kBase, wanted, all), wanted);
    for (const std::uint64_t bytes : {all - 1, all / 2, all / 3, std::uint64_t{1}}) {
      const std::uint32_t fitted = fit_group(kBase, wanted, bytes);
      EXPECT_LE(fitted, wanted);
      EXPECT_TRUE(fitted == 0 || group_bytes(kBase, fitted) <= bytes);
      EXPECT_TRUE(fitted != 0 || group_bytes(kBase, 1) > bytes);
    }
  }
}

TEST(Plan, TheLargestProfilesGroupDoesNotOverflow) {
  EXPECT_GT(group_bytes(kLargest, 65536), std::uint64_t{65536} * 16 * 8192 * 6);
}

/// Every place of a step of outputs is taken by one output.
TEST(Layout, OutputsArePermutedWithinTheirGroups) {
  std::set<std::uint32_t> places;
  for (std::uint32_t n = 0; n < 384; ++n) {
    EXPECT_EQ(output_place(n) / kOutputGroup, n / kOutputGroup);
    places.insert(output_place(n));
  }
  EXPECT_EQ(places.size(), 384U);
  EXPECT_EQ(*places.rbegin(), 383U);
}

TEST(Layout, AGateAndItsUpAreOfOneThread) {
  constexpr std::uint32_t kFfn = 384;
  std::set<std::uint32_t> places;
  for (std::uint32_t i = 0; i < kFfn; ++i) {
    const std::uint32_t gate = gate_up_place(i, kFfn);
    const std::uint32_t up = gate_up_place(kFfn + i, kFfn);
    EXPECT_EQ(gate / kOutputGroup, i / 32);
    EXPECT_EQ(up, gate + 32) << "four columns of eight further";
    places.insert({gate, up});
  }
  EXPECT_EQ(places.size(), 2 * kFfn);
}

/// Sixteen sums of one lane, for one row, are sixteen neighbours.
TEST(Layout, ALanesSumsAreNeighbours) {
  for (std::uint32_t quad = 0; quad < 4; ++quad) {
    for (std::uint32_t i = 0; i < 16; ++i) {
      EXPECT_EQ(output_place(16 * quad + i), 8 * (i / 2) + 2 * quad + i % 2);
    }
  }
}

TEST(Layout, ChunksOfTheResidualGoBackAndForth) {
  for (std::uint32_t chunk = 0; chunk < 48; ++chunk) {
    EXPECT_EQ(x_chunk_column(x_chunk_place(chunk)), 8 * chunk);
  }
}

/// Eight rows' chunks of one column lie in different banks of shared memory.
TEST(Layout, EightRowsOfAColumnDoNotMeet) {
  for (std::uint32_t chunk = 0; chunk < 8; ++chunk) {
    std::set<std::uint32_t> banks;
    for (std::uint32_t row = 16; row < 24; ++row) banks.insert(chunk_offset(row, chunk) % 128 / 16);
    EXPECT_EQ(banks.size(), 8U);
  }
}

TEST(Raster, EachTileComesOnceBothWays) {
  for (const auto& [rows, outputs] : {std::pair{1U, 1U}, {8U, 3U}, {13U, 5U}, {66U, 11U}}) {
    std::set<std::pair<std::uint32_t, std::uint32_t>> forward, backward;
    for (std::uint32_t i = 0; i < rows * outputs; ++i) {
      const Tile there = tile_at(i, rows, outputs, false);
      const Tile back = tile_at(rows * outputs - 1 - i, rows, outputs, true);
      EXPECT_EQ(there.row, back.row);
      EXPECT_EQ(there.output, back.output);
      EXPECT_LT(there.row, rows);
      EXPECT_LT(there.output, outputs);
      forward.insert({there.row, there.output});
    }
    EXPECT_EQ(forward.size(), std::size_t{rows} * outputs);
  }
}

}  // namespace
}  // namespace backends::gpu
