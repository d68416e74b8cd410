// rms_norm of whole rows. A group has NORM_ROWS of them; an item has VECTOR neighbouring rows and
// one of NORM_SLICES slices of their columns.

#define NORM_VECTORS (NORM_ROWS / VECTOR)
#define NORM_SLICES (NORM_ITEMS / NORM_VECTORS)

/// The proof's multiplier of a row: 5242880 / max(1, isqrt(sum / dim)). The root r is the largest
/// number with r^2 dim <= sum; single precision finds it or a neighbour, r being below 2^15.
int norm_multiplier(ulong sum, uint dim) {
  uint root = (uint)sqrt((float)sum / (float)dim);
  if ((ulong)(root * root) * dim > sum) --root;
  if ((ulong)((root + 1) * (root + 1)) * dim <= sum) ++root;
  return POC_NORM_GAIN / (int)max(root, 1U);
}

/// Sums of the squares of `columns` columns, a multiple of four, of one vector of rows. A square is
/// below 2^30, and the sum of four, 4 * 32767^2, below 2^32.
ulong_rows sum_squares(global const short_rows* x, uint columns) {
  ulong_rows sums = 0;
  for (uint column = 0; column < columns; column += 4) {
    uint_rows four = 0;
    for (uint i = 0; i < 4; ++i) {
      const int_rows v = TO_INTS(x[(column + i) * TILE_VECTORS]);
      four += AS_UINTS(v * v);
    }
    sums += TO_ULONGS(four);
  }
  return sums;
}

/// y = rms_norm(x), rows of `dim` columns: each group those from first_row + NORM_ROWS * its number
/// on. Does nothing for rows from `rows`, a multiple of 16, on.
kernel __attribute__((reqd_work_group_size(NORM_ITEMS, 1, 1))) void norm(
    global packed_rows* y, global const short_rows* x, uint first_row, uint rows, uint dim) {
  local ulong_rows squares[NORM_SLICES * NORM_VECTORS];
  local int_rows multipliers[NORM_VECTORS];
  const uint item = (uint)get_local_id(0);
  const uint vector = item % NORM_VECTORS;
  const uint row = first_row + (uint)get_group_id(0) * NORM_ROWS + vector * VECTOR;
  const uint in_tile = row % TILE_ROWS / VECTOR;
  const uint columns = dim / NORM_SLICES;
  const uint first_column = item / NORM_VECTORS * columns;
  global const short_rows* from = x + residual_place(row / TILE_ROWS, first_column, dim) + in_tile;

  squares[item] = row < rows ? sum_squares(from, columns) : (ulong_rows)(0);
  barrier(CLK_LOCAL_MEM_FENCE);
  // As single numbers: each row's multiplier is made once.
  for (uint i = item; i < NORM_ROWS; i += NORM_ITEMS) {
    ulong sum = 0;
    for (uint slice = 0; slice < NORM_SLICES; ++slice) {
      sum += ((local const ulong*)squares)[slice * NORM_ROWS + i];
    }
    ((local int*)multipliers)[i] = norm_multiplier(sum, dim);
  }
  barrier(CLK_LOCAL_MEM_FENCE);
  if (row < rows) {
    const int_rows multiplier = multipliers[vector];
    global packed_rows* to = y + term_place(row / TILE_ROWS, first_column, dim) + in_tile;
    for (uint column = 0; column < columns; column += TERM_COLUMNS) {
      int_rows out[TERM_COLUMNS];
#pragma unroll
      for (uint i = 0; i < TERM_COLUMNS; ++i) {
        const int_rows v = TO_INTS(from[(column + i) * TILE_VECTORS]);
        out[i] = CLAMP_ROWS((v * multiplier + (1 << 16)) >> 17, 127);
      }
      to[column / TERM_COLUMNS * TILE_VECTORS] = pack_columns(out);
    }
  }
}
