// ChaCha20 and SHA-256 on many streams at once, one in each 32-bit lane: the algorithms once, for
// registers of any width. A path's file includes this inside its own namespace, after its *_ops.h,
// which names the register (Lanes, kLanes) and what can be done with it: set_lanes, count_lanes,
// add32, xor32, select32, majority32, rotate_left32<n>, shift_right32<n>, rows_to_words,
// words_to_rows, swap_bytes32, store. (Templates would not do: a function's instruction set is an
// attribute, see avx2_ops.h.)

inline constexpr std::size_t kBlockWords = 16;  // of a block of either algorithm: 64 bytes

/// 16 words of kLanes blocks: word i of each.
struct Words {
  Lanes word[kBlockWords];
};

SPRINT_LANES void chacha_quarter(Lanes& a, Lanes& b, Lanes& c, Lanes& d) {
  a = add32(a, b);
  d = rotate_left32<16>(xor32(d, a));
  c = add32(c, d);
  b = rotate_left32<12>(xor32(b, c));
  a = add32(a, b);
  d = rotate_left32<8>(xor32(d, a));
  c = add32(c, d);
  b = rotate_left32<7>(xor32(b, c));
}

SPRINT_LANES void chacha_double_round(Lanes* w) {
  for (std::size_t i = 0; i < 4; ++i) chacha_quarter(w[i], w[4 + i], w[8 + i], w[12 + i]);
  chacha_quarter(w[0], w[5], w[10], w[15]);
  chacha_quarter(w[1], w[6], w[11], w[12]);
  chacha_quarter(w[2], w[7], w[8], w[13]);
  chacha_quarter(w[3], w[4], w[9], w[14]);
}

/// The stream's blocks at the counters of the lanes.
SPRINT_LANES Words chacha_blocks(const poc::ChaChaState& stream, Lanes counters) {
  Words b;
  for (std::size_t i = 0; i < kBlockWords; ++i) b.word[i] = set_lanes(stream.word[i]);
  b.word[12] = counters;
  for (int round = 0; round < 10; ++round) chacha_double_round(b.word);
  for (std::size_t i = 0; i < kBlockWords; ++i) {
    b.word[i] = add32(b.word[i], i == 12 ? counters : set_lanes(stream.word[i]));
  }
  return b;
}

/// kLanes hashes in progress: word i of each.
struct Sha256Lanes {
  Lanes word[8];
};

SPRINT_LANES Sha256Lanes sha256_start() {
  Sha256Lanes state;
  for (int i = 0; i < 8; ++i) state.word[i] = set_lanes(poc::sha256_initial(i));
  return state;
}

SPRINT_LANES Lanes sha256_sum0(Lanes v) {
  return xor32(xor32(rotate_left32<30>(v), rotate_left32<19>(v)), rotate_left32<10>(v));
}
SPRINT_LANES Lanes sha256_sum1(Lanes v) {
  return xor32(xor32(rotate_left32<26>(v), rotate_left32<21>(v)), rotate_left32<7>(v));
}
SPRINT_LANES Lanes sha256_sigma0(Lanes v) {
  return xor32(xor32(rotate_left32<25>(v), rotate_left32<14>(v)), shift_right32<3>(v));
}
SPRINT_LANES Lanes sha256_sigma1(Lanes v) {
  return xor32(xor32(rotate_left32<15>(v), rotate_left32<13>(v)), shift_right32<10>(v));
}

/// Takes one block of each message; its words as SHA-256 reads them.
SPRINT_LANES void sha256_compress(Sha256Lanes& state, Words w) {
  Lanes v[8];
  for (int i = 0; i < 8; ++i) v[i] = state.word[i];
  for (int i = 0; i < 64; ++i) {
    Lanes& next = w.word[i % 16];  // words 16 and up take the place of those 16 before
    if (i >= 16) {
      const Lanes older = add32(next, w.word[(i + 9) % 16]);
      next = add32(
          older, add32(sha256_sigma0(w.word[(i + 1) % 16]), sha256_sigma1(w.word[(i + 14) % 16])));
    }
    const Lanes constant = add32(set_lanes(poc::sha256_round_constant(i)), next);
    const Lanes t1 =
        add32(add32(v[7], constant), add32(sha256_sum1(v[4]), select32(v[4], v[5], v[6])));
    const Lanes t2 = add32(sha256_sum0(v[0]), majority32(v[0], v[1], v[2]));
    for (int j = 7; j > 0; --j) v[j] = v[j - 1];
    v[4] = add32(v[4], t1);
    v[0] = add32(t1, t2);
  }
  for (int i = 0; i < 8; ++i) state.word[i] = add32(state.word[i], v[i]);
}

/// The closing block of messages of `bytes` bytes, a multiple of 64.
SPRINT_LANES Words sha256_padding(std::size_t bytes) {
  Words w;
  for (std::size_t i = 0; i < kBlockWords; ++i) w.word[i] = set_lanes(0);
  w.word[0] = set_lanes(0x80000000);
  w.word[15] = set_lanes(static_cast<std::uint32_t>(8 * bytes));
  return w;
}

/// The first kLanes rows of a nonce's input from the row of `x` on, which is row `first_row`.
SPRINT_LANES void load_rows(const poc::ChaChaState& stream, std::size_t first_row, std::size_t dim,
                            std::int16_t* x) {
  const auto row_blocks = static_cast<std::uint32_t>(dim / kTileColumns);
  Lanes counters =
      add32(set_lanes(static_cast<std::uint32_t>(first_row) * row_blocks), count_lanes(row_blocks));
  for (std::size_t column = 0; column < dim; column += kTileColumns) {
    alignas(64) std::uint8_t rows[kLanes * kTileColumns];
    words_to_rows(chacha_blocks(stream, counters).word, rows);
    for (std::size_t r = 0; r < kLanes; ++r) {
      store_input(rows + r * kTileColumns, x + r * dim + column);
    }
    counters = add32(counters, set_lanes(1));
  }
}

/// The hashes of kLanes rows of a tiled activation, its first tile's first of them at `y`.
SPRINT_LANES void hash_rows(const std::uint8_t* y, std::size_t dim, std::uint8_t* hashes) {
  Sha256Lanes state = sha256_start();
  for (std::size_t column = 0; column < dim; column += kTileColumns, y += kTileBytes) {
    Words w;
    rows_to_words(y, kTileColumns, w.word);
    // Offset to plain is the top bit of each byte; then the most significant byte comes first.
    for (Lanes& word : w.word) word = swap_bytes32(xor32(word, set_lanes(0x80808080)));
    sha256_compress(state, w);
  }
  sha256_compress(state, sha256_padding(dim));
  for (std::size_t i = 0; i < 8; ++i) {
    alignas(64) std::uint32_t lanes[kLanes];
    store(lanes, swap_bytes32(state.word[i]));
    for (std::size_t r = 0; r < kLanes; ++r) {
      std::memcpy(hashes + 32 * r + 4 * i, &lanes[r], sizeof(lanes[r]));
    }
  }
}
