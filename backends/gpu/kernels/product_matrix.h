#pragma once

// The product by a warp's matrix instruction, 16 x 8 x 32: tiles of activations and weights go
// panel by panel into shared memory, some stages ahead; eight warps share a tile, each 64 or 32
// rows by 64 outputs of it. Written once for machines that copy in the background and for those
// that do not.

#include "backends/gpu/kernels/epilogue.h"
#include "backends/gpu/kernels/raster.h"
#include "backends/gpu/kernels/shapes.h"

namespace backends::gpu {

/// A MatrixShape as a type.
template <const MatrixShape& kShape>
struct MatrixTile {
  static constexpr std::uint32_t kRows = kShape.rows;
  static constexpr std::uint32_t kOutputs = kShape.outputs;
  static constexpr std::uint32_t kWarpRows = kShape.warp_rows;
  static constexpr std::uint32_t kStages = kShape.stages;
  static constexpr std::uint32_t kWarpsDown = kShape.warps_down();
  static constexpr std::uint32_t kStageBytes = kShape.stage_bytes();
  static_assert(kWarpsDown * (kOutputs / kOutputGroup) == kMatrixThreads / 32);
};

/// Begins to copy panel `p` of the tile into a stage.
template <class Shape>
GPU_DEVICE void fetch_panel(const ProductArguments& args, Tile tile, std::uint32_t p,
                            std::uint8_t* stage) {
  const std::uint8_t* a =
      args.a.data + p * args.a.stride + tile.row * Shape::kRows * kPanelRowBytes;
  const std::uint8_t* w =
      args.w.data + p * args.w.stride + tile.output * Shape::kOutputs * kPanelRowBytes;
  constexpr std::uint32_t kChunksOfA = Shape::kRows * 8;
  constexpr std::uint32_t kChunks = kChunksOfA + Shape::kOutputs * 8;
  static_assert(kChunksOfA % kMatrixThreads == 0 && kChunks % kMatrixThreads == 0);
  GPU_UNROLL
  for (std::uint32_t first = 0; first < kChunks; first += kMatrixThreads) {
    const std::uint32_t i = first + thread_index();
    const std::uint8_t* from =
        first < kChunksOfA ? a + i * kChunkBytes : w + (i - kChunksOfA) * kChunkBytes;
    copy_chunk(stage + i * kChunkBytes, from);
  }
}

/// A warp's part of a tile.
template <class Shape>
struct WarpTile {
  static constexpr std::uint32_t kDown = Shape::kWarpRows / 16;
  static constexpr std::uint32_t kAcross = kOutputGroup / 8;

  std::uint32_t lane;
  std::uint32_t first_row;    // within the tile
  std::uint32_t first_place;  // within the tile
  std::int32_t sums[kDown][kAcross][4];

  GPU_DEVICE WarpTile() {
    lane = thread_index() % 32;
    const std::uint32_t warp = thread_index() / 32;
    first_row = warp % Shape::kWarpsDown * Shape::kWarpRows;
    first_place = warp / Shape::kWarpsDown * kOutputGroup;
    GPU_UNROLL
    for (auto& row : sums) {
      GPU_UNROLL
      for (auto& fragment : row) {
        for (std::uint32_t i = 0; i < 4; ++i) fragment[i] = 0;
      }
    }
  }

  /// Adds 32 of a panel's columns: chunks 2 step and 2 step + 1.
  GPU_DEVICE void add(const std::uint8_t* stage, std::uint32_t step) {
    const std::uint32_t matrix = lane / 8;
    const std::uint32_t in_matrix = lane % 8;
    std::uint32_t a[kDown][4];
    GPU_UNROLL
    for (std::uint32_t i = 0; i < kDown; ++i) {
      const std::uint32_t row = first_row + 16 * i + matrix % 2 * 8 + in_matrix;
      load_matrices(stage + chunk_offset(row, 2 * step + matrix / 2), a[i]);
    }
    const std::uint8_t* weights = stage + Shape::kRows * kPanelRowBytes;
    GPU_UNROLL
    for (std::uint32_t j = 0; j < kAcross; j += 2) {
      std::uint32_t w[4];
      const std::uint32_t place = first_place + 8 * j + matrix / 2 * 8 + in_matrix;
      load_matrices(weights + chunk_offset(place, 2 * step + matrix % 2), w);
      GPU_UNROLL
      for (std::uint32_t i = 0; i < kDown; ++i) {
        multiply_16x8x32(sums[i][j], a[i], {w[0], w[1]});
        multiply_16x8x32(sums[i][j + 1], a[i], {w[2], w[3]});
      }
    }
  }

  template <class Epilogue>
  GPU_DEVICE void finish(const ProductArguments& args, Tile tile) const {
    const std::uint32_t group = (tile.output * Shape::kOutputs + first_place) / kOutputGroup;
    if (group * kOutputGroup >= args.outputs) return;
    GPU_UNROLL
    for (std::uint32_t i = 0; i < kDown; ++i) {
      GPU_UNROLL
      for (std::uint32_t half = 0; half < 2; ++half) {
        const std::uint32_t row =
            tile.row * Shape::kRows + first_row + 16 * i + 8 * half + lane / 4;
        const auto held = Epilogue::load(args, row, group, lane % 4);
        std::int32_t out[kGroupSums];
        GPU_UNROLL
        for (std::uint32_t n = 0; n < kGroupSums; ++n) out[n] = sums[i][n / 2][2 * half + n % 2];
        Epilogue::store(args, row, group, lane % 4, out, held);
      }
    }
  }
};

template <class Shape, class Epilogue>
GPU_DEVICE void product_matrix(const ProductArguments& args) {
  const Tile tile = tile_at(block_index(), (args.rows + Shape::kRows - 1) / Shape::kRows,
                            (args.outputs + Shape::kOutputs - 1) / Shape::kOutputs, args.backward);
  const std::uint32_t panels = args.inputs / kPanelColumns;
  std::uint8_t* shared = dynamic_shared();
  const auto stage = [&](std::uint32_t p) {
    return shared + p % Shape::kStages * Shape::kStageBytes;
  };
  GPU_UNROLL
  for (std::uint32_t p = 0; p + 1 < Shape::kStages; ++p) {
    if (p < panels) fetch_panel<Shape>(args, tile, p, stage(p));
    copy_commit();
  }
  WarpTile<Shape> mine;
  for (std::uint32_t p = 0; p < panels; ++p) {
    copy_wait<Shape::kStages - 2>();  // panel p is there
    block_sync();                     // for all threads; and panel p - 1's stage is free
    const std::uint32_t next = p + Shape::kStages - 1;
    if (next < panels) fetch_panel<Shape>(args, tile, next, stage(next));
    copy_commit();
    GPU_UNROLL
    for (std::uint32_t step = 0; step < 4; ++step) mine.add(stage(p), step);
  }
  mine.template finish<Epilogue>(args, tile);
}

}  // namespace backends::gpu
