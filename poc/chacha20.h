#pragma once

// The ChaCha20 key stream (RFC 8439), as host and device share it.

#include <cstdint>

#include "poc/core.h"

namespace poc {

/// The 16 words of a ChaCha20 state: constants, key, block counter, nonce.
struct ChaChaState {
  std::uint32_t word[16];
};

POC_HD std::uint32_t chacha_load32(const std::uint8_t* bytes) {
  return std::uint32_t{bytes[0]} | std::uint32_t{bytes[1]} << 8 | std::uint32_t{bytes[2]} << 16 |
         std::uint32_t{bytes[3]} << 24;
}

/// The state of block 0 under `key` (32 bytes) and the 12-byte nonce LE32(n0) || LE32(n1) ||
/// LE32(n2).
POC_HD ChaChaState chacha_init(const std::uint8_t* key, std::uint32_t n0, std::uint32_t n1,
                               std::uint32_t n2) {
  ChaChaState s = {{0x61707865, 0x3320646e, 0x79622d32, 0x6b206574}};
  for (int i = 0; i < 8; ++i) s.word[4 + i] = chacha_load32(key + 4 * i);
  s.word[12] = 0;
  s.word[13] = n0;
  s.word[14] = n1;
  s.word[15] = n2;
  return s;
}

POC_HD void chacha_quarter(std::uint32_t& a, std::uint32_t& b, std::uint32_t& c, std::uint32_t& d) {
  a += b;
  d = (d ^ a) << 16 | (d ^ a) >> 16;
  c += d;
  b = (b ^ c) << 12 | (b ^ c) >> 20;
  a += b;
  d = (d ^ a) << 8 | (d ^ a) >> 24;
  c += d;
  b = (b ^ c) << 7 | (b ^ c) >> 25;
}

/// Block `counter` of the stream: 16 words, to be read as little-endian bytes.
POC_HD void chacha_block(const ChaChaState& start, std::uint32_t counter, std::uint32_t* out) {
  ChaChaState s = start;
  s.word[12] = counter;
  std::uint32_t* w = s.word;
  for (int round = 0; round < 10; ++round) {
    for (int i = 0; i < 4; ++i) chacha_quarter(w[i], w[4 + i], w[8 + i], w[12 + i]);
    for (int i = 0; i < 4; ++i) {
      chacha_quarter(w[i], w[4 + (i + 1) % 4], w[8 + (i + 2) % 4], w[12 + (i + 3) % 4]);
    }
  }
  for (int i = 0; i < 16; ++i) out[i] = w[i] + (i == 12 ? counter : start.word[i]);
}

/// Writes `size` stream bytes from block `first_block` on; `size` is a multiple of 64.
POC_HD void chacha_stream(const ChaChaState& start, std::uint32_t first_block, std::uint8_t* out,
                          std::uint64_t size) {
  for (std::uint64_t at = 0; at < size; at += 64) {
    std::uint32_t block[16];
    chacha_block(start, first_block + static_cast<std::uint32_t>(at / 64), block);
    for (int i = 0; i < 64; ++i) {
      out[at + static_cast<std::uint64_t>(i)] =
          static_cast<std::uint8_t>(block[i / 4] >> (8 * (i % 4)));
    }
  }
}

}  // namespace poc
