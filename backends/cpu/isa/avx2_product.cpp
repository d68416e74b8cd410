#include "backends/cpu/isa/avx2.h"
#include "backends/cpu/isa/avx2_ops.h"

#define SPRINT_YMM SPRINT_AVX2
#define SPRINT_YMM_INLINE SPRINT_AVX2_INLINE
#define SPRINT_YMM_ALONE SPRINT_AVX2_ALONE

namespace backends::cpu::avx2 {
namespace {

/// The 16-bit pair sums do not saturate: see poc/bounds.h.
SPRINT_AVX2_INLINE __m256i multiply_accumulate(__m256i sums, __m256i activations, __m256i weights) {
  return _mm256_add_epi32(sums, pair_sums(_mm256_maddubs_epi16(activations, weights)));
}

}  // namespace

#include "backends/cpu/isa/ymm_product.h"

}  // namespace backends::cpu::avx2
