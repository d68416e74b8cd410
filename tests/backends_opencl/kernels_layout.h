#pragma once

#include <cstddef>

#include "backends/opencl/tile.h"

namespace backends::opencl {

/// How a matrix lies on the device: kernels/layout.cl.
enum class Layout {
  kActivations,
  kWeights,
  kGateUpWeights,  ///< gates, then ups
  kResidual,
};

constexpr bool is_weights(Layout layout) {
  return layout == Layout::kWeights || layout == Layout::kGateUpWeights;
}

/// The place among the outputs of weights of output `n`, gate or up: what gate_up_output of
/// kernels/layout.cl turns back.
constexpr std::size_t gate_up_place(const Tile& tile, std::size_t n, std::size_t ffn) {
  const std::size_t half = tile.item_outputs / 2;
  const std::size_t column = n % ffn;
  return column / half * tile.item_outputs + column % half + (n < ffn ? 0 : half);
}

/// Which element of a buffer has (row, column) of a matrix of rows x columns.
constexpr std::size_t place_of(const Tile& tile, Layout layout, std::size_t rows,
                               std::size_t columns, std::size_t row, std::size_t column) {
  const std::size_t width = is_weights(layout) ? tile.outputs : tile.rows;
  const std::size_t together = layout == Layout::kResidual ? 1 : tile.term_columns();
  if (layout == Layout::kGateUpWeights) row = gate_up_place(tile, row, rows / 2);
  return row / width * width * columns + column / together * width * together +
         row % width * together + column % together;
}

/// Rows of that matrix on the device: whole tiles.
constexpr std::size_t padded_rows(const Tile& tile, Layout layout, std::size_t rows) {
  const std::size_t width = is_weights(layout) ? tile.outputs : tile.rows;
  return (rows + width - 1) / width * width;
}

}  // namespace backends::opencl
