// Attention, a group a head of one nonce: 16 queries, keys and values of 128 columns. All
// arithmetic is over vectors of VECTOR neighbouring queries; an item has one such vector and one of
// HEAD_SLICES slices: first of the keys, then of the columns of the result.

#define HEAD_VECTORS (POC_TOKENS / VECTOR)
#define HEAD_SLICES (HEAD_ITEMS / HEAD_VECTORS)
#define SLICE_KEYS (POC_TOKENS / HEAD_SLICES)
#define SLICE_COLUMNS (POC_HEAD_DIM / HEAD_SLICES)
#define HEAD_TERMS (POC_HEAD_DIM / TERM_COLUMNS)

/// Keys whose scores an item adds up at a time: sums that do not wait for each other.
#if SLICE_KEYS < 4
#define KEYS_AT_ONCE SLICE_KEYS
#else
#define KEYS_AT_ONCE 4
#endif

/// Scores of KEYS_AT_ONCE keys. `q`: the vector of queries, `k`: the first of the keys. In single
/// precision exact: 128 terms of at most 127^2 stay below 2^24.
void score_keys(private int_rows* scores, global const packed_rows* q, global const packed* k) {
  sum_rows sums[KEYS_AT_ONCE];
#pragma unroll
  for (uint i = 0; i < KEYS_AT_ONCE; ++i) sums[i] = 0;
  for (uint t = 0; t < HEAD_TERMS; ++t) {
    const term_rows queries = TO_TERMS(q[t * TILE_VECTORS]);
#pragma unroll
    for (uint i = 0; i < KEYS_AT_ONCE; ++i) {
      sums[i] = multiply_add(queries, (term)k[t * TILE_ROWS + i], sums[i]);
    }
  }
#pragma unroll
  for (uint i = 0; i < KEYS_AT_ONCE; ++i) scores[i] = TO_INTS(sums[i]);
}

/// The weight of a score that lies `distance` below the largest: about 127 * 2^(-z/32) with z =
/// distance / 256, by chords between octaves.
int_rows softmax_weight(int_rows distance) {
  const int_rows z = min(distance >> 8, (int_rows)(255));
  const int_rows octave = z >> 5;
  return (254 - 4 * (z & 31) + ((int_rows)(1) << octave)) >> (1 + octave);
}

/// The weights of all keys, from their scores ([key][queries]); and for each query 65536 by the sum
/// of its weights.
int_rows weigh_keys(private int_rows* weights, local const int_rows* scores, uint queries) {
  int_rows largest = scores[queries];
  for (uint u = 1; u < POC_TOKENS; ++u) {
    largest = max(largest, scores[u * HEAD_VECTORS + queries]);
  }
  int_rows total = 0;
#pragma unroll
  for (uint u = 0; u < POC_TOKENS; ++u) {
    weights[u] = softmax_weight(largest - scores[u * HEAD_VECTORS + queries]);
    total += weights[u];
  }
  return 65536 / total;
}

/// TERM_COLUMNS columns of the sum of weighted values. `v`: the first token's term; that of the
/// next lies behind it. In single precision exact: at most 127 * 16 * 127.
void mix_values(private int_rows* out, private const int_rows* weights, global const packed* v) {
#if TERM_COLUMNS == 4
  int_rows sums[4];
#pragma unroll
  for (uint i = 0; i < 4; ++i) sums[i] = 0;
  for (uint u = 0; u < POC_TOKENS; ++u) {
#pragma unroll
    for (uint i = 0; i < 4; ++i) sums[i] += weights[u] * signed_byte(v[u], i);
  }
#pragma unroll
  for (uint i = 0; i < 4; ++i) out[i] = sums[i];
#else
  sum_rows sums = 0;
#pragma unroll
  for (uint u = 0; u < POC_TOKENS; ++u) {
    sums = multiply_add(TO_TERMS(weights[u]), (term)v[u], sums);
  }
  out[0] = TO_INTS(sums);
#endif
}

/// o = attention(q, k, v). `qkv` has 3 * 128 * heads columns, `o` a third of them. Group n does
/// head n % heads of nonce first_nonce + n / heads, and nothing for nonces from `count` on.
kernel __attribute__((reqd_work_group_size(HEAD_ITEMS, 1, 1))) void attention(
    global packed_rows* o, global const packed_rows* qkv, uint first_nonce, uint count,
    uint heads) {
  local int_rows scores[POC_TOKENS * HEAD_VECTORS];  // [key][queries]
  const uint queries = (uint)get_local_id(0) % HEAD_VECTORS;
  const uint slice = (uint)get_local_id(0) / HEAD_VECTORS;
  const uint nonce = first_nonce + (uint)get_group_id(0) / heads;
  const uint column = (uint)get_group_id(0) % heads * POC_HEAD_DIM;
  const uint tile = nonce * POC_TOKENS / TILE_ROWS;
  const uint in_tile = nonce * POC_TOKENS % TILE_ROWS / VECTOR;
  const uint dim = heads * POC_HEAD_DIM;
  global const packed_rows* q = qkv + term_place(tile, column, 3 * dim) + in_tile;
  global const packed_rows* k = q + dim / TERM_COLUMNS * TILE_VECTORS;
  global const packed_rows* v = k + dim / TERM_COLUMNS * TILE_VECTORS;

  if (nonce < count) {
    for (uint i = 0; i < SLICE_KEYS; i += KEYS_AT_ONCE) {
      const uint key = slice * SLICE_KEYS + i;
      int_rows some[KEYS_AT_ONCE];
      score_keys(some, q + queries, (global const packed*)k + key);
      for (uint j = 0; j < KEYS_AT_ONCE; ++j) scores[(key + j) * HEAD_VECTORS + queries] = some[j];
    }
  }
  barrier(CLK_LOCAL_MEM_FENCE);
  if (nonce < count) {
    int_rows weights[POC_TOKENS];
    const int_rows scale = weigh_keys(weights, scores, queries);
    for (uint i = 0; i < SLICE_COLUMNS; i += TERM_COLUMNS) {
      const uint at = slice * SLICE_COLUMNS + i;
      int_rows out[TERM_COLUMNS];
      mix_values(out, weights,
                 (global const packed*)(v + (size_t)(at / TERM_COLUMNS) * TILE_VECTORS));
#pragma unroll
      for (uint j = 0; j < TERM_COLUMNS; ++j) out[j] = (out[j] * scale + (1 << 15)) >> 16;
      o[term_place(tile, column + at, dim) + in_tile + queries] = pack_columns(out);
    }
  }
}
