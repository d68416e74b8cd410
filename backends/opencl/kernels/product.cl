// The tile loop of the products. A group makes TILE_ROWS x TILE_OUTPUTS sums, an item ITEM_ROWS x
// ITEM_OUTPUTS of them. In steps of TILE_DEPTH columns the group copies what it needs of
// activations and weights into local memory, as terms, each made once for all items; then each item
// multiplies.
//
//              w_step: TILE_OUTPUTS          An item's rows are ITEM_VECTORS vectors, one in
//             +----+----+----+----+          each of as many equal parts of the tile: items
//   a_step:   |    |    |    |    | terms    with neighbouring rows then read and write side
//             +----+----+----+----+          by side. Its outputs are neighbours, the same
//   +------+  | i0 | i2 |    |    |          for all items down the tile.
//   |      |  | i1 | i3 |    |    |
//   | TILE_|  +----+----+----+----+
//   | ROWS |  | i0 | i2 |    |    |
//   |      |  | i1 | i3 |    |    |
//   +------+  +----+----+----+----+

#define ITEM_VECTORS (ITEM_ROWS / VECTOR)
#define ITEM_SUMS (ITEM_VECTORS * ITEM_OUTPUTS)
#define ITEMS_DOWN (TILE_ROWS / ITEM_ROWS)
#define ITEMS_ACROSS (TILE_OUTPUTS / ITEM_OUTPUTS)
#define TILE_ITEMS (ITEMS_DOWN * ITEMS_ACROSS)

#define STEP_TERMS (TILE_DEPTH / TERM_COLUMNS)
#define STEP_ROWS (STEP_TERMS * TILE_VECTORS)              // vectors of activations in a step
#define STEP_WEIGHTS (STEP_TERMS * TILE_OUTPUTS / VECTOR)  // vectors of weights in a step
#define HELD_ROWS (STEP_ROWS / TILE_ITEMS)                 // of these, those that an item copies
#define HELD_WEIGHTS (STEP_WEIGHTS / TILE_ITEMS)

/// Terms of which a float holds the exact sum: below 2048 * 127 * 64 < 2^24.
#define FLOAT_SPAN 2048

/// Where the loop over a step's terms ends. Some compilers for processors, PoCL's among them, run
/// the items of a group one after the other from barrier to barrier, and where a loop is the same
/// for all of them, one turn of it for each item before the next turn: sums then go to memory and
/// back in every turn. ITEM_BY_ITEM lets the end depend, to all appearance, on the item.
#if ITEM_BY_ITEM
#define STEP_END (STEP_TERMS + (uint)get_local_id(0) / TILE_ITEMS)
#else
#define STEP_END STEP_TERMS
#endif

/// What an item copies in one step, on its way from global to local memory.
typedef struct {
  packed_rows rows[HELD_ROWS];
  packed_rows weights[HELD_WEIGHTS];
} held_step;

/// Reads the item's share of a step, which begins at a and w.
void fetch_step(private held_step* held, global const packed_rows* a, global const packed_rows* w) {
  const uint item = (uint)get_local_id(0);
#pragma unroll
  for (uint i = 0; i < HELD_ROWS; ++i) held->rows[i] = a[i * TILE_ITEMS + item];
#pragma unroll
  for (uint i = 0; i < HELD_WEIGHTS; ++i) held->weights[i] = w[i * TILE_ITEMS + item];
}

void store_step(private const held_step* held, local term_rows* a_step, local term_rows* w_step) {
  const uint item = (uint)get_local_id(0);
#pragma unroll
  for (uint i = 0; i < HELD_ROWS; ++i) a_step[i * TILE_ITEMS + item] = TO_TERMS(held->rows[i]);
#pragma unroll
  for (uint i = 0; i < HELD_WEIGHTS; ++i) {
    w_step[i * TILE_ITEMS + item] = TO_TERMS(held->weights[i]);
  }
}

/// Adds the terms of one step to the item's sums: [ITEM_VECTORS][ITEM_OUTPUTS]. They are in
/// variables of this function meanwhile, which no barrier crosses: registers, whatever becomes of
/// `sums`.
void add_step(private sum_rows* sums, local const term_rows* a_step,
              local const term_rows* w_step) {
  local const term_rows* a = a_step + (uint)get_local_id(0) % ITEMS_DOWN;
  local const term* w =
      (local const term*)w_step + (uint)get_local_id(0) / ITEMS_DOWN * ITEM_OUTPUTS;
  sum_rows mine[ITEM_SUMS];
#pragma unroll
  for (uint i = 0; i < ITEM_SUMS; ++i) mine[i] = sums[i];
  for (uint t = 0; t < STEP_END; ++t) {
    term_rows rows[ITEM_VECTORS];
#pragma unroll
    for (uint v = 0; v < ITEM_VECTORS; ++v) rows[v] = a[v * ITEMS_DOWN];
#pragma unroll
    for (uint n = 0; n < ITEM_OUTPUTS; ++n) {
      const term weight = w[n];
#pragma unroll
      for (uint v = 0; v < ITEM_VECTORS; ++v) {
        mine[v * ITEM_OUTPUTS + n] = multiply_add(rows[v], weight, mine[v * ITEM_OUTPUTS + n]);
      }
    }
    a += TILE_VECTORS;
    w += TILE_OUTPUTS;
  }
#pragma unroll
  for (uint i = 0; i < ITEM_SUMS; ++i) sums[i] = mine[i];
}

/// Adds `columns` columns, a multiple of TILE_DEPTH, to the item's sums. a and w: where the tile's
/// first of them is. With PREFETCH the next step is read while this one is computed, for a GPU that
/// has few waves to hide a load behind.
void add_columns(private sum_rows* sums, global const packed_rows* a, global const packed_rows* w,
                 uint columns, local term_rows* a_step, local term_rows* w_step) {
#if PREFETCH
  held_step held;
  fetch_step(&held, a, w);
#endif
  for (uint left = columns; left > 0; left -= TILE_DEPTH) {
#if !PREFETCH
    held_step held;
    fetch_step(&held, a, w);
#endif
    store_step(&held, a_step, w_step);
    barrier(CLK_LOCAL_MEM_FENCE);
    a += STEP_ROWS;
    w += STEP_WEIGHTS;
#if PREFETCH
    if (left > TILE_DEPTH) fetch_step(&held, a, w);
#endif
    add_step(sums, a_step, w_step);
    barrier(CLK_LOCAL_MEM_FENCE);
  }
}

/// The item's sums of all `inputs` columns: at most FLOAT_SPAN of them where sums are floats.
void sum_tile(private int_rows* totals, global const packed_rows* a, global const packed_rows* w,
              uint inputs, local term_rows* a_step, local term_rows* w_step) {
  sum_rows sums[ITEM_SUMS];
#pragma unroll
  for (uint i = 0; i < ITEM_SUMS; ++i) sums[i] = 0;
  add_columns(sums, a, w, inputs, a_step, w_step);
#pragma unroll
  for (uint i = 0; i < ITEM_SUMS; ++i) totals[i] = TO_INTS(sums[i]);
}

/// The same of any number of columns: floats are added to integers after each FLOAT_SPAN. A
/// function of its own, since the integers would take as many registers as the sums, and a GPU
/// would have half as many items under way; volatile, they are in memory, where they are rarely
/// needed.
void sum_tile_long(private int_rows* totals, global const packed_rows* a,
                   global const packed_rows* w, uint inputs, local term_rows* a_step,
                   local term_rows* w_step) {
  volatile int_rows kept[ITEM_SUMS];
#pragma unroll
  for (uint i = 0; i < ITEM_SUMS; ++i) kept[i] = 0;
  for (uint first = 0; first < inputs; first += FLOAT_SPAN) {
    sum_rows sums[ITEM_SUMS];
#pragma unroll
    for (uint i = 0; i < ITEM_SUMS; ++i) sums[i] = 0;
    const size_t terms = first / TERM_COLUMNS;
    add_columns(sums, a + terms * TILE_VECTORS, w + terms * (TILE_OUTPUTS / VECTOR),
                min(inputs - first, (uint)FLOAT_SPAN), a_step, w_step);
#pragma unroll
    for (uint i = 0; i < ITEM_SUMS; ++i) kept[i] += TO_INTS(sums[i]);
  }
#pragma unroll
  for (uint i = 0; i < ITEM_SUMS; ++i) totals[i] = kept[i];
}
