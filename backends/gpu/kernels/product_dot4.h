#pragma once

// The product by four-way dot products: what every card of the last ten years has, and the plainest
// of the tiled products. 64 rows by 128 outputs a block; each of 128 threads has four rows and the
// sixteen outputs of one quad, so that the epilogue finds them as from a matrix instruction.

#include "backends/gpu/kernels/epilogue.h"
#include "backends/gpu/kernels/raster.h"
#include "backends/gpu/kernels/shapes.h"

namespace backends::gpu {

constexpr std::uint32_t kDot4ThreadRows = 4;

/// Copies whole rows of a panel as they lie.
GPU_DEVICE void copy_rows(std::uint8_t* to, const std::uint8_t* from, std::uint32_t rows,
                          std::uint32_t threads) {
  for (std::uint32_t i = thread_index(); i < rows * 8; i += threads) {
    store_chunk(to + i * kChunkBytes, load_chunk(from + i * kChunkBytes));
  }
}

/// Adds the terms of one panel to the thread's sums.
GPU_DEVICE void add_panel_dot4(const std::uint8_t* a, const std::uint8_t* w,
                               std::uint32_t first_row, std::uint32_t first_place,
                               std::int32_t (&sums)[kDot4ThreadRows][kGroupSums]) {
  for (std::uint32_t chunk = 0; chunk < 8; ++chunk) {
    Chunk rows[kDot4ThreadRows];
    for (std::uint32_t r = 0; r < kDot4ThreadRows; ++r) {
      rows[r] = load_chunk(a + chunk_offset(first_row + r, chunk));
    }
    GPU_UNROLL
    for (std::uint32_t n = 0; n < kGroupSums; ++n) {
      const std::uint32_t place = first_place + n / 2 * 8 + n % 2;
      const Chunk weights = load_chunk(w + chunk_offset(place, chunk));
      GPU_UNROLL
      for (std::uint32_t r = 0; r < kDot4ThreadRows; ++r) {
        for (std::uint32_t i = 0; i < 4; ++i)
          sums[r][n] = dot4(rows[r].word[i], weights.word[i], sums[r][n]);
      }
    }
  }
}

template <class Epilogue>
GPU_DEVICE void product_dot4(const ProductArguments& args) {
  const Tile tile = tile_at(block_index(), (args.rows + kDot4Rows - 1) / kDot4Rows,
                            args.outputs / kDot4Outputs, args.backward);
  std::uint8_t* a = dynamic_shared();
  std::uint8_t* w = a + kDot4Rows * kPanelRowBytes;
  const std::uint32_t quad = thread_index() % 4;
  const std::uint32_t group = thread_index() / 4 % 2;
  const std::uint32_t first_row = thread_index() / 8 * kDot4ThreadRows;
  std::int32_t sums[kDot4ThreadRows][kGroupSums] = {};
  for (std::uint32_t p = 0; p < args.inputs / kPanelColumns; ++p) {
    copy_rows(a, args.a.data + p * args.a.stride + tile.row * kDot4Rows * kPanelRowBytes, kDot4Rows,
              kDot4Threads);
    copy_rows(w, args.w.data + p * args.w.stride + tile.output * kDot4Outputs * kPanelRowBytes,
              kDot4Outputs, kDot4Threads);
    block_sync();
    add_panel_dot4(a, w, first_row, group * kOutputGroup + 2 * quad, sums);
    block_sync();
  }
  const std::uint32_t output_group = tile.output * (kDot4Outputs / kOutputGroup) + group;
  GPU_UNROLL
  for (std::uint32_t r = 0; r < kDot4ThreadRows; ++r) {
    const std::uint32_t row = tile.row * kDot4Rows + first_row + r;
    const auto held = Epilogue::load(args, row, output_group, quad);
    Epilogue::store(args, row, output_group, quad, sums[r], held);
  }
}

}  // namespace backends::gpu
