#pragma once

// Small named instruction sequences that the files of the AVX2 path share.
//
// The instruction set is asked for by function (the attribute below), not by file (-mavx2). With a
// flag, every inline function that such a file happens to instantiate, ours or the library's, would
// be compiled with AVX2; the linker keeps one copy of each, maybe that one, and the program would
// die on an old machine in a place that has nothing to do with this path. With the attribute,
// out-of-line copies stay plain, while the same functions inlined here use AVX2. Lambdas and
// library algorithms do not inherit the attribute: there are none here.

#include <immintrin.h>

#include <cstdint>
#include <cstring>

#define SPRINT_AVX2 __attribute__((target("avx2")))
#define SPRINT_AVX2_INLINE __attribute__((target("avx2"), always_inline)) static inline
#define SPRINT_AVX2_ALONE __attribute__((target("avx2"), noinline)) static

namespace backends::cpu::avx2 {

SPRINT_AVX2_INLINE __m256i load(const void* at) {
  return _mm256_loadu_si256(static_cast<const __m256i*>(at));
}

SPRINT_AVX2_INLINE void store(void* at, __m256i v) {
  _mm256_storeu_si256(static_cast<__m256i*>(at), v);
}

SPRINT_AVX2_INLINE __m128i load_half(const void* at) {
  return _mm_loadu_si128(static_cast<const __m128i*>(at));
}

SPRINT_AVX2_INLINE void store_half(void* at, __m128i v) {
  _mm_storeu_si128(static_cast<__m128i*>(at), v);
}

/// Four bytes in each of the eight lanes.
SPRINT_AVX2_INLINE __m256i broadcast4(const void* at) {
  std::int32_t word;
  std::memcpy(&word, at, sizeof(word));
  return _mm256_set1_epi32(word);
}

/// 16 signed bytes as 16-bit values.
SPRINT_AVX2_INLINE __m256i widen_bytes(const std::int8_t* at) {
  return _mm256_cvtepi8_epi16(load_half(at));
}

/// 16-bit values 0..7 as 32-bit values.
SPRINT_AVX2_INLINE __m256i widen_low(__m256i v) {
  return _mm256_cvtepi16_epi32(_mm256_castsi256_si128(v));
}

/// 16-bit values 8..15 as 32-bit values.
SPRINT_AVX2_INLINE __m256i widen_high(__m256i v) {
  return _mm256_cvtepi16_epi32(_mm256_extracti128_si256(v, 1));
}

/// Sums of neighbouring 16-bit pairs.
SPRINT_AVX2_INLINE __m256i pair_sums(__m256i v) {
  return _mm256_madd_epi16(v, _mm256_set1_epi16(1));
}

/// Two times eight 32-bit values as 16 of 16 bits, in order, saturated. The pack works in halves:
/// its quarters come out as 0 2 1 3.
SPRINT_AVX2_INLINE __m256i pack_words(__m256i low, __m256i high) {
  return _mm256_permute4x64_epi64(_mm256_packs_epi32(low, high), 0xd8);
}

/// 16 values of 16 bits, in order, clamped to -127..127: saturation leaves only -128 to mend.
SPRINT_AVX2_INLINE __m128i clamp_bytes(__m256i v) {
  const __m128i packed = _mm_packs_epi16(_mm256_castsi256_si128(v), _mm256_extracti128_si256(v, 1));
  return _mm_max_epi8(packed, _mm_set1_epi8(-127));
}

/// Signed bytes as stored for a product: + 128, which is the top bit flipped.
SPRINT_AVX2_INLINE __m128i offset_bytes(__m128i v) {
  return _mm_xor_si128(v, _mm_set1_epi8(-128));
}

/// v * m + rounding >> shift, in 32 bits.
SPRINT_AVX2_INLINE __m256i scale(__m256i v, __m256i m, __m256i rounding, __m128i shift) {
  return _mm256_sra_epi32(_mm256_add_epi32(_mm256_mullo_epi32(v, m), rounding), shift);
}

}  // namespace backends::cpu::avx2
