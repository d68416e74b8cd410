// What becomes of a product's sums, in the registers they lie in: one of narrow, gate, add. An item
// hands over the sums of ITEM_OUTPUTS neighbouring outputs for ITEM_VECTORS vectors of rows, as
// [vector][output]; rows from `rows` on, a multiple of 16, are padding: nothing is written there.

/// Where an item's vector `v` of rows lies: its number in the tile.
uint vector_in_tile(uint v) {
  return v * ITEMS_DOWN + (uint)get_local_id(0) % ITEMS_DOWN;
}

/// Whether that vector is none of the padding.
bool is_inside(uint tile_row, uint v, uint rows) {
  return tile_row * TILE_ROWS + vector_in_tile(v) * VECTOR < rows;
}

/// The item's number among those across the tile: its outputs begin at ITEM_OUTPUTS times that.
uint item_across(void) {
  return (uint)get_local_id(0) / ITEMS_DOWN;
}

/// The proof's narrow: (sum m + 2^(13 + p)) >> (14 + p), clamped.
int_rows narrow_sums(int_rows sums, int m, int p) {
  return CLAMP_ROWS((sums * m + (1 << (13 + p))) >> (14 + p), 127);
}

/// The proof's gate of narrowed gates and ups: a leaky ReLU of slope 1/4.
int_rows gate_ups(int_rows gates, int_rows ups) {
  return CLAMP_ROWS((5 * max(gates, gates >> 2) * ups + 64) >> 7, 127);
}

/// narrow: int8 [rows][outputs].
void finish_narrow(global packed_rows* out, private const int_rows* sums, tile_number tile,
                   uint rows, uint outputs, int m, int p) {
  const uint column = tile.output * TILE_OUTPUTS + item_across() * ITEM_OUTPUTS;
#pragma unroll
  for (uint v = 0; v < ITEM_VECTORS; ++v) {
    if (!is_inside(tile.row, v, rows)) continue;
    global packed_rows* to = out + term_place(tile.row, column, outputs) + vector_in_tile(v);
#pragma unroll
    for (uint n = 0; n < ITEM_OUTPUTS; n += TERM_COLUMNS) {
      int_rows columns[TERM_COLUMNS];
#pragma unroll
      for (uint i = 0; i < TERM_COLUMNS; ++i) {
        columns[i] = narrow_sums(sums[v * ITEM_OUTPUTS + n + i], m, p);
      }
      to[n / TERM_COLUMNS * TILE_VECTORS] = pack_columns(columns);
    }
  }
}

/// gate of narrowed gates and ups: int8 [rows][ffn]. Of the item's outputs the first half are
/// gates, the others the ups that they gate (layout.cl).
void finish_gate(global packed_rows* h, private const int_rows* sums, tile_number tile, uint rows,
                 uint ffn, int m, int p) {
  const uint gates = ITEM_OUTPUTS / 2;
  const uint column = tile.output * (TILE_OUTPUTS / 2) + item_across() * gates;
#pragma unroll
  for (uint v = 0; v < ITEM_VECTORS; ++v) {
    if (!is_inside(tile.row, v, rows)) continue;
    global packed_rows* to = h + term_place(tile.row, column, ffn) + vector_in_tile(v);
#pragma unroll
    for (uint n = 0; n < ITEM_OUTPUTS / 2; n += TERM_COLUMNS) {
      int_rows columns[TERM_COLUMNS];
#pragma unroll
      for (uint i = 0; i < TERM_COLUMNS; ++i) {
        const uint gate = v * ITEM_OUTPUTS + n + i;
        columns[i] = gate_ups(narrow_sums(sums[gate], m, p), narrow_sums(sums[gate + gates], m, p));
      }
      to[n / TERM_COLUMNS * TILE_VECTORS] = pack_columns(columns);
    }
  }
}

/// add: the residual, int16 [rows][outputs], in place: x + ((sum m + 2^(8 + p)) >> (9 + p)), and
/// clamped.
void finish_add(global short_rows* x, private const int_rows* sums, tile_number tile, uint rows,
                uint outputs, int m, int p) {
  const uint column = tile.output * TILE_OUTPUTS + item_across() * ITEM_OUTPUTS;
#pragma unroll
  for (uint v = 0; v < ITEM_VECTORS; ++v) {
    if (!is_inside(tile.row, v, rows)) continue;
    global short_rows* to = x + residual_place(tile.row, column, outputs) + vector_in_tile(v);
#pragma unroll
    for (uint n = 0; n < ITEM_OUTPUTS; ++n) {
      const int_rows change = (sums[v * ITEM_OUTPUTS + n] * m + (1 << (8 + p))) >> (9 + p);
      const int_rows result = TO_INTS(to[n * TILE_VECTORS]) + change;
      to[n * TILE_VECTORS] = TO_SHORTS(CLAMP_ROWS(result, 32767));
    }
  }
}
