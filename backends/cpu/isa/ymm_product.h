// The three products with 256-bit registers, once for all paths that have these. A path's file
// includes this inside its own namespace, where it has named its instruction set (SPRINT_YMM,
// SPRINT_YMM_INLINE, SPRINT_YMM_ALONE) and how it adds four products of bytes in each lane:
// multiply_accumulate. The other operations are those of avx2_ops.h.

// Each path has these definitions once, in a namespace of its own.
// NOLINTBEGIN(misc-definitions-in-headers)

namespace {

// A tile is 4 rows by 16 outputs: 8 registers of sums, 2 of weights, 1 of activations, 1 of ones,
// and room for what is under way, within 16. A line of weights (64 bytes) is loaded once for 4
// rows, so the loads hide behind the multiplies, of which the cores in question start two in a
// cycle: the bound is 32 multiply-accumulates in a cycle where one takes three instructions, 64
// where it takes one.
constexpr std::size_t kTileRows = 4;

/// One row's sums of outputs 0..7 and 8..15.
struct RowSums {
  __m256i low;
  __m256i high;
};

struct Tile {
  RowSums rows[kTileRows];
};

/// One line of weights with four activations of a row.
SPRINT_YMM_INLINE void accumulate(RowSums& sums, const std::uint8_t* four, __m256i low,
                                  __m256i high) {
  const __m256i activations = broadcast4(four);
  sums.low = multiply_accumulate(sums.low, activations, low);
  sums.high = multiply_accumulate(sums.high, activations, high);
}

/// The sums of a tile, one block of the panel by four rows from `row` on. Rows are written out and
/// the function stands alone because only so do all compilers at all levels of optimisation keep
/// every sum in a register: inlined into its callers, gcc 12 spills one, and the loop waits for
/// memory.
SPRINT_YMM_ALONE Tile sum_tile(const Product& p, std::size_t row, std::size_t block) {
  const std::int8_t* w = p.weights + block * kBlockOutputs * p.inputs;
  const std::int32_t* corrections = p.corrections + block * kBlockOutputs;
  const RowSums start = {load(corrections), load(corrections + 8)};
  RowSums r0 = start;
  RowSums r1 = start;
  RowSums r2 = start;
  RowSums r3 = start;
  const std::uint8_t* a = p.activations + tiled_offset(row, 0, p.inputs);
  for (std::size_t column = 0; column < p.inputs; column += kTileColumns, a += kTileBytes) {
    for (std::size_t i = 0; i < kTileColumns; i += kLineInputs, w += 64) {
      const __m256i low = load(w);
      const __m256i high = load(w + 32);
      accumulate(r0, a + i, low, high);
      accumulate(r1, a + kTileColumns + i, low, high);
      accumulate(r2, a + 2 * kTileColumns + i, low, high);
      accumulate(r3, a + 3 * kTileColumns + i, low, high);
    }
  }
  return {{r0, r1, r2, r3}};
}

/// An epilogue's constants in registers: (sum * m + rounding) >> shift.
struct Scale {
  __m256i m;
  __m256i rounding;
  __m128i shift;
};

SPRINT_YMM_INLINE Scale make_scale(std::int32_t m, int shift) {
  return {_mm256_set1_epi32(m), _mm256_set1_epi32(1 << (shift - 1)), _mm_cvtsi32_si128(shift)};
}

SPRINT_YMM_INLINE __m256i apply(const Scale& s, __m256i sums) {
  return scale(sums, s.m, s.rounding, s.shift);
}

/// x + scaled sums in 32 bits, then clamped to +-32767: saturation leaves only -32768 to mend.
SPRINT_YMM_INLINE __m256i add_row(const Scale& s, __m256i x, const RowSums& sums) {
  const __m256i low = _mm256_add_epi32(widen_low(x), apply(s, sums.low));
  const __m256i high = _mm256_add_epi32(widen_high(x), apply(s, sums.high));
  return _mm256_max_epi16(pack_words(low, high), _mm256_set1_epi16(-32767));
}

/// A row narrowed, as 16-bit values in order: -128 is left where the clamp makes it -127.
SPRINT_YMM_INLINE __m256i narrow_words(const Scale& s, const RowSums& sums) {
  return pack_words(apply(s, sums.low), apply(s, sums.high));
}

/// A row narrowed and clamped, as 16-bit values in order.
SPRINT_YMM_INLINE __m256i clamped_words(const Scale& s, const RowSums& sums) {
  const __m256i limit = _mm256_set1_epi16(127);
  const __m256i low = _mm256_set1_epi16(-127);
  return _mm256_max_epi16(_mm256_min_epi16(narrow_words(s, sums), limit), low);
}

/// 16 elements: clamp((5 * leaky(g) * u + 64) >> 7). leaky * u fits 16 bits; paired with a one it
/// is multiplied by (5, 64) and added in one instruction. Unpack and pack undo each other's order.
SPRINT_YMM_INLINE __m128i gate16(__m256i g, __m256i u) {
  const __m256i leaky = _mm256_max_epi16(g, _mm256_srai_epi16(g, 2));
  const __m256i gated = _mm256_mullo_epi16(leaky, u);
  const __m256i one = _mm256_set1_epi16(1);
  const __m256i five_and_rounding = _mm256_set1_epi32(64 << 16 | 5);
  const __m256i low = _mm256_madd_epi16(_mm256_unpacklo_epi16(gated, one), five_and_rounding);
  const __m256i high = _mm256_madd_epi16(_mm256_unpackhi_epi16(gated, one), five_and_rounding);
  return clamp_bytes(_mm256_packs_epi32(_mm256_srai_epi32(low, 7), _mm256_srai_epi32(high, 7)));
}

}  // namespace

SPRINT_YMM void product_narrow(const Product& p, std::int8_t* out, std::size_t stride) {
  const Scale s = make_scale(p.factor.m, 14 + p.factor.p);
  for (std::size_t block = 0; block < kPanelBlocks; ++block, out += kBlockOutputs) {
    for (std::size_t row = 0; row < p.rows; row += kTileRows) {
      const Tile tile = sum_tile(p, row, block);
      for (std::size_t r = 0; r < kTileRows; ++r) {
        store_half(out + (row + r) * stride, clamp_bytes(narrow_words(s, tile.rows[r])));
      }
    }
  }
}

SPRINT_YMM void product_gate(const Product& g, const Product& u, std::uint8_t* h, std::size_t ffn,
                             std::size_t column) {
  const Scale s = make_scale(g.factor.m, 14 + g.factor.p);
  for (std::size_t block = 0; block < kPanelBlocks; ++block, column += kBlockOutputs) {
    for (std::size_t row = 0; row < g.rows; row += kTileRows) {
      const Tile g_tile = sum_tile(g, row, block);
      const Tile u_tile = sum_tile(u, row, block);
      for (std::size_t r = 0; r < kTileRows; ++r) {
        const __m128i gated =
            gate16(clamped_words(s, g_tile.rows[r]), clamped_words(s, u_tile.rows[r]));
        store_half(h + tiled_offset(row + r, column, ffn), offset_bytes(gated));
      }
    }
  }
}

SPRINT_YMM void product_add(const Product& p, std::int16_t* x, std::size_t stride) {
  const Scale s = make_scale(p.factor.m, 9 + p.factor.p);
  for (std::size_t block = 0; block < kPanelBlocks; ++block, x += kBlockOutputs) {
    for (std::size_t row = 0; row < p.rows; row += kTileRows) {
      const Tile tile = sum_tile(p, row, block);
      for (std::size_t r = 0; r < kTileRows; ++r) {
        std::int16_t* at = x + (row + r) * stride;
        store(at, add_row(s, load(at), tile.rows[r]));
      }
    }
  }
}

// NOLINTEND(misc-definitions-in-headers)
