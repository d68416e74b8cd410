// What comes out of SHA-256: input keys before the first layer; row hashes, digests and tickets
// after the last. Hashes and keys are 32 bytes, read and written as eight words.

/// Input keys of consecutive nonces: each item one, from number `first` on; `count`: of all.
/// `prefix`: what is hashed before the nonce, 123
/// bytes, in 32 words whose most significant byte comes first; what is left of them is zero. With
/// the nonce's eight bytes, little-endian, the message has 131 bytes, three blocks.
kernel void make_keys(global uint* keys, global const uint* prefix, ulong first_nonce, uint first,
                      uint count) {
  const uint item = first + (uint)get_global_id(0);
  if (item >= count) return;
  const ulong nonce = first_nonce + item;
  const ulong bytes =
      (ulong)reverse_bytes((uint)nonce) << 32 | reverse_bytes((uint)(nonce >> 32));
  uint state[8];
  uint w[16];
  begin_hash(state);
  for (uint i = 0; i < 16; ++i) w[i] = prefix[i];
  compress(state, w);
  for (uint i = 0; i < 15; ++i) w[i] = prefix[16 + i];
  w[14] |= (uint)(bytes >> 56);
  w[15] = (uint)(bytes >> 24);
  compress(state, w);
  w[0] = (uint)bytes << 8 | 0x80;
  for (uint i = 1; i < 15; ++i) w[i] = 0;
  w[15] = 131 * 8;
  compress(state, w);
  store_hash(keys + 8 * (size_t)item, state);
}

/// Columns `column` .. `column` + 3 of a row, as a word of the message. `row`: where the row's
/// first term is; the next is TILE_ROWS further.
uint message_word(global const packed* row, uint column) {
  global const packed* from = row + (size_t)(column / TERM_COLUMNS) * TILE_ROWS;
#if TERM_COLUMNS == 4
  return reverse_bytes(from[0]);
#else
  return (uint)as_uchar(from[0]) << 24 | (uint)as_uchar(from[TILE_ROWS]) << 16 |
         (uint)as_uchar(from[2 * TILE_ROWS]) << 8 | (uint)as_uchar(from[3 * TILE_ROWS]);
#endif
}

/// SHA-256 of each row of y, the normalised final state of `dim` columns: each item one, from
/// `first_row` on.
kernel void hash_rows(global uint* hashes, global const packed* y, uint first_row, uint rows,
                      uint dim) {
  const uint item = first_row + (uint)get_global_id(0);
  if (item >= rows) return;
  global const packed* row =
      y + (size_t)(item / TILE_ROWS) * (dim / TERM_COLUMNS) * TILE_ROWS + item % TILE_ROWS;
  uint state[8];
  uint w[16];
  begin_hash(state);
  for (uint column = 0; column < dim; column += 64) {
    for (uint i = 0; i < 16; ++i) w[i] = message_word(row, column + 4 * i);
    compress(state, w);
  }
  compress_end(state, dim);
  store_hash(hashes + 8 * (size_t)item, state);
}

/// SHA-256 of a nonce's sixteen row hashes.
void hash_digest(private uint* digest, global const uint* hashes) {
  uint w[16];
  begin_hash(digest);
  for (uint block = 0; block < POC_TOKENS / 2; ++block) {
    load_message(w, hashes + 16 * block, 16);
    compress(digest, w);
  }
  compress_end(digest, POC_TOKENS * 32);
}

/// SHA-256 of the tag, the input key and the digest: 80 bytes, two blocks.
void hash_ticket(private uint* ticket, global const uint* key, private const uint* digest) {
  uint w[16];
  begin_hash(ticket);
  w[0] = 0x73707269;  // "sprint/1 ticket" and its zero
  w[1] = 0x6e742f31;
  w[2] = 0x20746963;
  w[3] = 0x6b657400;
  load_message(w + 4, key, 8);
  for (uint i = 0; i < 4; ++i) w[12 + i] = digest[i];
  compress(ticket, w);
  for (uint i = 0; i < 4; ++i) w[i] = digest[4 + i];
  w[4] = 0x80000000U;
  for (uint i = 5; i < 15; ++i) w[i] = 0;
  w[15] = 80 * 8;
  compress(ticket, w);
}

/// Whether a ticket, read as a big-endian number, is at most the target.
bool meets(private const uint* ticket, uint8 target) {
  uint limit[8];
  vstore8(target, 0, limit);
  bool below = true;
  for (uint i = 8; i > 0; --i) {
    if (ticket[i - 1] != limit[i - 1]) below = ticket[i - 1] < limit[i - 1];
  }
  return below;
}

/// Digest and ticket of each nonce, and the list of those at or under the target: each item one,
/// from number `first` on; `count`: of all. `found`: how many so far, then for each its number and the 32 bytes of its digest. `target`:
/// words whose most significant byte comes first, the most significant word first.
kernel void make_tickets(volatile global uint* found, global const uint* hashes,
                         global const uint* keys, uint first, uint count, uint8 target) {
  const uint item = first + (uint)get_global_id(0);
  if (item >= count) return;
  uint digest[8];
  uint ticket[8];
  hash_digest(digest, hashes + (size_t)item * POC_TOKENS * 8);
  hash_ticket(ticket, keys + 8 * (size_t)item, digest);
  if (!meets(ticket, target)) return;
  volatile global uint* entry = found + 1 + 9 * (size_t)atomic_inc(found);
  entry[0] = item;
  for (uint i = 0; i < 8; ++i) entry[1 + i] = reverse_bytes(digest[i]);
}
