#pragma once

// SHA-256 over words in registers. poc/sha256.h is the plain one, byte by byte.

#include "backends/gpu/kernels/words.h"
#include "poc/sha256.h"

namespace backends::gpu {

GPU_DEVICE std::uint32_t rotate_right(std::uint32_t v, int n) {
  return v >> n | v << (32 - n);
}

/// Words whose most significant byte comes first, from memory aligned to 16 bytes.
template <std::uint32_t kWords>
GPU_DEVICE void load_words(const std::uint8_t* from, std::uint32_t (&words)[kWords]) {
  GPU_UNROLL
  for (std::uint32_t i = 0; i < kWords / 4; ++i) {
    const Chunk chunk = load_chunk(from + kChunkBytes * i);
    GPU_UNROLL
    for (std::uint32_t j = 0; j < 4; ++j) words[4 * i + j] = reverse_bytes(chunk.word[j]);
  }
}

/// One block of SHA-256 (FIPS 180-4, 6.2.2) over words in registers: unrolled, the message schedule
/// in a ring of sixteen.
GPU_DEVICE void compress_words(std::uint32_t (&state)[8], std::uint32_t (&w)[16]) {
  std::uint32_t v[8];
  for (std::uint32_t i = 0; i < 8; ++i) v[i] = state[i];
  GPU_UNROLL
  for (std::uint32_t i = 0; i < 64; ++i) {
    if (i >= 16) {
      const std::uint32_t a = w[(i + 1) % 16];
      const std::uint32_t b = w[(i + 14) % 16];
      const std::uint32_t s0 = rotate_right(a, 7) ^ rotate_right(a, 18) ^ a >> 3;
      const std::uint32_t s1 = rotate_right(b, 17) ^ rotate_right(b, 19) ^ b >> 10;
      w[i % 16] += s0 + w[(i + 9) % 16] + s1;
    }
    const std::uint32_t s1 =
        rotate_right(v[4], 6) ^ rotate_right(v[4], 11) ^ rotate_right(v[4], 25);
    const std::uint32_t choose = (v[4] & v[5]) ^ (~v[4] & v[6]);
    const std::uint32_t t1 =
        v[7] + s1 + choose + poc::sha256_round_constant(static_cast<int>(i)) + w[i % 16];
    const std::uint32_t s0 =
        rotate_right(v[0], 2) ^ rotate_right(v[0], 13) ^ rotate_right(v[0], 22);
    const std::uint32_t majority = (v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]);
    for (int j = 7; j > 0; --j) v[j] = v[j - 1];
    v[4] += t1;
    v[0] = t1 + s0 + majority;
  }
  for (std::uint32_t i = 0; i < 8; ++i) state[i] += v[i];
}

/// The block that ends a message of `bytes` bytes, a multiple of 64.
GPU_DEVICE void compress_end(std::uint32_t (&state)[8], std::uint32_t bytes) {
  std::uint32_t w[16] = {0x80000000U};
  w[15] = bytes * 8;
  compress_words(state, w);
}

GPU_DEVICE void begin_hash(std::uint32_t (&state)[8]) {
  GPU_UNROLL
  for (std::uint32_t i = 0; i < 8; ++i) state[i] = poc::sha256_initial(static_cast<int>(i));
}

/// Writes words whose most significant byte comes first to memory aligned to 16 bytes.
GPU_DEVICE void store_words(const std::uint32_t (&words)[8], std::uint8_t* to) {
  GPU_UNROLL
  for (std::uint32_t i = 0; i < 2; ++i) {
    Chunk chunk;
    GPU_UNROLL
    for (std::uint32_t j = 0; j < 4; ++j) chunk.word[j] = reverse_bytes(words[4 * i + j]);
    store_chunk(to + kChunkBytes * i, chunk);
  }
}

}  // namespace backends::gpu
