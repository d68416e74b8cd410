#include "backends/cpu/isa/avx2.h"
#include "backends/cpu/isa/avx2_ops.h"

namespace backends::cpu::avx2 {
namespace {

constexpr std::size_t kWords = 16;                         // 16-bit values in a register
constexpr std::size_t kRegisters = POC_HEAD_DIM / kWords;  // of one row of a head

/// One head's keys and values, widened to 16 bits once for its 16 queries.
struct Head {
  alignas(32) std::int16_t keys[POC_TOKENS][POC_HEAD_DIM];
  /// Values of tokens 2p and 2p+1 side by side, so that a pair of weights multiplies both.
  alignas(32) std::int16_t value_pairs[POC_TOKENS / 2][POC_HEAD_DIM][2];
};

/// [a0 b0 a1 b1 ..]: 16 values each, 32 in order.
SPRINT_AVX2_INLINE void store_interleaved(std::int16_t* at, __m256i a, __m256i b) {
  const __m256i low = _mm256_unpacklo_epi16(a, b);   // 0..3 and 8..11
  const __m256i high = _mm256_unpackhi_epi16(a, b);  // 4..7 and 12..15
  store(at, _mm256_permute2x128_si256(low, high, 0x20));
  store(at + kWords, _mm256_permute2x128_si256(low, high, 0x31));
}

/// `k`, `v`: the head's first column; rows are `stride` apart.
SPRINT_AVX2_INLINE void load_head(const std::int8_t* k, const std::int8_t* v, std::size_t stride,
                                  Head& head) {
  for (std::size_t u = 0; u < POC_TOKENS; ++u) {
    for (std::size_t j = 0; j < POC_HEAD_DIM; j += kWords) {
      store(&head.keys[u][j], widen_bytes(k + u * stride + j));
    }
  }
  for (std::size_t u = 0; u < POC_TOKENS; u += 2) {
    for (std::size_t j = 0; j < POC_HEAD_DIM; j += kWords) {
      store_interleaved(head.value_pairs[u / 2][j], widen_bytes(v + u * stride + j),
                        widen_bytes(v + (u + 1) * stride + j));
    }
  }
}

/// Eight partial sums of a query with one key.
SPRINT_AVX2_INLINE __m256i partial_score(const __m256i* query, const std::int16_t* key) {
  __m256i sums = _mm256_madd_epi16(query[0], load(key));
  for (std::size_t i = 1; i < kRegisters; ++i) {
    sums = _mm256_add_epi32(sums, _mm256_madd_epi16(query[i], load(key + i * kWords)));
  }
  return sums;
}

/// The scores of a query with four keys from `u` on.
SPRINT_AVX2_INLINE __m128i four_scores(const __m256i* query, const Head& head, std::size_t u) {
  const __m256i first =
      _mm256_hadd_epi32(partial_score(query, head.keys[u]), partial_score(query, head.keys[u + 1]));
  const __m256i second = _mm256_hadd_epi32(partial_score(query, head.keys[u + 2]),
                                           partial_score(query, head.keys[u + 3]));
  const __m256i halves = _mm256_hadd_epi32(first, second);
  return _mm_add_epi32(_mm256_castsi256_si128(halves), _mm256_extracti128_si256(halves, 1));
}

SPRINT_AVX2_INLINE __m256i eight_scores(const __m256i* query, const Head& head, std::size_t u) {
  return _mm256_set_m128i(four_scores(query, head, u + 4), four_scores(query, head, u));
}

/// The largest of eight values, in each lane.
SPRINT_AVX2_INLINE __m256i largest_lane(__m256i v) {
  v = _mm256_max_epi32(v, _mm256_permute2x128_si256(v, v, 0x01));
  v = _mm256_max_epi32(v, _mm256_shuffle_epi32(v, 0x4e));
  return _mm256_max_epi32(v, _mm256_shuffle_epi32(v, 0xb1));
}

/// poc::softmax_distance and poc::softmax_weight of eight scores.
SPRINT_AVX2_INLINE __m256i softmax_weights(__m256i largest, __m256i scores) {
  const __m256i one = _mm256_set1_epi32(1);
  const __m256i z = _mm256_min_epi32(_mm256_srai_epi32(_mm256_sub_epi32(largest, scores), 8),
                                     _mm256_set1_epi32(255));
  const __m256i e = _mm256_srli_epi32(z, 5);
  const __m256i f = _mm256_and_si256(z, _mm256_set1_epi32(31));
  const __m256i chord = _mm256_sub_epi32(_mm256_set1_epi32(254), _mm256_slli_epi32(f, 2));
  const __m256i rounded = _mm256_add_epi32(chord, _mm256_sllv_epi32(one, e));
  return _mm256_srlv_epi32(rounded, _mm256_add_epi32(one, e));
}

/// The 16 weights of a query row, and 65536 / (their sum).
SPRINT_AVX2_INLINE std::int32_t weigh(const __m256i* query, const Head& head,
                                      std::int16_t* weights) {
  const __m256i low = eight_scores(query, head, 0);
  const __m256i high = eight_scores(query, head, 8);
  const __m256i largest = largest_lane(_mm256_max_epi32(low, high));
  store(weights, pack_words(softmax_weights(largest, low), softmax_weights(largest, high)));
  std::int32_t total = 0;
  for (std::size_t u = 0; u < POC_TOKENS; ++u) total += weights[u];
  return 65536 / total;
}

/// Eight columns of the weighted sum of values, scaled: (sum * c + 2^15) >> 16.
SPRINT_AVX2_INLINE __m256i eight_outputs(const __m256i* weight_pairs, const Head& head,
                                         std::size_t column, __m256i c) {
  __m256i sums = _mm256_setzero_si256();
  for (std::size_t p = 0; p < POC_TOKENS / 2; ++p) {
    const __m256i values = load(head.value_pairs[p][column]);
    sums = _mm256_add_epi32(sums, _mm256_madd_epi16(weight_pairs[p], values));
  }
  return scale(sums, c, _mm256_set1_epi32(1 << 15), _mm_cvtsi32_si128(16));
}

/// One query row. `out`: the row of the head's first tile; the head's second tile follows it.
SPRINT_AVX2_INLINE void attend(const std::int8_t* q, const Head& head, std::uint8_t* out) {
  __m256i query[kRegisters];
  for (std::size_t i = 0; i < kRegisters; ++i) query[i] = widen_bytes(q + i * kWords);
  alignas(32) std::int16_t weights[POC_TOKENS];
  const __m256i c = _mm256_set1_epi32(weigh(query, head, weights));
  __m256i pairs[POC_TOKENS / 2];
  for (std::size_t p = 0; p < POC_TOKENS / 2; ++p) pairs[p] = broadcast4(&weights[2 * p]);
  for (std::size_t j = 0; j < POC_HEAD_DIM; j += 16) {
    const __m256i words =
        pack_words(eight_outputs(pairs, head, j, c), eight_outputs(pairs, head, j + 8, c));
    store_half(out + tiled_offset(0, j, POC_HEAD_DIM), offset_bytes(clamp_bytes(words)));
  }
}

}  // namespace

SPRINT_AVX2 void attention(const std::int8_t* qkv, std::size_t dim, std::uint8_t* o) {
  const std::size_t stride = 3 * dim;
  Head head;
  for (std::size_t column = 0; column < dim; column += POC_HEAD_DIM) {
    load_head(qkv + dim + column, qkv + 2 * dim + column, stride, head);
    for (std::size_t t = 0; t < POC_TOKENS; ++t) {
      attend(qkv + t * stride + column, head, o + tiled_offset(t, column, dim));
    }
  }
}

}  // namespace backends::cpu::avx2
