#include "backends/gpu/product_path.h"

#include <array>

#include "backends/gpu/kernels/shapes.h"

namespace backends::gpu {
namespace {

constexpr ProductPath matrix_path(std::string_view name, const MatrixShape& shape) {
  return {.name = name,
          .tile_rows = shape.rows,
          .tile_outputs = shape.outputs,
          .threads = kMatrixThreads,
          .shared_bytes = shape.shared_bytes(),
          .attention = "attention_matrix"};
}

constexpr std::array kShared = {ProductPath{.name = "dot4",
                                            .tile_rows = kDot4Rows,
                                            .tile_outputs = kDot4Outputs,
                                            .threads = kDot4Threads,
                                            .shared_bytes = kDot4SharedBytes},
                                matrix_path("mma8", kMma8), matrix_path("mma16", kMma16),
                                matrix_path("mma16deep", kMma16Deep)};

}  // namespace

std::span<const ProductPath> shared_paths() {
  return kShared;
}

std::uint32_t product_blocks(const ProductPath& path, const ProductArguments& args,
                             std::uint32_t processors) {
  const std::uint32_t down = round_up(args.rows, path.tile_rows) / path.tile_rows;
  const std::uint32_t across = round_up(args.outputs, path.tile_outputs) / path.tile_outputs;
  return path.cluster == 0 ? down * across : processors / path.cluster * path.cluster;
}

}  // namespace backends::gpu
