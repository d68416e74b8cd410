#pragma once

// Where the elements of a matrix lie on the device, host and device alike.
//
// Activations and weights are int8 in panels: panel p holds columns 128 p .. 128 p + 127 of every
// row, one row after the other, 128 bytes each. Within those 128 bytes the eight chunks of 16 bytes
// are exchanged: chunk c lies at place c ^ (row & 7). So any run of rows of a panel that begins at
// a multiple of eight is one piece of memory, copied as it is into shared memory, where eight rows'
// chunks of one column lie in different banks: the order that `ldmatrix` likes and that the
// "128-byte swizzle" of wgmma's descriptors names.
//
//   panel 0                      panel 1
//   row 0  c0 c1 c2 ... c7       row 0  c0 c1 ...       c: 16 bytes
//   row 1  c1 c0 c3 ... c6       row 1  c1 c0 ...
//   row 2  c2 c3 c0 ... c5
//
// Rows of weights (outputs) are exchanged within each 64, so that the 16 sums which a thread of a
// matrix instruction holds for one row of activations are 16 neighbours of the result. The
// instructions give lane l of 32 the columns 8 j + 2 (l % 4) + b, j = 0..7, b = 0..1; those places
// hold the outputs 16 (l % 4) + 2 j + b. Of the pair gate and up, each 64 places hold 32 gates (j =
// 0..3) and the 32 ups that they gate (j = 4..7): the thread has both, and makes 8 neighbours of h.

#include <cstdint>

#include "poc/core.h"

namespace backends::gpu {

constexpr std::uint32_t kPanelColumns = 128;
constexpr std::uint32_t kPanelRowBytes = 128;
constexpr std::uint32_t kChunkBytes = 16;
constexpr std::uint32_t kOutputGroup = 64;  ///< places within which outputs are exchanged
/// Rows of a matrix are a multiple of it on the device, so that no tile reaches past the end.
constexpr std::uint32_t kRowStep = 256;

/// An int8 matrix in panels.
struct Panels {
  std::uint8_t* data;
  std::uint64_t stride;  ///< bytes from a panel to the next: its rows times 128
};

/// Bytes from the panel's start to chunk `chunk` (0..7) of `row`.
POC_HD constexpr std::uint32_t chunk_offset(std::uint32_t row, std::uint32_t chunk) {
  return row * kPanelRowBytes + (chunk ^ (row & 7)) * kChunkBytes;
}

/// Bytes from the matrix's start to (row, column).
POC_HD constexpr std::uint64_t panel_offset(std::uint64_t stride, std::uint32_t row,
                                            std::uint32_t column) {
  const std::uint32_t in_panel = column % kPanelColumns;
  return column / kPanelColumns * stride + chunk_offset(row, in_panel / kChunkBytes) +
         in_panel % kChunkBytes;
}

/// The place among the rows of a weight matrix of output `n`.
POC_HD constexpr std::uint32_t output_place(std::uint32_t n) {
  const std::uint32_t r = n % kOutputGroup;
  return n - r + r % 16 / 2 * 8 + r / 16 * 2 + r % 2;
}

/// The place of output `n` of the tensor gate-and-up: n < ffn is a gate, the others are ups.
POC_HD constexpr std::uint32_t gate_up_place(std::uint32_t n, std::uint32_t ffn) {
  const std::uint32_t up = n < ffn ? 0 : 1;
  const std::uint32_t i = n - up * ffn;
  const std::uint32_t r = i % 32;
  return i / 32 * kOutputGroup + (r % 8 / 2 + 4 * up) * 8 + r / 8 * 2 + r % 2;
}

/// Rows of the residual x, int16, have their chunks of eight neighbours exchanged within each 64
/// columns: a thread of a matrix instruction, with columns 16 q .. 16 q + 15, then writes chunk 2 q
/// in one instruction beside its neighbours' 2 q + 2 ..., and all odd ones in the next: whole
/// sectors. The place of chunk `chunk` (columns 8 chunk ..) among the row's chunks.
POC_HD constexpr std::uint32_t x_chunk_place(std::uint32_t chunk) {
  return chunk / 8 * 8 + chunk % 2 * 4 + chunk % 8 / 2;
}
/// The first column of the chunk at `place`.
POC_HD constexpr std::uint32_t x_chunk_column(std::uint32_t place) {
  return place / 8 * kOutputGroup + place % 4 * 16 + place % 8 / 4 * 8;
}

/// `rows` rounded up to a multiple of `step`.
POC_HD constexpr std::uint32_t round_up(std::uint32_t rows, std::uint32_t step) {
  return (rows + step - 1) / step * step;
}

}  // namespace backends::gpu
