// SHA-256 (FIPS 180-4) over words in registers, whose most significant byte comes first.

constant uint kRoundConstants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

uint rotate_right(uint v, uint n) {
  return rotate(v, 32 - n);
}

void begin_hash(private uint* state) {
  state[0] = 0x6a09e667;
  state[1] = 0xbb67ae85;
  state[2] = 0x3c6ef372;
  state[3] = 0xa54ff53a;
  state[4] = 0x510e527f;
  state[5] = 0x9b05688c;
  state[6] = 0x1f83d9ab;
  state[7] = 0x5be0cd19;
}

/// Word i of the message schedule's ring of sixteen becomes the one sixteen rounds later.
void extend_schedule(private uint* w, uint i) {
  const uint a = w[(i + 1) % 16];
  const uint b = w[(i + 14) % 16];
  const uint s0 = rotate_right(a, 7) ^ rotate_right(a, 18) ^ a >> 3;
  const uint s1 = rotate_right(b, 17) ^ rotate_right(b, 19) ^ b >> 10;
  w[i] += s0 + w[(i + 9) % 16] + s1;
}

/// One block (FIPS 180-4, 6.2.2): `state` has eight words, `w` sixteen, which it uses up. Sixteen
/// rounds are unrolled, so that both stay in registers; more would only lengthen the program.
void compress(private uint* state, private uint* w) {
  uint v[8];
  for (uint i = 0; i < 8; ++i) v[i] = state[i];
  for (uint first = 0; first < 64; first += 16) {
#pragma unroll
    for (uint i = 0; i < 16; ++i) {
      if (first != 0) extend_schedule(w, i);
      const uint s1 = rotate_right(v[4], 6) ^ rotate_right(v[4], 11) ^ rotate_right(v[4], 25);
      const uint choose = bitselect(v[6], v[5], v[4]);
      const uint t1 = v[7] + s1 + choose + kRoundConstants[first + i] + w[i];
      const uint s0 = rotate_right(v[0], 2) ^ rotate_right(v[0], 13) ^ rotate_right(v[0], 22);
      const uint majority = bitselect(v[0], v[1], v[0] ^ v[2]);
      for (uint j = 7; j > 0; --j) v[j] = v[j - 1];
      v[4] += t1;
      v[0] = t1 + s0 + majority;
    }
  }
  for (uint i = 0; i < 8; ++i) state[i] += v[i];
}

/// The block that ends a message of `bytes` bytes, a multiple of 64.
void compress_end(private uint* state, uint bytes) {
  uint w[16];
  w[0] = 0x80000000U;
  for (uint i = 1; i < 15; ++i) w[i] = 0;
  w[15] = bytes * 8;
  compress(state, w);
}

/// `count` words from memory, where bytes lie in the order of the message.
void load_message(private uint* words, global const uint* from, uint count) {
  for (uint i = 0; i < count; ++i) words[i] = reverse_bytes(from[i]);
}

/// Eight words to memory, as the 32 bytes of a hash.
void store_hash(global uint* to, private const uint* words) {
  for (uint i = 0; i < 8; ++i) to[i] = reverse_bytes(words[i]);
}
