#pragma once

// The tiles of the shared products, for host and device.

#include <cstdint>

#include "backends/gpu/kernels/layout.h"

namespace backends::gpu {

constexpr std::uint32_t kDot4Rows = 64;
constexpr std::uint32_t kDot4Outputs = 128;
constexpr std::uint32_t kDot4Threads = 128;
constexpr std::uint32_t kDot4SharedBytes = (kDot4Rows + kDot4Outputs) * kPanelRowBytes;

constexpr std::uint32_t kMatrixThreads = 256;

/// A tile of eight warps, each of warp_rows x 64.
struct MatrixShape {
  std::uint32_t rows;
  std::uint32_t outputs;
  std::uint32_t warp_rows;
  std::uint32_t stages;  ///< panels in shared memory at a time

  constexpr std::uint32_t stage_bytes() const { return (rows + outputs) * kPanelRowBytes; }
  constexpr std::uint32_t shared_bytes() const { return stages * stage_bytes(); }
  constexpr std::uint32_t warps_down() const { return rows / warp_rows; }
};

constexpr MatrixShape kMma8{128, 128, 32, 2};       ///< 64 KiB: all that Turing gives a block
constexpr MatrixShape kMma16{128, 256, 64, 2};      ///< 96 KiB: Ampere's and Ada's gaming cards
constexpr MatrixShape kMma16Deep{128, 256, 64, 4};  ///< 192 KiB: Hopper

}  // namespace backends::gpu
