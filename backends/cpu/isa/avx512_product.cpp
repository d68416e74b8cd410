#include "backends/cpu/isa/avx512.h"
#include "backends/cpu/isa/avx512_epilogue.h"
#include "backends/cpu/isa/block_pair.h"

namespace backends::cpu::avx512 {
namespace {

// A tile is 8 rows by two blocks of outputs: 16 registers of sums, two of weights, one of
// activations, of 32. A line of weights then serves 8 rows: 128 bytes of weights come from the L2
// cache for each 16 multiply-accumulates, of which the best cores start two in a cycle, so it has
// to give 16 bytes a cycle; with the loads of activations (10 for 16) two load ports suffice.
constexpr std::size_t kTileRows = 8;

struct Tile {
  __m512i sums[kTileRows][2];
};

/// The sums of a tile from `row` on; `row` is a multiple of 8.
SPRINT_AVX512_INLINE Tile sum_tile(const Product& p, const BlockPair& pair, NextPair& next,
                                   std::size_t row) {
  Tile t;
#pragma GCC unroll 8
  for (std::size_t r = 0; r < kTileRows; ++r) {
    t.sums[r][0] = load(pair.corrections[0]);
    t.sums[r][1] = load(pair.corrections[1]);
  }
  const std::int8_t* w0 = pair.weights[0];
  const std::int8_t* w1 = pair.weights[1];
  const std::uint8_t* a = p.activations + tiled_offset(row, 0, p.inputs);
  for (std::size_t column = 0; column < p.inputs; column += kTileColumns, a += kTileBytes) {
    for (std::size_t i = 0; i < kTileColumns; i += kLineInputs, w0 += 64, w1 += 64) {
      const __m512i line0 = load(w0);
      const __m512i line1 = load(w1);
#pragma GCC unroll 8
      for (std::size_t r = 0; r < kTileRows; ++r) {
        const __m512i activations = broadcast4(a + r * kTileColumns + i);
        t.sums[r][0] = dot4(t.sums[r][0], activations, line0);
        t.sums[r][1] = dot4(t.sums[r][1], activations, line1);
      }
    }
    next.fetch_step();
  }
  return t;
}

static_assert(POC_TOKENS % kTileRows == 0);

}  // namespace

SPRINT_AVX512 void product_narrow(const Product& p, std::int8_t* out, std::size_t stride) {
  const Scale s = narrow_scale(p.factor);
  const BlockPair pair = panel_pair(p);
  NextPair next(pair, p.inputs, p.rows / kTileRows);
  for (std::size_t row = 0; row < p.rows; row += kTileRows) {
    const Tile t = sum_tile(p, pair, next, row);
    for (std::size_t r = 0; r < kTileRows; ++r) {
      std::int8_t* at = out + (row + r) * stride;
      store_narrow(s, t.sums[r][0], at);
      store_narrow(s, t.sums[r][1], at + kBlockOutputs);
    }
  }
}

SPRINT_AVX512 void product_gate(const Product& g, const Product& u, std::uint8_t* h,
                                std::size_t ffn, std::size_t column) {
  const Scale s = narrow_scale(g.factor);
  for (std::size_t b = 0; b < kPanelBlocks; ++b, column += kBlockOutputs) {
    const BlockPair pair = gate_pair(g, u, b);
    NextPair next(pair, g.inputs, g.rows / kTileRows);
    for (std::size_t row = 0; row < g.rows; row += kTileRows) {
      const Tile t = sum_tile(g, pair, next, row);
      std::uint8_t* at = h + tiled_offset(row, column, ffn);
      for (std::size_t r = 0; r < kTileRows; ++r) {
        store_gate(s, t.sums[r][0], s, t.sums[r][1], at + r * kTileColumns);
      }
    }
  }
}

SPRINT_AVX512 void product_add(const Product& p, std::int16_t* x, std::size_t stride) {
  const Scale s = add_scale(p.factor);
  const BlockPair pair = panel_pair(p);
  NextPair next(pair, p.inputs, p.rows / kTileRows);
  for (std::size_t row = 0; row < p.rows; row += kTileRows) {
    const Tile t = sum_tile(p, pair, next, row);
    for (std::size_t r = 0; r < kTileRows; ++r) {
      std::int16_t* at = x + (row + r) * stride;
      store_add(s, t.sums[r][0], at);
      store_add(s, t.sums[r][1], at + kBlockOutputs);
    }
  }
}

}  // namespace backends::cpu::avx512
