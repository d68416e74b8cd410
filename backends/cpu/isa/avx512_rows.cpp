#include "backends/cpu/isa/avx512.h"
#include "backends/cpu/isa/avx512_ops.h"

namespace backends::cpu::avx512 {
namespace {

/// Adds the 32-bit lanes, read as unsigned, into eight 64-bit ones.
SPRINT_AVX512_INLINE __m512i add_wide(__m512i sums, __m512i v) {
  const __m512i even = _mm512_and_si512(v, _mm512_set1_epi64(0xffffffff));
  return _mm512_add_epi64(sums, _mm512_add_epi64(even, _mm512_srli_epi64(v, 32)));
}

/// The sum of a row's squares. A pair of squares is at most 2 * 32767^2 < 2^31.
SPRINT_AVX512_INLINE std::uint64_t sum_of_squares(const std::int16_t* x, std::size_t dim) {
  __m512i sums = _mm512_setzero_si512();
  for (std::size_t j = 0; j < dim; j += 32) {
    const __m512i v = load(x + j);
    sums = add_wide(sums, _mm512_madd_epi16(v, v));
  }
  return static_cast<std::uint64_t>(_mm512_reduce_add_epi64(sums));
}

/// 16 elements of a row, to be packed. x * multiplier + 2^16 fits 32 bits: see poc/bounds.h.
SPRINT_AVX512_INLINE __m512i norm16(const std::int16_t* x, __m512i multiplier) {
  const __m512i v = _mm512_cvtepi16_epi32(load_half(x));
  return scale(v, multiplier, _mm512_set1_epi32(1 << 16), _mm_cvtsi32_si128(17));
}

/// 64 elements of a row, clamped.
SPRINT_AVX512_INLINE __m512i norm64(const std::int16_t* x, __m512i multiplier) {
  const __m512i packed = pack_bytes(norm16(x, multiplier), norm16(x + 16, multiplier),
                                    norm16(x + 32, multiplier), norm16(x + 48, multiplier));
  return _mm512_max_epi8(packed, _mm512_set1_epi8(-127));
}

}  // namespace

SPRINT_AVX512 void norm(const std::int16_t* x, std::size_t rows, std::size_t dim, std::uint8_t* y) {
  for (std::size_t row = 0; row < rows; ++row, x += dim) {
    const std::uint64_t squares = sum_of_squares(x, dim);
    const __m512i multiplier =
        _mm512_set1_epi32(poc::norm_multiplier(squares, static_cast<std::uint32_t>(dim)));
    std::uint8_t* out = y + tiled_offset(row, 0, dim);
    for (std::size_t j = 0; j < dim; j += kTileColumns, out += kTileBytes) {
      store(out, offset_bytes(norm64(x + j, multiplier)));
    }
  }
}

}  // namespace backends::cpu::avx512
