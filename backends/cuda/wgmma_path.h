#pragma once

// The shape of the product by wgmma, for host and device.

#include "backends/gpu/product_path.h"

namespace backends::gpu::hopper {

constexpr std::uint32_t kTileRows = 128;
constexpr std::uint32_t kTileOutputs = 192;
constexpr std::uint32_t kStages = 5;
constexpr std::uint32_t kCluster = 2;
constexpr std::uint32_t kThreads = 384;
constexpr std::uint32_t kBytesOfA = kTileRows * 128;
constexpr std::uint32_t kBytesOfW = kTileOutputs * 128;
constexpr std::uint32_t kStageBytes = kBytesOfA + kBytesOfW;
/// Stages, two barriers for each, and what aligns them to 1024 bytes.
constexpr std::uint32_t kSharedBytes = kStages * kStageBytes + kStages * 16 + 1024;
static_assert(kSharedBytes <= 227 * 1024, "what a block may have");

constexpr ProductPath kPath{.name = "wgmma",
                            .tile_rows = kTileRows,
                            .tile_outputs = kTileOutputs,
                            .threads = kThreads,
                            .shared_bytes = kSharedBytes,
                            .cluster = kCluster,
                            .attention = "attention_matrix"};

}  // namespace backends::gpu::hopper
