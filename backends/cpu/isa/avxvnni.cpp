// The AVX2 path with products by the one instruction that processors without 512-bit registers have
// for them (AVX-VNNI).

#include "backends/cpu/isa/avx2.h"
#include "backends/cpu/isa/avx2_ops.h"

#define SPRINT_YMM __attribute__((target("avx2,avxvnni"))) static
#define SPRINT_YMM_INLINE __attribute__((target("avx2,avxvnni"), always_inline)) static inline
#define SPRINT_YMM_ALONE __attribute__((target("avx2,avxvnni"), noinline)) static

namespace backends::cpu {
namespace avxvnni {

using namespace avx2;  // its operations

namespace {

SPRINT_YMM_INLINE __m256i multiply_accumulate(__m256i sums, __m256i activations, __m256i weights) {
  return _mm256_dpbusd_avx_epi32(sums, activations, weights);
}

}  // namespace

#include "backends/cpu/isa/ymm_product.h"

}  // namespace avxvnni

const Kernels kAvxVnniKernels = {
    "avxvnni",       avx2::make_weights,      avx2::make_input,      avx2::norm,
    avx2::attention, avxvnni::product_narrow, avxvnni::product_gate, avxvnni::product_add,
    avx2::digest};

}  // namespace backends::cpu
