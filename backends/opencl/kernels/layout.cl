// Where the elements of a matrix lie.
//
// Activations lie in tiles of TILE_ROWS rows, one tile after the other. Within a tile, terms of
// TERM_COLUMNS columns follow each other, and of each term the tile's rows lie side by side:
//
//   tile 0                                          tile 1
//   term 0: row 0, row 1, ...   term 1: row 0, ...  term 0: row TILE_ROWS, ...
//
// So what a step of the product needs of a tile is one piece of memory, in the order in which the
// inner loop reads it; and items that have neighbouring rows load and store neighbouring words.
// Rows are read and written VECTOR at a time. Tiles are multiples of 16 rows: a nonce lies in one.
//
// Weights lie the same way, with tiles of TILE_OUTPUTS outputs in the place of rows.
//
// The residual x is int16 in such tiles of rows, one column a term whatever TERM_COLUMNS is.

/// Vectors of rows in a tile.
#define TILE_VECTORS (TILE_ROWS / VECTOR)

/// Of activations with `columns` columns: where the term with `column` of the tile's first vector
/// of rows is, in packed_rows.
size_t term_place(uint tile, uint column, uint columns) {
  return ((size_t)tile * (columns / TERM_COLUMNS) + column / TERM_COLUMNS) * TILE_VECTORS;
}

/// The same of the residual, in short_rows.
size_t residual_place(uint tile, uint column, uint columns) {
  return ((size_t)tile * columns + column) * TILE_VECTORS;
}

/// Which output of the tensor gate-and-up (outputs 0..ffn-1 are gates, then come as many ups) lies
/// at place `place` of tile `tile`: of each item's ITEM_OUTPUTS outputs, the first half are gates
/// and the second the ups that they gate.
uint gate_up_output(uint tile, uint place, uint ffn) {
  const uint in_item = place % ITEM_OUTPUTS;
  const uint gates = ITEM_OUTPUTS / 2;
  const uint column = (tile * TILE_OUTPUTS + place - in_item) / 2 + in_item % gates;
  return in_item < gates ? column : ffn + column;
}

/// A tile's number along the rows of activations and along the outputs.
typedef struct {
  uint row;
  uint output;
} tile_number;

/// Rows of tiles that are computed together: tiles under way at one time then share both their
/// activations and their weights in the cache, of which a whole row or column would not fit.
#define RASTER_ROWS 8

/// Tile `index` of rows x outputs tiles: bands of RASTER_ROWS rows, along the outputs, in each
/// column down the band.
tile_number tile_at(uint index, uint rows, uint outputs) {
  const uint band = index / (RASTER_ROWS * outputs);
  const uint in_band = index % (RASTER_ROWS * outputs);
  const uint height = min((uint)RASTER_ROWS, rows - band * RASTER_ROWS);
  tile_number tile;
  tile.row = band * RASTER_ROWS + in_band % height;
  tile.output = in_band / height;
  return tile;
}
