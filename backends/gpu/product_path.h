#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "backends/gpu/kernels/arguments.h"

namespace backends::gpu {

/// One way to compute the product: three kernels, product_<name>_{narrow,gate,add}, and how they
/// are launched.
struct ProductPath {
  std::string_view name;
  std::uint32_t tile_rows = 0;     ///< of activations, of one block
  std::uint32_t tile_outputs = 0;  ///< of weights
  std::uint32_t threads = 0;
  std::uint32_t shared_bytes = 0;
  /// 0: a block for each tile. Else as many blocks as the device has processors, rounded down to a
  /// multiple of this: blocks that work together, each going from tile to tile.
  std::uint32_t cluster = 0;
  std::string_view attention = "attention_dot4";  ///< the kernel that goes with it
};

/// Those whose kernels all vendors share, plainest first.
std::span<const ProductPath> shared_paths();

/// Blocks of a product's launch on a device of that many processors.
std::uint32_t product_blocks(const ProductPath& path, const ProductArguments& args,
                             std::uint32_t processors);

}  // namespace backends::gpu
