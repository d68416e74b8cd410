#include "backends/cpu/isa/avx2.h"
#include "backends/cpu/isa/avx2_ops.h"
#include "poc/sha256.h"

// Weights: eight ChaCha20 blocks at once, one a lane, for eight rows of the tensor at the same
// columns. Word j of a block is four inputs of its row, so word j of the eight lanes is half a line
// of the packed format as it stands: decoding is all that is left to do. And the other two ends of
// streams: a nonce's input, and the hashes of its final state.

namespace backends::cpu::avx2 {
namespace {

#include "backends/cpu/isa/lanes_streams.h"

/// The sum of the four weights of each lane.
SPRINT_AVX2_INLINE __m256i lane_sums(__m256i weights) {
  return pair_sums(_mm256_maddubs_epi16(_mm256_set1_epi8(1), weights));
}

/// Eight rows from `first_row` (0 or 8) of a block.
SPRINT_AVX2_INLINE void make_rows(const WeightTask& task, std::size_t first_row) {
  const std::size_t row_blocks = task.inputs / 64;
  const auto first_block = static_cast<std::uint32_t>(task.first_block + first_row * row_blocks);
  Lanes counters =
      add32(set_lanes(first_block), count_lanes(static_cast<std::uint32_t>(row_blocks)));
  std::int8_t* out = task.weights + first_row * kLineInputs;
  __m256i sums = _mm256_setzero_si256();
  for (std::size_t block = 0; block < row_blocks; ++block) {
    const Words b = chacha_blocks(task.stream, counters);
    for (std::size_t i = 0; i < kBlockWords; ++i, out += kBlockOutputs * kLineInputs) {
      const __m256i weights = decode(b.word[i]);
      store(out, weights);
      sums = _mm256_add_epi32(sums, lane_sums(weights));
    }
    counters = add32(counters, set_lanes(1));
  }
  store(task.corrections + first_row,
        _mm256_mullo_epi32(sums, _mm256_set1_epi32(-kActivationOffset)));
}

}  // namespace

SPRINT_AVX2 void make_weights(const WeightTask& task) {
  make_rows(task, 0);
  make_rows(task, kLanes);
}

SPRINT_AVX2 void make_input(const poc::InputKey& key, std::size_t dim, std::int16_t* x) {
  const poc::ChaChaState stream = poc::chacha_init(key.data(), 0, 0, 0);
  for (std::size_t row = 0; row < POC_TOKENS; row += kLanes) {
    load_rows(stream, row, dim, x + row * dim);
  }
}

SPRINT_AVX2 void digest(const std::uint8_t* y, std::size_t dim, poc::Digest& digest) {
  std::uint8_t hashes[POC_TOKENS * 32];
  for (std::size_t row = 0; row < POC_TOKENS; row += kLanes) {
    hash_rows(y + row * kTileColumns, dim, hashes + row * 32);
  }
  poc::Sha256 all;
  all.update(hashes, sizeof(hashes));
  all.finish(digest.data());
}

}  // namespace backends::cpu::avx2
