#include "poc/sha256_host.h"

#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>

#include <array>
#endif

namespace poc {
namespace {

using TakeBlock = void (*)(std::uint32_t*, const std::uint8_t*);

#if defined(__x86_64__)

/// SHA (leaf 7, EBX bit 29), and SSE4.1 for the blends (leaf 1, ECX bit 19): Intel's manual,
/// volume 2, CPUID.
bool has_sha_instructions() {
  unsigned eax = 0;
  unsigned ebx = 0;
  unsigned ecx = 0;
  unsigned edx = 0;
  if (__get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) == 0 || (ebx & 1U << 29) == 0) return false;
  return __get_cpuid(1, &eax, &ebx, &ecx, &edx) != 0 && (ecx & 1U << 19) != 0;
}

constexpr std::array<std::uint32_t, 64> round_constants() {
  std::array<std::uint32_t, 64> all{};
  for (int i = 0; i < 64; ++i) all[static_cast<std::size_t>(i)] = sha256_round_constant(i);
  return all;
}
constexpr std::array<std::uint32_t, 64> kRoundConstants = round_constants();

#define POC_SHA __attribute__((target("sha,sse4.1")))

POC_SHA __m128i four_words(const void* from) {
  return _mm_loadu_si128(static_cast<const __m128i*>(from));
}

/// Words 4i..4i+3 of the schedule, over those 16 words before them.
POC_SHA __m128i next_words(const __m128i (&w)[4], int i) {
  const __m128i before4 = w[(i + 3) % 4];
  const __m128i before7 = _mm_alignr_epi8(before4, w[(i + 2) % 4], 4);
  const __m128i sum = _mm_add_epi32(_mm_sha256msg1_epu32(w[i % 4], w[(i + 1) % 4]), before7);
  return _mm_sha256msg2_epu32(sum, before4);
}

/// The instructions keep a, b, e, f in one register and c, d, g, h in the other, high words first.
POC_SHA void take_block_by_instructions(std::uint32_t* state, const std::uint8_t* block) {
  const __m128i big_endian = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
  const __m128i cdab = _mm_shuffle_epi32(four_words(state), 0xb1);
  const __m128i efgh = _mm_shuffle_epi32(four_words(state + 4), 0x1b);
  const __m128i abef_before = _mm_alignr_epi8(cdab, efgh, 8);
  const __m128i cdgh_before = _mm_blend_epi16(efgh, cdab, 0xf0);
  __m128i abef = abef_before;
  __m128i cdgh = cdgh_before;
  __m128i w[4];
  for (int i = 0; i < 16; ++i) {
    w[i % 4] = i < 4 ? _mm_shuffle_epi8(four_words(block + 16 * i), big_endian) : next_words(w, i);
    const __m128i sum =
        _mm_add_epi32(w[i % 4], four_words(&kRoundConstants[4 * static_cast<std::size_t>(i)]));
    cdgh = _mm_sha256rnds2_epu32(cdgh, abef, sum);
    abef = _mm_sha256rnds2_epu32(abef, cdgh, _mm_shuffle_epi32(sum, 0x0e));
  }
  const __m128i feba = _mm_shuffle_epi32(_mm_add_epi32(abef, abef_before), 0x1b);
  const __m128i dchg = _mm_shuffle_epi32(_mm_add_epi32(cdgh, cdgh_before), 0xb1);
  _mm_storeu_si128(reinterpret_cast<__m128i*>(state), _mm_blend_epi16(feba, dchg, 0xf0));
  _mm_storeu_si128(reinterpret_cast<__m128i*>(state + 4), _mm_alignr_epi8(dchg, feba, 8));
}

#undef POC_SHA

TakeBlock choose() {
  return has_sha_instructions() ? take_block_by_instructions : PlainBlock::compress;
}

#else

TakeBlock choose() {
  return PlainBlock::compress;
}

#endif

}  // namespace

void sha256_host_block(std::uint32_t* state, const std::uint8_t* block) {
  static const TakeBlock take = choose();
  take(state, block);
}

}  // namespace poc
