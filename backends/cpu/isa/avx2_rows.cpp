#include "backends/cpu/isa/avx2.h"
#include "backends/cpu/isa/avx2_ops.h"

namespace backends::cpu::avx2 {
namespace {

/// Adds the 32-bit lanes, read as unsigned, into four 64-bit ones.
SPRINT_AVX2_INLINE __m256i add_wide(__m256i sums, __m256i v) {
  const __m256i even = _mm256_and_si256(v, _mm256_set1_epi64x(0xffffffff));
  return _mm256_add_epi64(sums, _mm256_add_epi64(even, _mm256_srli_epi64(v, 32)));
}

/// The sum of a row's squares. A pair of squares is at most 2 * 32767^2 < 2^31.
SPRINT_AVX2_INLINE std::uint64_t sum_of_squares(const std::int16_t* x, std::size_t dim) {
  __m256i sums = _mm256_setzero_si256();
  for (std::size_t j = 0; j < dim; j += 16) {
    const __m256i v = load(x + j);
    sums = add_wide(sums, _mm256_madd_epi16(v, v));
  }
  std::uint64_t lanes[4];
  store(lanes, sums);
  return lanes[0] + lanes[1] + lanes[2] + lanes[3];
}

/// 16 elements of a row. x * multiplier + 2^16 fits 32 bits: see poc/bounds.h.
SPRINT_AVX2_INLINE __m128i norm16(__m256i x, __m256i multiplier) {
  const __m256i rounding = _mm256_set1_epi32(1 << 16);
  const __m128i shift = _mm_cvtsi32_si128(17);
  const __m256i low = scale(widen_low(x), multiplier, rounding, shift);
  const __m256i high = scale(widen_high(x), multiplier, rounding, shift);
  return clamp_bytes(pack_words(low, high));
}

}  // namespace

SPRINT_AVX2 void norm(const std::int16_t* x, std::size_t rows, std::size_t dim, std::uint8_t* y) {
  for (std::size_t row = 0; row < rows; ++row, x += dim) {
    const std::uint64_t squares = sum_of_squares(x, dim);
    const __m256i multiplier =
        _mm256_set1_epi32(poc::norm_multiplier(squares, static_cast<std::uint32_t>(dim)));
    for (std::size_t j = 0; j < dim; j += 16) {
      store_half(y + tiled_offset(row, j, dim), offset_bytes(norm16(load(x + j), multiplier)));
    }
  }
}

}  // namespace backends::cpu::avx2
