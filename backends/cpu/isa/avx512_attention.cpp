#include "backends/cpu/isa/avx512.h"
#include "backends/cpu/isa/avx512_ops.h"

namespace backends::cpu::avx512 {
namespace {

constexpr std::size_t kHalves = POC_HEAD_DIM / 64;   // registers of one row of a head
constexpr std::size_t kKeyWords = POC_HEAD_DIM / 4;  // four columns each
constexpr std::size_t kQuads = POC_TOKENS / 4;       // four tokens each
constexpr std::size_t kRowsAtOnce = 4;               // independent chains of sums

static_assert(POC_TOKENS == 16, "a token a lane");

/// One head's keys and values as byte products want them.
struct Head {
  /// Word j: columns 4j .. 4j+3 of each key, a key a lane.
  __m512i keys[kKeyWords];
  /// -128 * (sum of the key), as queries are offset; a key a lane.
  __m512i corrections;
  /// Four tokens' values side by side for each column. The four registers of a half hold, in each
  /// quarter q, columns 16q + 0..3, + 4..7, + 8..11 and + 12..15 of it, as the unpacks leave them;
  /// pack_quarters puts their sums in order.
  __m512i values[kQuads][kHalves][4];
};

SPRINT_AVX512_INLINE void load_keys(const std::int8_t* k, std::size_t stride, Head& head) {
  __m512i sums = _mm512_setzero_si512();
  for (std::size_t half = 0; half < kHalves; ++half) {
    __m512i* words = head.keys + 16 * half;
    rows_to_words(k + 64 * half, stride, words);
    for (std::size_t i = 0; i < 16; ++i) sums = dot4(sums, _mm512_set1_epi8(-128), words[i]);
  }
  head.corrections = _mm512_sub_epi32(_mm512_setzero_si512(), sums);
}

SPRINT_AVX512_INLINE void load_values(const std::int8_t* v, std::size_t stride, Head& head) {
  for (std::size_t quad = 0; quad < kQuads; ++quad) {
    for (std::size_t half = 0; half < kHalves; ++half) {
      const std::int8_t* row = v + 4 * quad * stride + 64 * half;
      const __m512i a = load(row);
      const __m512i b = load(row + stride);
      const __m512i c = load(row + 2 * stride);
      const __m512i d = load(row + 3 * stride);
      const __m512i ab_low = _mm512_unpacklo_epi8(a, b);
      const __m512i ab_high = _mm512_unpackhi_epi8(a, b);
      const __m512i cd_low = _mm512_unpacklo_epi8(c, d);
      const __m512i cd_high = _mm512_unpackhi_epi8(c, d);
      __m512i* out = head.values[quad][half];
      out[0] = _mm512_unpacklo_epi16(ab_low, cd_low);
      out[1] = _mm512_unpackhi_epi16(ab_low, cd_low);
      out[2] = _mm512_unpacklo_epi16(ab_high, cd_high);
      out[3] = _mm512_unpackhi_epi16(ab_high, cd_high);
    }
  }
}

/// poc::softmax_distance and poc::softmax_weight of a row of scores.
SPRINT_AVX512_INLINE __m512i softmax_weights(__m512i scores) {
  const __m512i one = _mm512_set1_epi32(1);
  const __m512i largest = _mm512_set1_epi32(_mm512_reduce_max_epi32(scores));
  const __m512i z = _mm512_min_epi32(_mm512_srai_epi32(_mm512_sub_epi32(largest, scores), 8),
                                     _mm512_set1_epi32(255));
  const __m512i e = _mm512_srli_epi32(z, 5);
  const __m512i f = _mm512_and_si512(z, _mm512_set1_epi32(31));
  const __m512i chord = _mm512_sub_epi32(_mm512_set1_epi32(254), _mm512_slli_epi32(f, 2));
  const __m512i rounded = _mm512_add_epi32(chord, _mm512_sllv_epi32(one, e));
  return _mm512_srlv_epi32(rounded, _mm512_add_epi32(one, e));
}

/// The weighted sums of 64 columns, scaled: (sum * c + 2^15) >> 16, offset.
SPRINT_AVX512_INLINE __m512i weigh_values(const __m512i* quad_weights, const Head& head,
                                          std::size_t half, __m512i c) {
  __m512i sums[4];
  for (std::size_t i = 0; i < 4; ++i) {
    sums[i] = dot4(_mm512_setzero_si512(), quad_weights[0], head.values[0][half][i]);
    for (std::size_t quad = 1; quad < kQuads; ++quad) {
      sums[i] = dot4(sums[i], quad_weights[quad], head.values[quad][half][i]);
    }
    sums[i] = scale(sums[i], c, _mm512_set1_epi32(1 << 15), _mm_cvtsi32_si128(16));
  }
  return offset_bytes(pack_quarters(sums[0], sums[1], sums[2], sums[3]));
}

/// What one query row makes of its scores. `out`: its row of the head's first tile.
SPRINT_AVX512_INLINE void weigh(__m512i scores, const Head& head, std::uint8_t* out) {
  const __m512i weights = softmax_weights(scores);
  const __m512i c = _mm512_set1_epi32(65536 / _mm512_reduce_add_epi32(weights));
  alignas(16) std::uint8_t bytes[POC_TOKENS];
  store_quarter(bytes, _mm512_cvtepi32_epi8(weights));
  __m512i quads[kQuads];
  for (std::size_t quad = 0; quad < kQuads; ++quad) quads[quad] = broadcast4(bytes + 4 * quad);
  for (std::size_t half = 0; half < kHalves; ++half) {
    store(out + half * kTileBytes, weigh_values(quads, head, half, c));
  }
}

/// kRowsAtOnce query rows. `out`: the first one's row of the head's first tile.
SPRINT_AVX512_INLINE void attend(const std::int8_t* q, std::size_t stride, const Head& head,
                                 std::uint8_t* out) {
  alignas(64) std::uint8_t queries[kRowsAtOnce][POC_HEAD_DIM];
  __m512i scores[kRowsAtOnce];
  for (std::size_t r = 0; r < kRowsAtOnce; ++r) {
    for (std::size_t half = 0; half < kHalves; ++half) {
      store(queries[r] + 64 * half, offset_bytes(load(q + r * stride + 64 * half)));
    }
    scores[r] = head.corrections;
  }
  for (std::size_t j = 0; j < kKeyWords; ++j) {
    for (std::size_t r = 0; r < kRowsAtOnce; ++r) {
      scores[r] = dot4(scores[r], broadcast4(queries[r] + 4 * j), head.keys[j]);
    }
  }
  for (std::size_t r = 0; r < kRowsAtOnce; ++r) weigh(scores[r], head, out + r * kTileColumns);
}

}  // namespace

SPRINT_AVX512 void attention(const std::int8_t* qkv, std::size_t dim, std::uint8_t* o) {
  const std::size_t stride = 3 * dim;
  Head head;
  for (std::size_t column = 0; column < dim; column += POC_HEAD_DIM) {
    load_keys(qkv + dim + column, stride, head);
    load_values(qkv + 2 * dim + column, stride, head);
    for (std::size_t t = 0; t < POC_TOKENS; t += kRowsAtOnce) {
      attend(qkv + t * stride + column, stride, head, o + tiled_offset(t, column, dim));
    }
  }
}

}  // namespace backends::cpu::avx512
