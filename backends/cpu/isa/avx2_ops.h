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

#include "poc/params.h"

#define SPRINT_AVX2 __attribute__((target("avx2")))
#define SPRINT_AVX2_INLINE __attribute__((target("avx2"), always_inline)) static inline
#define SPRINT_LANES SPRINT_AVX2_INLINE  // for lanes_streams.h
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

// ---- eight lanes of 32 bits, as lanes_streams.h wants them -----------------------------------

using Lanes = __m256i;
constexpr std::size_t kLanes = 8;

SPRINT_AVX2_INLINE Lanes set_lanes(std::uint32_t v) {
  return _mm256_set1_epi32(static_cast<int>(v));
}

/// 0, step, 2 step ..
SPRINT_AVX2_INLINE Lanes count_lanes(std::uint32_t step) {
  return _mm256_mullo_epi32(_mm256_set_epi32(7, 6, 5, 4, 3, 2, 1, 0), set_lanes(step));
}

SPRINT_AVX2_INLINE Lanes add32(Lanes a, Lanes b) {
  return _mm256_add_epi32(a, b);
}
SPRINT_AVX2_INLINE Lanes xor32(Lanes a, Lanes b) {
  return _mm256_xor_si256(a, b);
}

/// Bits of b where a has ones, of c where it has zeros.
SPRINT_AVX2_INLINE Lanes select32(Lanes a, Lanes b, Lanes c) {
  return xor32(c, _mm256_and_si256(a, xor32(b, c)));
}
SPRINT_AVX2_INLINE Lanes majority32(Lanes a, Lanes b, Lanes c) {
  return _mm256_or_si256(_mm256_and_si256(a, b), _mm256_and_si256(c, _mm256_or_si256(a, b)));
}

template <int kBits>
SPRINT_AVX2_INLINE Lanes shift_right32(Lanes v) {
  return _mm256_srli_epi32(v, kBits);
}

/// Rotations by whole bytes are one shuffle.
template <int kBits>
SPRINT_AVX2_INLINE Lanes rotate_left32(Lanes v) {
  if constexpr (kBits == 16) {
    return _mm256_shuffle_epi8(
        v, _mm256_set_epi8(13, 12, 15, 14, 9, 8, 11, 10, 5, 4, 7, 6, 1, 0, 3, 2, 13, 12, 15, 14, 9,
                           8, 11, 10, 5, 4, 7, 6, 1, 0, 3, 2));
  } else if constexpr (kBits == 8) {
    return _mm256_shuffle_epi8(
        v, _mm256_set_epi8(14, 13, 12, 15, 10, 9, 8, 11, 6, 5, 4, 7, 2, 1, 0, 3, 14, 13, 12, 15, 10,
                           9, 8, 11, 6, 5, 4, 7, 2, 1, 0, 3));
  } else {
    return _mm256_or_si256(_mm256_slli_epi32(v, kBits), _mm256_srli_epi32(v, 32 - kBits));
  }
}

SPRINT_AVX2_INLINE Lanes swap_bytes32(Lanes v) {
  return _mm256_shuffle_epi8(
      v, _mm256_set_epi8(12, 13, 14, 15, 8, 9, 10, 11, 4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9,
                         10, 11, 4, 5, 6, 7, 0, 1, 2, 3));
}

/// An 8 by 8 transposition of 32-bit values in place: element c of v[r] goes to element r of v[c].
SPRINT_AVX2_INLINE void transpose8(__m256i* v) {
  __m256i pairs[8];
  for (int i = 0; i < 8; i += 2) {
    pairs[i] = _mm256_unpacklo_epi32(v[i], v[i + 1]);
    pairs[i + 1] = _mm256_unpackhi_epi32(v[i], v[i + 1]);
  }
  __m256i quads[8];  // [0..3]: columns 0..3 (low half) and 4..7 (high half) of rows 0..3
  for (int half = 0; half < 8; half += 4) {
    for (int i = 0; i < 2; ++i) {
      quads[half + 2 * i] = _mm256_unpacklo_epi64(pairs[half + i], pairs[half + i + 2]);
      quads[half + 2 * i + 1] = _mm256_unpackhi_epi64(pairs[half + i], pairs[half + i + 2]);
    }
  }
  for (int i = 0; i < 4; ++i) {
    v[i] = _mm256_permute2x128_si256(quads[i], quads[i + 4], 0x20);
    v[i + 4] = _mm256_permute2x128_si256(quads[i], quads[i + 4], 0x31);
  }
}

/// Eight rows of 64 bytes, `stride` apart, to 16 words of eight lanes, one lane a row.
SPRINT_AVX2_INLINE void rows_to_words(const std::uint8_t* rows, std::size_t stride, Lanes* words) {
  for (std::size_t half = 0; half < 2; ++half) {
    for (std::size_t r = 0; r < kLanes; ++r) {
      words[8 * half + r] = load(rows + r * stride + 32 * half);
    }
    transpose8(words + 8 * half);
  }
}

/// The way back, to rows of 64 bytes one behind the other.
SPRINT_AVX2_INLINE void words_to_rows(const Lanes* words, std::uint8_t* rows) {
  for (std::size_t half = 0; half < 2; ++half) {
    Lanes v[8];
    for (std::size_t i = 0; i < 8; ++i) v[i] = words[8 * half + i];
    transpose8(v);
    for (std::size_t r = 0; r < kLanes; ++r) store(rows + 64 * r + 32 * half, v[r]);
  }
}

/// poc::decode of 32 bytes. The sign instruction negates where its second operand is negative and
/// clears where it is zero, which the bit set here prevents.
SPRINT_AVX2_INLINE __m256i decode(__m256i bytes) {
  const __m256i one = _mm256_set1_epi8(1);
  const __m256i magnitude = _mm256_add_epi8(_mm256_and_si256(bytes, _mm256_set1_epi8(63)), one);
  return _mm256_sign_epi8(magnitude, _mm256_or_si256(bytes, one));
}

/// 64 stream bytes to as many inputs of a row.
SPRINT_AVX2_INLINE void store_input(const std::uint8_t* bytes, std::int16_t* x) {
  for (std::size_t i = 0; i < 64; i += 32) {
    const __m256i v = decode(load(bytes + i));
    const __m256i low = _mm256_cvtepi8_epi16(_mm256_castsi256_si128(v));
    const __m256i high = _mm256_cvtepi8_epi16(_mm256_extracti128_si256(v, 1));
    store(x + i, _mm256_slli_epi16(low, POC_INPUT_SHIFT));
    store(x + i + 16, _mm256_slli_epi16(high, POC_INPUT_SHIFT));
  }
}

}  // namespace backends::cpu::avx2
