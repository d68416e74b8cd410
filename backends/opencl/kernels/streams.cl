// What comes out of ChaCha20 before the first layer: weights and inputs.

#define CHACHA_QUARTERS(a, b, c, d) \
  a += b;                           \
  d = rotate(d ^ a, (uint4)(16));   \
  c += d;                           \
  b = rotate(b ^ c, (uint4)(12));   \
  a += b;                           \
  d = rotate(d ^ a, (uint4)(8));    \
  c += d;                           \
  b = rotate(b ^ c, (uint4)(7));

/// A block of the key stream (RFC 8439, 2.3): 16 words, to be read as little-endian bytes. `key`:
/// its little-endian words. `last`: block counter, then the nonce's three words. A vector is a row
/// of the cipher's square: columns first, then, with the rows turned, diagonals.
uint16 chacha_block(uint8 key, uint4 last) {
  const uint4 first = (uint4)(0x61707865U, 0x3320646eU, 0x79622d32U, 0x6b206574U);
  uint4 a = first;
  uint4 b = key.lo;
  uint4 c = key.hi;
  uint4 d = last;
  for (uint round = 0; round < 10; ++round) {
    CHACHA_QUARTERS(a, b, c, d)
    b = b.yzwx;
    c = c.zwxy;
    d = d.wxyz;
    CHACHA_QUARTERS(a, b, c, d)
    b = b.wxyz;
    c = c.zwxy;
    d = d.yzwx;
  }
  return (uint16)(a + first, b + key.lo, c + key.hi, d + last);
}

/// A part of one weight tensor [outputs][inputs] of a layer, from its key stream: each item one
/// block, 64 neighbours of one output's row. `key`: of the weights, its little-endian words. Items
/// are numbered along a tile's outputs first, then along the inputs, then from tile to tile, so
/// that neighbours write side by side; the launch makes those from number `first` on, `blocks` of
/// them.
kernel void make_weights(global packed* w, uint8 key, uint layer, uint tensor, uint outputs,
                         uint inputs, uint first, uint blocks) {
  const uint item = (uint)get_global_id(0);
  if (item >= blocks) return;
  const uint row_blocks = inputs / 64;
  const uint in_tile = (first + item) % (TILE_OUTPUTS * row_blocks);
  const uint tile = (first + item) / (TILE_OUTPUTS * row_blocks);
  const uint place = in_tile % TILE_OUTPUTS;
  const uint block = in_tile / TILE_OUTPUTS;
  const uint output = tensor == POC_TENSOR_GATE_UP ? gate_up_output(tile, place, outputs / 2)
                                                   : tile * TILE_OUTPUTS + place;
  uint words[16];
  vstore16(chacha_block(key, (uint4)(output * row_blocks + block, layer, tensor, 0)), 0, words);
  global packed* to =
      w + ((size_t)tile * inputs + 64 * block) / TERM_COLUMNS * TILE_OUTPUTS + place;
  for (uint i = 0; i < 16; ++i) {
    const uint four = decode4(words[i]);
#if TERM_COLUMNS == 4
    to[i * TILE_OUTPUTS] = four;
#else
    for (uint j = 0; j < 4; ++j) to[(4 * i + j) * TILE_OUTPUTS] = (char)signed_byte(four, j);
#endif
  }
}

/// The residual at layer 0, from the input keys ([count] of 32 bytes): each item one block, 64
/// columns of one row. Items are numbered along the rows first; the launch makes those from number
/// `first` on.
kernel void make_input(global short* x, global const uint8* keys, uint first, uint count,
                       uint dim) {
  const uint item = first + (uint)get_global_id(0);
  const uint rows = count * POC_TOKENS;
  if (item >= rows * (dim / 64)) return;
  const uint row = item % rows;
  const uint block = item / rows;
  const uint number = row % POC_TOKENS * (dim / 64) + block;
  uint words[16];
  vstore16(chacha_block(keys[row / POC_TOKENS], (uint4)(number, 0, 0, 0)), 0, words);
  global short* to =
      x + ((size_t)(row / TILE_ROWS) * dim + 64 * block) * TILE_ROWS + row % TILE_ROWS;
  for (uint i = 0; i < 16; ++i) {
    const uint four = decode4(words[i]);
    for (uint j = 0; j < 4; ++j) {
      to[(4 * i + j) * TILE_ROWS] = (short)(signed_byte(four, j) * (1 << POC_INPUT_SHIFT));
    }
  }
}
