#pragma once

// Small named instruction sequences that the files of the AVX-512 path share. The instruction set
// is asked for by function, for the reason given in avx2_ops.h.

#include <immintrin.h>

#include <cstdint>
#include <cstring>

#include "poc/params.h"

#define SPRINT_AVX512_TARGET "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni"
#define SPRINT_AVX512 __attribute__((target(SPRINT_AVX512_TARGET)))
#define SPRINT_AVX512_INLINE \
  __attribute__((target(SPRINT_AVX512_TARGET), always_inline)) static inline
#define SPRINT_AVX512_ALONE __attribute__((target(SPRINT_AVX512_TARGET), noinline)) static
#define SPRINT_LANES SPRINT_AVX512_INLINE  // for lanes_streams.h

namespace backends::cpu::avx512 {

SPRINT_AVX512_INLINE __m512i load(const void* at) {
  return _mm512_loadu_si512(at);
}
SPRINT_AVX512_INLINE void store(void* at, __m512i v) {
  _mm512_storeu_si512(at, v);
}
SPRINT_AVX512_INLINE __m256i load_half(const void* at) {
  return _mm256_loadu_si256(static_cast<const __m256i*>(at));
}
SPRINT_AVX512_INLINE void store_half(void* at, __m256i v) {
  _mm256_storeu_si256(static_cast<__m256i*>(at), v);
}
SPRINT_AVX512_INLINE void store_quarter(void* at, __m128i v) {
  _mm_storeu_si128(static_cast<__m128i*>(at), v);
}

/// Four bytes in each of the 16 lanes.
SPRINT_AVX512_INLINE __m512i broadcast4(const void* at) {
  std::int32_t word;
  std::memcpy(&word, at, sizeof(word));
  return _mm512_set1_epi32(word);
}

/// Adds four products of an unsigned with a signed byte in each lane.
SPRINT_AVX512_INLINE __m512i dot4(__m512i sums, __m512i unsigned_bytes, __m512i signed_bytes) {
  return _mm512_dpbusd_epi32(sums, unsigned_bytes, signed_bytes);
}

/// v * m + rounding >> shift, in 32 bits.
SPRINT_AVX512_INLINE __m512i scale(__m512i v, __m512i m, __m512i rounding, __m128i shift) {
  return _mm512_sra_epi32(_mm512_add_epi32(_mm512_mullo_epi32(v, m), rounding), shift);
}

/// 16 values of 32 bits as bytes clamped to -127..127: saturation leaves only -128 to mend.
SPRINT_AVX512_INLINE __m128i clamp_bytes(__m512i v) {
  return _mm_max_epi8(_mm512_cvtsepi32_epi8(v), _mm_set1_epi8(-127));
}

/// Four times 16 values of 32 bits as 64 bytes, saturated. The packs work in quarters: each quarter
/// of the result holds that quarter of all four.
SPRINT_AVX512_INLINE __m512i pack_quarters(__m512i a, __m512i b, __m512i c, __m512i d) {
  return _mm512_packs_epi16(_mm512_packs_epi32(a, b), _mm512_packs_epi32(c, d));
}

/// The same in order.
SPRINT_AVX512_INLINE __m512i pack_bytes(__m512i a, __m512i b, __m512i c, __m512i d) {
  const __m512i order = _mm512_set_epi32(15, 11, 7, 3, 14, 10, 6, 2, 13, 9, 5, 1, 12, 8, 4, 0);
  return _mm512_permutexvar_epi32(order, pack_quarters(a, b, c, d));
}

/// Signed bytes as stored for a product: + 128, which is the top bit flipped.
SPRINT_AVX512_INLINE __m512i offset_bytes(__m512i v) {
  return _mm512_xor_si512(v, _mm512_set1_epi8(-128));
}
SPRINT_AVX512_INLINE __m128i offset_bytes(__m128i v) {
  return _mm_xor_si128(v, _mm_set1_epi8(-128));
}

// ---- 16 lanes of 32 bits, as lanes_streams.h wants them ----------------------------------------

using Lanes = __m512i;
constexpr std::size_t kLanes = 16;

SPRINT_AVX512_INLINE Lanes set_lanes(std::uint32_t v) {
  return _mm512_set1_epi32(static_cast<int>(v));
}

/// 0, step, 2 step ..
SPRINT_AVX512_INLINE Lanes count_lanes(std::uint32_t step) {
  const __m512i count = _mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
  return _mm512_mullo_epi32(count, set_lanes(step));
}

SPRINT_AVX512_INLINE Lanes add32(Lanes a, Lanes b) {
  return _mm512_add_epi32(a, b);
}
SPRINT_AVX512_INLINE Lanes xor32(Lanes a, Lanes b) {
  return _mm512_xor_si512(a, b);
}

// One instruction takes any function of three bits by its table of results.

/// Bits of b where a has ones, of c where it has zeros.
SPRINT_AVX512_INLINE Lanes select32(Lanes a, Lanes b, Lanes c) {
  return _mm512_ternarylogic_epi32(a, b, c, 0xca);
}
SPRINT_AVX512_INLINE Lanes majority32(Lanes a, Lanes b, Lanes c) {
  return _mm512_ternarylogic_epi32(a, b, c, 0xe8);
}

template <int kBits>
SPRINT_AVX512_INLINE Lanes shift_right32(Lanes v) {
  return _mm512_srli_epi32(v, kBits);
}
template <int kBits>
SPRINT_AVX512_INLINE Lanes rotate_left32(Lanes v) {
  return _mm512_rol_epi32(v, kBits);
}

SPRINT_AVX512_INLINE Lanes swap_bytes32(Lanes v) {
  return _mm512_shuffle_epi8(v, _mm512_broadcast_i32x4(_mm_set_epi8(12, 13, 14, 15, 8, 9, 10, 11, 4,
                                                                    5, 6, 7, 0, 1, 2, 3)));
}

/// A 16 by 16 transposition of 32-bit values in place: element c of v[r] goes to element r of v[c].
SPRINT_AVX512_INLINE void transpose16(__m512i* v) {
  __m512i pairs[16];
  for (int i = 0; i < 16; i += 2) {
    pairs[i] = _mm512_unpacklo_epi32(v[i], v[i + 1]);
    pairs[i + 1] = _mm512_unpackhi_epi32(v[i], v[i + 1]);
  }
  // quads[4g + c]: column 4q + c of rows 4g .. 4g + 3 in quarter q.
  __m512i quads[16];
  for (int g = 0; g < 16; g += 4) {
    for (int i = 0; i < 2; ++i) {
      quads[g + 2 * i] = _mm512_unpacklo_epi64(pairs[g + i], pairs[g + i + 2]);
      quads[g + 2 * i + 1] = _mm512_unpackhi_epi64(pairs[g + i], pairs[g + i + 2]);
    }
  }
  for (int c = 0; c < 4; ++c) {
    const __m512i even01 = _mm512_shuffle_i32x4(quads[c], quads[4 + c], 0x88);       // q 0, 2
    const __m512i odd01 = _mm512_shuffle_i32x4(quads[c], quads[4 + c], 0xdd);        // q 1, 3
    const __m512i even23 = _mm512_shuffle_i32x4(quads[8 + c], quads[12 + c], 0x88);  // q 0, 2
    const __m512i odd23 = _mm512_shuffle_i32x4(quads[8 + c], quads[12 + c], 0xdd);   // q 1, 3
    v[c] = _mm512_shuffle_i32x4(even01, even23, 0x88);
    v[4 + c] = _mm512_shuffle_i32x4(odd01, odd23, 0x88);
    v[8 + c] = _mm512_shuffle_i32x4(even01, even23, 0xdd);
    v[12 + c] = _mm512_shuffle_i32x4(odd01, odd23, 0xdd);
  }
}

/// 16 rows of 64 bytes, `stride` apart, to 16 words of 16 lanes, one lane a row.
SPRINT_AVX512_INLINE void rows_to_words(const void* rows, std::size_t stride, Lanes* words) {
  const auto* row = static_cast<const std::uint8_t*>(rows);
  for (std::size_t r = 0; r < kLanes; ++r) words[r] = load(row + r * stride);
  transpose16(words);
}

/// The way back, to rows of 64 bytes one behind the other.
SPRINT_AVX512_INLINE void words_to_rows(const Lanes* words, std::uint8_t* rows) {
  Lanes v[kLanes];
  for (std::size_t i = 0; i < kLanes; ++i) v[i] = words[i];
  transpose16(v);
  for (std::size_t r = 0; r < kLanes; ++r) store(rows + 64 * r, v[r]);
}

/// poc::decode of 64 bytes.
SPRINT_AVX512_INLINE __m512i decode(__m512i bytes) {
  const __m512i six_bits = _mm512_and_si512(bytes, _mm512_set1_epi8(63));
  const __m512i magnitude = _mm512_add_epi8(six_bits, _mm512_set1_epi8(1));
  const __mmask64 negative = _mm512_movepi8_mask(bytes);
  return _mm512_mask_sub_epi8(magnitude, negative, _mm512_setzero_si512(), magnitude);
}

/// 64 stream bytes to as many inputs of a row.
SPRINT_AVX512_INLINE void store_input(const std::uint8_t* bytes, std::int16_t* x) {
  const __m512i v = decode(load(bytes));
  const __m512i low = _mm512_cvtepi8_epi16(_mm512_castsi512_si256(v));
  const __m512i high = _mm512_cvtepi8_epi16(_mm512_extracti64x4_epi64(v, 1));
  store(x, _mm512_slli_epi16(low, POC_INPUT_SHIFT));
  store(x + 32, _mm512_slli_epi16(high, POC_INPUT_SHIFT));
}

}  // namespace backends::cpu::avx512
