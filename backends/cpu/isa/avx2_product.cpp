#include "backends/cpu/isa/avx2.h"
#include "backends/cpu/isa/avx2_ops.h"

namespace backends::cpu::avx2 {
namespace {

// A tile is 4 rows by 16 outputs: 8 registers of sums, 2 of weights, 1 of activations, 1 of ones,
// and room for what is under way, within 16. A line of weights (64 bytes) is loaded once for 4
// rows, so the loads (6 of 30 instructions) hide behind the multiplies, of which the cores in
// question start two in a cycle: 32 multiply-accumulates in a cycle is the bound.
constexpr std::size_t kTileRows = 4;

/// One row's sums of outputs 0..7 and 8..15.
struct RowSums {
  __m256i low;
  __m256i high;
};

struct Tile {
  RowSums rows[kTileRows];
};

/// Adds four products in each lane. The 16-bit pair sums do not saturate: see poc/bounds.h.
SPRINT_AVX2_INLINE __m256i multiply_accumulate(__m256i sums, __m256i activations, __m256i weights) {
  return _mm256_add_epi32(sums, pair_sums(_mm256_maddubs_epi16(activations, weights)));
}

/// One line of weights with four activations of a row.
SPRINT_AVX2_INLINE void accumulate(RowSums& sums, const std::uint8_t* four, __m256i low,
                                   __m256i high) {
  const __m256i activations = broadcast4(four);
  sums.low = multiply_accumulate(sums.low, activations, low);
  sums.high = multiply_accumulate(sums.high, activations, high);
}

/// The sums of a tile from row `row` on. Rows are written out and the function stands alone because
/// only so do all compilers at all levels of optimisation keep every sum in a register: inlined
/// into its callers, gcc 12 spills one, and the loop waits for memory.
SPRINT_AVX2_ALONE Tile sum_tile(const Product& p, std::size_t row) {
  const std::uint8_t* a = p.activations + row * p.inputs;
  const std::int8_t* w = p.weights;
  const RowSums start = {load(p.corrections), load(p.corrections + 8)};
  RowSums r0 = start;
  RowSums r1 = start;
  RowSums r2 = start;
  RowSums r3 = start;
  for (std::size_t i = 0; i < p.inputs; i += kLineInputs, w += 64) {
    const __m256i low = load(w);
    const __m256i high = load(w + 32);
    accumulate(r0, a + i, low, high);
    accumulate(r1, a + p.inputs + i, low, high);
    accumulate(r2, a + 2 * p.inputs + i, low, high);
    accumulate(r3, a + 3 * p.inputs + i, low, high);
  }
  return {{r0, r1, r2, r3}};
}

/// An epilogue's constants in registers: (sum * m + rounding) >> shift.
struct Scale {
  __m256i m;
  __m256i rounding;
  __m128i shift;
};

SPRINT_AVX2_INLINE Scale make_scale(std::int32_t m, int shift) {
  return {_mm256_set1_epi32(m), _mm256_set1_epi32(1 << (shift - 1)), _mm_cvtsi32_si128(shift)};
}

SPRINT_AVX2_INLINE __m256i apply(const Scale& s, __m256i sums) {
  return scale(sums, s.m, s.rounding, s.shift);
}

/// x + scaled sums in 32 bits, then clamped to +-32767: saturation leaves only -32768 to mend.
SPRINT_AVX2_INLINE __m256i add_row(const Scale& s, __m256i x, const RowSums& sums) {
  const __m256i low = _mm256_add_epi32(widen_low(x), apply(s, sums.low));
  const __m256i high = _mm256_add_epi32(widen_high(x), apply(s, sums.high));
  return _mm256_max_epi16(pack_words(low, high), _mm256_set1_epi16(-32767));
}

}  // namespace

SPRINT_AVX2 void product_narrow(const Product& p, std::int8_t* out, std::size_t stride) {
  const Scale s = make_scale(p.factor.m, 14 + p.factor.p);
  for (std::size_t row = 0; row < p.rows; row += kTileRows) {
    const Tile tile = sum_tile(p, row);
    for (std::size_t r = 0; r < kTileRows; ++r) {
      const __m256i words = pack_words(apply(s, tile.rows[r].low), apply(s, tile.rows[r].high));
      store_half(out + (row + r) * stride, clamp_bytes(words));
    }
  }
}

SPRINT_AVX2 void product_add(const Product& p, std::int16_t* x, std::size_t stride) {
  const Scale s = make_scale(p.factor.m, 9 + p.factor.p);
  for (std::size_t row = 0; row < p.rows; row += kTileRows) {
    const Tile tile = sum_tile(p, row);
    for (std::size_t r = 0; r < kTileRows; ++r) {
      std::int16_t* at = x + (row + r) * stride;
      store(at, add_row(s, load(at), tile.rows[r]));
    }
  }
}

}  // namespace backends::cpu::avx2
