#pragma once

// In which order the tiles of a product are computed.

#include <cstdint>

#include "poc/core.h"

namespace backends::gpu {

/// A tile's number along the rows of activations and along the outputs.
struct Tile {
  std::uint32_t row;
  std::uint32_t output;
};

/// Rows of tiles that are computed together: tiles under way at one time then share both their
/// activations and their weights in the cache, of which a whole row or column would not fit.
constexpr std::uint32_t kRasterRows = 8;

/// Tile `index` of rows x outputs tiles: bands of kRasterRows rows, along the outputs, in each
/// column down the band.
POC_HD constexpr Tile tile_at(std::uint32_t index, std::uint32_t rows, std::uint32_t outputs) {
  const std::uint32_t band = index / (kRasterRows * outputs);
  const std::uint32_t in_band = index % (kRasterRows * outputs);
  const std::uint32_t left = rows - band * kRasterRows;
  const std::uint32_t height = left < kRasterRows ? left : kRasterRows;
  return {band * kRasterRows + in_band % height, in_band / height};
}

/// The same, from the last to the first if `backward`.
POC_HD constexpr Tile tile_at(std::uint32_t index, std::uint32_t rows, std::uint32_t outputs,
                              bool backward) {
  return tile_at(backward ? rows * outputs - 1 - index : index, rows, outputs);
}

}  // namespace backends::gpu
