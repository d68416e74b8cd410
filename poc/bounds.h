#pragma once

// Proof, at compile time, that every run-time quantity of the proof fits the type that core.h gives
// it, over all legal profiles. Included by reference.cpp; nothing here runs.

#include <cstdint>

#include "poc/core.h"

namespace poc::bounds {

constexpr std::int64_t kMaxInt32 = INT32_MAX;
constexpr std::int64_t kMaxActivation = 127;
constexpr std::int64_t kMaxWeight = 64;

/// The largest |sum| of a product of `terms` terms.
constexpr std::int64_t max_sum(std::int64_t terms) {
  return kMaxActivation * kMaxWeight * terms;
}

/// The largest |sum * m + rounding| of the products of up to `max_terms` terms; `base_shift` is
/// the rounding bit's exponent at p = 0.
constexpr std::int64_t max_scaled(std::uint32_t max_terms, std::uint32_t gain16, int base_shift) {
  std::int64_t largest = 0;
  for (std::uint32_t k = POC_SIZE_STEP; k <= max_terms; k += POC_SIZE_STEP) {
    const Factor f = factor(k, gain16);
    const std::int64_t scaled = max_sum(k) * f.m + (std::int64_t{1} << (base_shift + f.p));
    if (scaled > largest) largest = scaled;
  }
  return largest;
}

/// The smallest or largest multiplier m over the legal lengths of all three products.
constexpr std::int32_t extreme_m(bool largest) {
  std::int32_t found = factor(POC_SIZE_STEP, POC_GAIN_NARROW).m;
  const auto take = [&](std::uint32_t max_terms, std::uint32_t gain16) {
    for (std::uint32_t k = POC_SIZE_STEP; k <= max_terms; k += POC_SIZE_STEP) {
      const std::int32_t m = factor(k, gain16).m;
      if (largest ? m > found : m < found) found = m;
    }
  };
  take(POC_MAX_DIM, POC_GAIN_NARROW);
  take(POC_MAX_DIM, POC_GAIN_ATTENTION);
  take(POC_MAX_FFN, POC_GAIN_FFN);
  return found;
}

/// The largest |x * multiplier + rounding| in rms_norm. A row of root r = isqrt(sum / dim) has
/// x^2 <= sum < dim (r + 1)^2, so |x| <= isqrt(dim (r + 1)^2 - 1), and at most 32767. At r = 0 the
/// multiplier is that of r = 1.
constexpr std::int64_t max_norm_product() {
  std::int64_t largest = 0;
  for (std::int64_t r = 1; r <= 32767; ++r) {
    const std::int64_t squares = POC_MAX_DIM * (r + 1) * (r + 1) - 1;
    const std::int64_t root =
        squares >= 32767LL * 32767 ? 32767 : isqrt(static_cast<std::uint64_t>(squares));
    const std::int64_t product = root * (POC_NORM_GAIN / r) + (1 << 16);
    if (product > largest) largest = product;
    if (root == 32767) break;  // from here on only the multiplier changes, and it falls
  }
  return largest;
}

// Products: sums, and sums after the multiplier and the rounding bit.
static_assert(max_sum(POC_MAX_FFN) < std::int64_t{1} << 29);
static_assert(max_scaled(POC_MAX_DIM, POC_GAIN_NARROW, 13) <= kMaxInt32);
static_assert(max_scaled(POC_MAX_DIM, POC_GAIN_ATTENTION, 8) + 32767 <= kMaxInt32);
static_assert(max_scaled(POC_MAX_FFN, POC_GAIN_FFN, 8) + 32767 <= kMaxInt32);
static_assert(extreme_m(false) == 6 && extreme_m(true) == 38);

// A sum of 2048 terms stays below 2^24: exact in single precision. A pair of terms with the
// activation offset by 128 stays in 16 bits, so that an unsigned-by-signed multiply-add of bytes
// that saturates there never does.
static_assert(max_sum(2048) < 1 << 24);
static_assert(2 * 255 * kMaxWeight <= INT16_MAX && -2 * 255 * kMaxWeight >= INT16_MIN);

// rms_norm: the sum of squares within 43 bits, its quotient within 30, its product within 32.
static_assert(std::int64_t{32767} * 32767 * POC_MAX_DIM < std::int64_t{1} << 43);
static_assert(std::int64_t{32767} * 32767 < std::int64_t{1} << 30);
static_assert(max_norm_product() <= kMaxInt32);

// attention: scores, weights 1..127, and the weighted sum after the reciprocal of the weights' sum.
// |sum of w v| <= 127 sum(w) and c <= 65536 / sum(w): at most 127 * 65536, plus the rounding bit.
static_assert(POC_HEAD_DIM * kMaxActivation * kMaxActivation * 2 <= kMaxInt32);
static_assert(softmax_weight(0) == 127 && softmax_weight(255) == 1);
static_assert(kMaxActivation * 65536 + (1 << 15) <= kMaxInt32);

// gate: 5 * 127 * 127 + 64, and the input's 64 * 32 in 16 bits.
static_assert(5 * kMaxActivation * kMaxActivation + 64 <= kMaxInt32);
static_assert((kMaxWeight << POC_INPUT_SHIFT) <= INT16_MAX);

}  // namespace poc::bounds
