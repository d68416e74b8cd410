#include "backends/cpu/isa/avx512.h"
#include "backends/cpu/isa/avx512_ops.h"
#include "poc/sha256.h"

// Weights: 16 ChaCha20 blocks at once, one a lane, for 16 rows of the tensor at the same columns.
// Word j of a block is four inputs of its row, so word j of the lanes is a line of the packed
// format as it stands: decoding is all that is left to do. And the other two ends of streams: a
// nonce's input, and the hashes of its final state.

namespace backends::cpu::avx512 {
namespace {

#include "backends/cpu/isa/lanes_streams.h"

static_assert(kLanes == kBlockOutputs && kLanes == POC_TOKENS);

}  // namespace

SPRINT_AVX512 void make_weights(const WeightTask& task) {
  const auto row_blocks = static_cast<std::uint32_t>(task.inputs / 64);
  Lanes counters = add32(set_lanes(task.first_block), count_lanes(row_blocks));
  std::int8_t* out = task.weights;
  __m512i sums = _mm512_setzero_si512();
  for (std::uint32_t block = 0; block < row_blocks; ++block) {
    const Words b = chacha_blocks(task.stream, counters);
    for (std::size_t i = 0; i < kBlockWords; ++i, out += kBlockOutputs * kLineInputs) {
      const __m512i weights = decode(b.word[i]);
      store(out, weights);
      sums = dot4(sums, _mm512_set1_epi8(1), weights);
    }
    counters = add32(counters, set_lanes(1));
  }
  store(task.corrections, _mm512_mullo_epi32(sums, _mm512_set1_epi32(-kActivationOffset)));
}

SPRINT_AVX512 void make_input(const poc::InputKey& key, std::size_t dim, std::int16_t* x) {
  load_rows(poc::chacha_init(key.data(), 0, 0, 0), 0, dim, x);
}

SPRINT_AVX512 void digest(const std::uint8_t* y, std::size_t dim, poc::Digest& digest) {
  std::uint8_t hashes[POC_TOKENS * 32];
  hash_rows(y, dim, hashes);
  poc::Sha256 all;
  all.update(hashes, sizeof(hashes));
  all.finish(digest.data());
}

}  // namespace backends::cpu::avx512
