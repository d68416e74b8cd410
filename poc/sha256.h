#pragma once

// SHA-256 (FIPS 180-4) as host and device share it: no allocation, no library, no table outside the
// function. Speed matters little here: a nonce costs 17 short hashes beside its products. Where it
// does matter, on the host, see sha256_host.h.

#include <cstdint>

#include "poc/core.h"

namespace poc {

/// Word i (0..7) of the hash that a message starts from.
POC_HD constexpr std::uint32_t sha256_initial(int i) {
  const std::uint32_t initial[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                    0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  return initial[i];
}

/// The constant of round i (0..63).
POC_HD constexpr std::uint32_t sha256_round_constant(int i) {
  const std::uint32_t k[64] = {
      0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4,
      0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe,
      0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f,
      0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7,
      0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc,
      0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b,
      0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116,
      0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
      0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7,
      0xc67178f2};
  return k[i];
}

/// One block by the standard's own formulas: the reference for every faster one.
struct PlainBlock {
  /// Takes the 64 bytes of `block` into `state`.
  POC_HD static void compress(std::uint32_t* state, const std::uint8_t* block) {
    std::uint32_t w[64];
    for (int i = 0; i < 16; ++i) {
      w[i] = std::uint32_t{block[4 * i]} << 24 | std::uint32_t{block[4 * i + 1]} << 16 |
             std::uint32_t{block[4 * i + 2]} << 8 | block[4 * i + 3];
    }
    for (int i = 16; i < 64; ++i) {
      const std::uint32_t s0 = rotr(w[i - 15], 7) ^ rotr(w[i - 15], 18) ^ w[i - 15] >> 3;
      const std::uint32_t s1 = rotr(w[i - 2], 17) ^ rotr(w[i - 2], 19) ^ w[i - 2] >> 10;
      w[i] = w[i - 16] + s0 + w[i - 7] + s1;
    }
    std::uint32_t v[8];
    for (int i = 0; i < 8; ++i) v[i] = state[i];
    for (int i = 0; i < 64; ++i) {
      const std::uint32_t s1 = rotr(v[4], 6) ^ rotr(v[4], 11) ^ rotr(v[4], 25);
      const std::uint32_t choose = (v[4] & v[5]) ^ (~v[4] & v[6]);
      const std::uint32_t t1 = v[7] + s1 + choose + sha256_round_constant(i) + w[i];
      const std::uint32_t s0 = rotr(v[0], 2) ^ rotr(v[0], 13) ^ rotr(v[0], 22);
      const std::uint32_t majority = (v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]);
      for (int j = 7; j > 0; --j) v[j] = v[j - 1];
      v[4] += t1;
      v[0] = t1 + s0 + majority;
    }
    for (int i = 0; i < 8; ++i) state[i] += v[i];
  }

 private:
  POC_HD static std::uint32_t rotr(std::uint32_t v, int n) { return v >> n | v << (32 - n); }
};

/// A SHA-256 in progress, whose blocks are taken by `Block`. `update` any number of times, then
/// `finish` once.
template <class Block>
class Sha256By {
 public:
  POC_HD Sha256By() {
    for (int i = 0; i < 8; ++i) state_[i] = sha256_initial(i);
  }

  POC_HD void update(const void* data, std::uint64_t size) {
    const auto* bytes = static_cast<const std::uint8_t*>(data);
    length_ += size;
    while (size > 0) {
      const std::uint64_t room = 64 - used_;
      const std::uint64_t taken = size < room ? size : room;
      for (std::uint64_t i = 0; i < taken; ++i) block_[used_ + i] = bytes[i];
      used_ += static_cast<std::uint32_t>(taken);
      bytes += taken;
      size -= taken;
      if (used_ == 64) compress();
    }
  }

  /// Writes the 32 bytes of the digest.
  POC_HD void finish(std::uint8_t* digest) {
    const std::uint64_t bits = length_ * 8;
    block_[used_++] = 0x80;
    if (used_ > 56) {
      while (used_ < 64) block_[used_++] = 0;
      compress();
    }
    while (used_ < 56) block_[used_++] = 0;
    for (int i = 0; i < 8; ++i) block_[56 + i] = static_cast<std::uint8_t>(bits >> (56 - 8 * i));
    compress();
    for (int i = 0; i < 32; ++i) {
      digest[i] = static_cast<std::uint8_t>(state_[i / 4] >> (24 - 8 * (i % 4)));
    }
  }

 private:
  POC_HD void compress() {
    Block::compress(state_, block_);
    used_ = 0;
  }

  std::uint32_t state_[8];
  std::uint8_t block_[64] = {};
  std::uint32_t used_ = 0;    // bytes in block_
  std::uint64_t length_ = 0;  // bytes in all
};

using Sha256 = Sha256By<PlainBlock>;

}  // namespace poc
