#include "backends/cpu/isa/avx2.h"
#include "backends/cpu/isa/avx2_ops.h"

// Eight ChaCha20 blocks at once, one a lane, for eight rows of the tensor at the same columns. Word
// j of a block is four inputs of its row, so word j of the eight lanes is half a line of the packed
// format as it stands: decoding is all that is left to do.

namespace backends::cpu::avx2 {
namespace {

constexpr std::size_t kLanes = 8;
constexpr std::size_t kStreamWords = 16;

struct Blocks {
  __m256i words[kStreamWords];
};

template <int kBits>
SPRINT_AVX2_INLINE __m256i rotate(__m256i v) {
  return _mm256_or_si256(_mm256_slli_epi32(v, kBits), _mm256_srli_epi32(v, 32 - kBits));
}

/// Rotations by whole bytes are one shuffle.
SPRINT_AVX2_INLINE __m256i rotate16(__m256i v) {
  return _mm256_shuffle_epi8(
      v, _mm256_set_epi8(13, 12, 15, 14, 9, 8, 11, 10, 5, 4, 7, 6, 1, 0, 3, 2, 13, 12, 15, 14, 9, 8,
                         11, 10, 5, 4, 7, 6, 1, 0, 3, 2));
}
SPRINT_AVX2_INLINE __m256i rotate8(__m256i v) {
  return _mm256_shuffle_epi8(
      v, _mm256_set_epi8(14, 13, 12, 15, 10, 9, 8, 11, 6, 5, 4, 7, 2, 1, 0, 3, 14, 13, 12, 15, 10,
                         9, 8, 11, 6, 5, 4, 7, 2, 1, 0, 3));
}

SPRINT_AVX2_INLINE void quarter(__m256i& a, __m256i& b, __m256i& c, __m256i& d) {
  a = _mm256_add_epi32(a, b);
  d = rotate16(_mm256_xor_si256(d, a));
  c = _mm256_add_epi32(c, d);
  b = rotate<12>(_mm256_xor_si256(b, c));
  a = _mm256_add_epi32(a, b);
  d = rotate8(_mm256_xor_si256(d, a));
  c = _mm256_add_epi32(c, d);
  b = rotate<7>(_mm256_xor_si256(b, c));
}

SPRINT_AVX2_INLINE void double_round(__m256i* w) {
  for (std::size_t i = 0; i < 4; ++i) quarter(w[i], w[4 + i], w[8 + i], w[12 + i]);
  quarter(w[0], w[5], w[10], w[15]);
  quarter(w[1], w[6], w[11], w[12]);
  quarter(w[2], w[7], w[8], w[13]);
  quarter(w[3], w[4], w[9], w[14]);
}

/// The stream's blocks at eight counters.
SPRINT_AVX2_INLINE Blocks stream_blocks(const poc::ChaChaState& stream, __m256i counters) {
  Blocks b;
  for (std::size_t i = 0; i < kStreamWords; ++i) b.words[i] = broadcast4(&stream.word[i]);
  b.words[12] = counters;
  for (int round = 0; round < 10; ++round) double_round(b.words);
  for (std::size_t i = 0; i < kStreamWords; ++i) {
    const __m256i start = i == 12 ? counters : broadcast4(&stream.word[i]);
    b.words[i] = _mm256_add_epi32(b.words[i], start);
  }
  return b;
}

/// poc::decode of 32 bytes. The sign instruction negates where its second operand is negative and
/// clears where it is zero, which the bit set here prevents.
SPRINT_AVX2_INLINE __m256i decode(__m256i bytes) {
  const __m256i one = _mm256_set1_epi8(1);
  const __m256i magnitude = _mm256_add_epi8(_mm256_and_si256(bytes, _mm256_set1_epi8(63)), one);
  return _mm256_sign_epi8(magnitude, _mm256_or_si256(bytes, one));
}

/// The sum of the four weights of each lane.
SPRINT_AVX2_INLINE __m256i lane_sums(__m256i weights) {
  return pair_sums(_mm256_maddubs_epi16(_mm256_set1_epi8(1), weights));
}

/// Eight rows from `first_row` (0 or 8) of a block.
SPRINT_AVX2_INLINE void make_rows(const WeightTask& task, std::size_t first_row) {
  const std::size_t row_blocks = task.inputs / 64;
  const __m256i lane = _mm256_set_epi32(7, 6, 5, 4, 3, 2, 1, 0);
  __m256i counters = _mm256_add_epi32(
      _mm256_set1_epi32(static_cast<int>(task.first_block + first_row * row_blocks)),
      _mm256_mullo_epi32(lane, _mm256_set1_epi32(static_cast<int>(row_blocks))));
  std::int8_t* out = task.weights + first_row * kLineInputs;
  __m256i sums = _mm256_setzero_si256();
  for (std::size_t block = 0; block < row_blocks; ++block) {
    const Blocks b = stream_blocks(task.stream, counters);
    for (std::size_t i = 0; i < kStreamWords; ++i, out += kBlockOutputs * kLineInputs) {
      const __m256i weights = decode(b.words[i]);
      store(out, weights);
      sums = _mm256_add_epi32(sums, lane_sums(weights));
    }
    counters = _mm256_add_epi32(counters, _mm256_set1_epi32(1));
  }
  store(task.corrections + first_row,
        _mm256_mullo_epi32(sums, _mm256_set1_epi32(-kActivationOffset)));
}

}  // namespace

SPRINT_AVX2 void make_weights(const WeightTask& task) {
  make_rows(task, 0);
  make_rows(task, kLanes);
}

}  // namespace backends::cpu::avx2
