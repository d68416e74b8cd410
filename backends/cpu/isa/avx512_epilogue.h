#pragma once

#include "backends/cpu/isa/avx512_ops.h"
#include "backends/cpu/isa/kernels.h"

// What becomes of 16 sums, one block of outputs, of one row: the last step of the products of the
// AVX-512 and AMX paths.
namespace backends::cpu::avx512 {

/// An epilogue's constants in registers: (sum * m + rounding) >> shift.
struct Scale {
  __m512i m;
  __m512i rounding;
  __m128i shift;
};

SPRINT_AVX512_INLINE Scale make_scale(std::int32_t m, int shift) {
  return {_mm512_set1_epi32(m), _mm512_set1_epi32(1 << (shift - 1)), _mm_cvtsi32_si128(shift)};
}
SPRINT_AVX512_INLINE Scale narrow_scale(const poc::Factor& factor) {
  return make_scale(factor.m, 14 + factor.p);
}
SPRINT_AVX512_INLINE Scale add_scale(const poc::Factor& factor) {
  return make_scale(factor.m, 9 + factor.p);
}

SPRINT_AVX512_INLINE __m512i apply(const Scale& s, __m512i sums) {
  return scale(sums, s.m, s.rounding, s.shift);
}

/// poc::narrow, stored.
SPRINT_AVX512_INLINE void store_narrow(const Scale& s, __m512i sums, std::int8_t* out) {
  store_quarter(out, clamp_bytes(apply(s, sums)));
}

/// poc::narrow in 32-bit lanes.
SPRINT_AVX512_INLINE __m512i narrow_lanes(const Scale& s, __m512i sums) {
  const __m512i limit = _mm512_set1_epi32(127);
  return _mm512_max_epi32(_mm512_min_epi32(apply(s, sums), limit), _mm512_set1_epi32(-127));
}

/// poc::gate of the narrowed sums, stored with the offset: clamp((5 * leaky(g) * u + 64) >> 7).
/// The values fit the low half of a lane; with the high half of u cleared, a multiply-add of
/// 16-bit pairs is their product.
SPRINT_AVX512_INLINE void store_gate(const Scale& g_scale, __m512i g_sums, const Scale& u_scale,
                                     __m512i u_sums, std::uint8_t* out) {
  const __m512i g = narrow_lanes(g_scale, g_sums);
  const __m512i u = _mm512_and_si512(narrow_lanes(u_scale, u_sums), _mm512_set1_epi32(0xffff));
  const __m512i leaky = _mm512_max_epi32(g, _mm512_srai_epi32(g, 2));
  const __m512i product = _mm512_madd_epi16(leaky, u);
  const __m512i five = _mm512_add_epi32(product, _mm512_slli_epi32(product, 2));
  const __m512i gated = _mm512_srai_epi32(_mm512_add_epi32(five, _mm512_set1_epi32(64)), 7);
  store_quarter(out, offset_bytes(clamp_bytes(gated)));
}

/// poc::add: x + scaled sums in 32 bits, clamped to +-32767: saturation leaves only -32768 to mend.
SPRINT_AVX512_INLINE void store_add(const Scale& s, __m512i sums, std::int16_t* x) {
  const __m512i sum = _mm512_add_epi32(_mm512_cvtepi16_epi32(load_half(x)), apply(s, sums));
  store_half(x, _mm256_max_epi16(_mm512_cvtsepi32_epi16(sum), _mm256_set1_epi16(-32767)));
}

}  // namespace backends::cpu::avx512
