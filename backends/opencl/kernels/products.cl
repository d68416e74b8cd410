// The kernels of the products: an epilogue each, and each for up to FLOAT_SPAN inputs and, as
// name_long, for any number. Where sums are integers the two are the same.
//
// Arguments: result, int8 activations [rows][inputs], weights; tiles from first_tile on, one a
// group, of the ceil(rows / TILE_ROWS) x (weights' outputs / TILE_OUTPUTS) there are; `outputs`
// columns of the result, of which the gate has half as many as the weights have outputs; the factor
// of the product, (m, p), from the proof's page.

#if defined(INNER_FP32)
#define SUM_TILE sum_tile
#define SUM_TILE_long sum_tile_long
#else
#define SUM_TILE sum_tile
#define SUM_TILE_long sum_tile
#endif

#define PRODUCT(kind, suffix, result, weights_per_output)                                          \
  kernel __attribute__((reqd_work_group_size(TILE_ITEMS, 1, 1))) void product_##kind##suffix(      \
      global result* out, global const packed_rows* restrict a,                                    \
      global const packed_rows* restrict w, uint first_tile, uint rows, uint outputs, uint inputs, \
      int m, int p) {                                                                              \
    local term_rows a_step[STEP_ROWS];                                                             \
    local term_rows w_step[STEP_WEIGHTS];                                                          \
    const tile_number tile =                                                                       \
        tile_at(first_tile + (uint)get_group_id(0), (rows + TILE_ROWS - 1) / TILE_ROWS,            \
                outputs * weights_per_output / TILE_OUTPUTS);                                      \
    const size_t terms = inputs / TERM_COLUMNS;                                                    \
    int_rows sums[ITEM_SUMS];                                                                      \
    SUM_TILE##suffix(sums, a + tile.row * terms * TILE_VECTORS,                                    \
                     w + tile.output * terms * (TILE_OUTPUTS / VECTOR), inputs, a_step, w_step);   \
    finish_##kind(out, sums, tile, rows, outputs, m, p);                                           \
  }

PRODUCT(narrow, , packed_rows, 1)
PRODUCT(narrow, _long, packed_rows, 1)
PRODUCT(gate, , packed_rows, 2)
PRODUCT(gate, _long, packed_rows, 2)
PRODUCT(add, , short_rows, 1)
PRODUCT(add, _long, short_rows, 1)
