#pragma once

// The scalar arithmetic of the proof, one small function per operator: what the reference runs and
// what kernels share. No library headers besides the integer types, so that device compilers take
// it. Source of every formula: the proof's page, "Notation" and "One layer".
//
// `>>` on negative numbers is the arithmetic shift in C++20 and in every kernel language we use.

#include <cstdint>

#include "poc/params.h"

#if defined(__CUDACC__) || defined(__HIPCC__)
#define POC_HD __host__ __device__ inline
#else
#define POC_HD inline
#endif

namespace poc {

/// A key stream byte as a signed value: magnitude 1..64, never 0.
POC_HD constexpr std::int8_t decode(std::uint8_t b) {
  const int magnitude = 1 + (b & 63);
  return static_cast<std::int8_t>((b & 128) != 0 ? -magnitude : magnitude);
}

POC_HD constexpr std::int32_t clamp(std::int32_t v, std::int32_t limit) {
  return v > limit ? limit : v < -limit ? -limit : v;
}

/// Floor of the square root, by the digit-by-digit method: exact for all 64 bits.
POC_HD constexpr std::uint32_t isqrt(std::uint64_t v) {
  std::uint64_t root = 0;
  std::uint64_t bit = std::uint64_t{1} << 62;
  while (bit > v) bit >>= 2;
  for (; bit != 0; bit >>= 2) {
    if (v >= root + bit) {
      v -= root + bit;
      root = (root >> 1) + bit;
    } else {
      root >>= 1;
    }
  }
  return static_cast<std::uint32_t>(root);
}

/// How a product's sums return to the width of an activation: sum * m >> (constant + p), rounded.
struct Factor {
  std::int32_t p;  ///< 0..2: more bits where the sums have more terms
  std::int32_t m;  ///< 6..38
};

/// The factor of a product of `terms` terms at a gain of `gain16` sixteenths. Host only (64 bits).
constexpr Factor factor(std::uint32_t terms, std::uint32_t gain16) {
  int log2 = 0;
  while (terms >> (log2 + 1) != 0) ++log2;
  const int p = (log2 - 7) / 2 < 2 ? (log2 - 7) / 2 : 2;
  const std::uint64_t numerator = std::uint64_t{gain16} * gain16 << (29 + 2 * p);
  const std::uint64_t denominator = std::uint64_t{256} * 2795 * terms;
  return {p, static_cast<std::int32_t>(isqrt(numerator / denominator))};
}

/// A product's sum as the next activation. `f` = factor(terms, POC_GAIN_NARROW).
POC_HD constexpr std::int8_t narrow(std::int32_t sum, Factor f) {
  return static_cast<std::int8_t>(clamp((sum * f.m + (1 << (13 + f.p))) >> (14 + f.p), 127));
}

/// The residual `x` plus a product's sum. `f` = factor(terms, POC_GAIN_ATTENTION or POC_GAIN_FFN).
POC_HD constexpr std::int16_t add(std::int16_t x, std::int32_t sum, Factor f) {
  return static_cast<std::int16_t>(clamp(x + ((sum * f.m + (1 << (8 + f.p))) >> (9 + f.p)), 32767));
}

/// rms_norm's multiplier of a row: from the sum of its squares (at most 43 bits) and its length.
POC_HD constexpr std::int32_t norm_multiplier(std::uint64_t sum_of_squares, std::uint32_t dim) {
  const std::uint32_t root = isqrt(sum_of_squares / dim);
  return static_cast<std::int32_t>(POC_NORM_GAIN / (root > 1 ? root : 1));
}

/// One element of rms_norm. `multiplier` is its own row's: only then does the product fit 32 bits.
POC_HD constexpr std::int8_t norm(std::int16_t x, std::int32_t multiplier) {
  return static_cast<std::int8_t>(clamp((x * multiplier + (1 << 16)) >> 17, 127));
}

/// How far a score lies below the row's largest, in the softmax's steps: 0..255.
POC_HD constexpr std::int32_t softmax_distance(std::int32_t max_score, std::int32_t score) {
  const std::int32_t z = (max_score - score) >> 8;
  return z < 255 ? z : 255;
}

/// The weight of a score at distance z: about 127 * 2^(-z/32), by chords between octaves; 1..127.
POC_HD constexpr std::int32_t softmax_weight(std::int32_t z) {
  const std::int32_t e = z >> 5;
  const std::int32_t f = z & 31;
  return (254 - 4 * f + (1 << e)) >> (1 + e);
}

/// One output of attention: the weighted sum of values, `c` = 65536 / (sum of the weights).
POC_HD constexpr std::int8_t attention_out(std::int32_t weighted_sum, std::int32_t c) {
  return static_cast<std::int8_t>((weighted_sum * c + (1 << 15)) >> 16);
}

/// A leaky ReLU of slope 1/4 of g gates u.
POC_HD constexpr std::int8_t gate(std::int8_t g, std::int8_t u) {
  const std::int32_t leaky = g > (g >> 2) ? g : (g >> 2);
  return static_cast<std::int8_t>(clamp((5 * leaky * u + 64) >> 7, 127));
}

}  // namespace poc
