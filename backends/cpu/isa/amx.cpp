// Products in tile registers: 16 rows of 64 bytes each, multiplied 16 by 16 by 64 in one
// instruction (Intel 64 and IA-32 Architectures SDM, volume 1, chapter 18).

#include "backends/cpu/isa/avx512.h"
#include "backends/cpu/isa/avx512_epilogue.h"
#include "backends/cpu/isa/block_pair.h"

#define SPRINT_AMX_TARGET SPRINT_AVX512_TARGET ",amx-tile,amx-int8"
#define SPRINT_AMX __attribute__((target(SPRINT_AMX_TARGET))) static
#define SPRINT_AMX_STORE __attribute__((target(SPRINT_AMX_TARGET), always_inline)) inline
#define SPRINT_AMX_INLINE __attribute__((target(SPRINT_AMX_TARGET), always_inline)) static inline

namespace backends::cpu {
namespace amx {
namespace {

using avx512::load;
using avx512::Scale;

constexpr std::size_t kTileLines = 16;
constexpr std::size_t kTileStride = 64;  // bytes: tiles of activations and weights lie in a row
static_assert(kTileBytes == kTileLines * kTileStride && kBlockOutputs == 16);

/// What the instruction that sets up tiles reads: palette 1, all eight tiles 16 lines of 64 bytes.
struct alignas(64) TileSetup {
  std::uint8_t palette = 1;
  std::uint8_t start_row = 0;
  std::uint8_t reserved[14] = {};
  std::uint16_t line_bytes[16] = {64, 64, 64, 64, 64, 64, 64, 64};
  std::uint8_t lines[16] = {16, 16, 16, 16, 16, 16, 16, 16};
};
static_assert(sizeof(TileSetup) == 64);

SPRINT_AMX void enter() {
  static constexpr TileSetup kSetup;
  _tile_loadconfig(&kSetup);
}

SPRINT_AMX void leave() {
  _tile_release();
}

/// Sums of two blocks of outputs for up to two nonces, as the tiles are stored.
struct alignas(64) Sums {
  std::int32_t at[2][2][POC_TOKENS][kBlockOutputs];  // [nonce][block][row][output]
};

/// Tiles 0..3 are sums, 4 and 5 activations of two nonces, 6 and 7 weights of two blocks: four
/// products for four loads.
SPRINT_AMX_INLINE void sum_two(const std::uint8_t* a, std::size_t inputs, const BlockPair& pair,
                               NextPair& next, Sums& sums) {
  const std::uint8_t* a1 = a + POC_TOKENS * inputs;
  _tile_zero(0);
  _tile_zero(1);
  _tile_zero(2);
  _tile_zero(3);
  for (std::size_t i = 0; i < kBlockOutputs * inputs; i += kTileBytes) {
    _tile_loadd(4, a + i, kTileStride);
    _tile_loadd(6, pair.weights[0] + i, kTileStride);
    _tile_loadd(5, a1 + i, kTileStride);
    _tile_loadd(7, pair.weights[1] + i, kTileStride);
    _tile_dpbusd(0, 4, 6);
    _tile_dpbusd(2, 5, 6);
    _tile_dpbusd(1, 4, 7);
    _tile_dpbusd(3, 5, 7);
    next.fetch_step();
  }
  _tile_stored(0, sums.at[0][0], kTileStride);
  _tile_stored(1, sums.at[0][1], kTileStride);
  _tile_stored(2, sums.at[1][0], kTileStride);
  _tile_stored(3, sums.at[1][1], kTileStride);
}

/// The same for one nonce.
SPRINT_AMX_INLINE void sum_one(const std::uint8_t* a, std::size_t inputs, const BlockPair& pair,
                               NextPair& next, Sums& sums) {
  _tile_zero(0);
  _tile_zero(1);
  for (std::size_t i = 0; i < kBlockOutputs * inputs; i += kTileBytes) {
    _tile_loadd(4, a + i, kTileStride);
    _tile_loadd(6, pair.weights[0] + i, kTileStride);
    _tile_loadd(7, pair.weights[1] + i, kTileStride);
    _tile_dpbusd(0, 4, 6);
    _tile_dpbusd(1, 4, 7);
    next.fetch_step();
  }
  _tile_stored(0, sums.at[0][0], kTileStride);
  _tile_stored(1, sums.at[0][1], kTileStride);
}

/// Sums a pair of blocks with all rows; store(row, sums of its first block, of its second) takes
/// them row by row.
template <class Store>
SPRINT_AMX_INLINE void sum_rows(const Product& p, const BlockPair& pair, const Store& store) {
  constexpr std::size_t kRows = 2 * POC_TOKENS;
  Sums sums;
  NextPair next(pair, p.inputs, (p.rows + kRows - 1) / kRows);
  for (std::size_t row = 0; row < p.rows; row += kRows) {
    const std::uint8_t* a = p.activations + row * p.inputs;
    const std::size_t count = p.rows - row > POC_TOKENS ? 2 : 1;
    if (count == 2) {
      sum_two(a, p.inputs, pair, next, sums);
    } else {
      sum_one(a, p.inputs, pair, next, sums);
    }
    for (std::size_t n = 0; n < count; ++n) {
      for (std::size_t r = 0; r < POC_TOKENS; ++r) {
        store(row + n * POC_TOKENS + r, load(sums.at[n][0][r]), load(sums.at[n][1][r]));
      }
    }
  }
}

/// The scale of one block whose sums lack their corrections: those enter by the rounding. (In 32
/// bits, where what runs over cancels.)
SPRINT_AMX_INLINE Scale corrected(Scale s, const std::int32_t* corrections) {
  s.rounding = _mm512_add_epi32(s.rounding, _mm512_mullo_epi32(load(corrections), s.m));
  return s;
}

struct StoreNarrow {
  Scale scale[2];
  std::int8_t* out;
  std::size_t stride;
  SPRINT_AMX_STORE void operator()(std::size_t row, __m512i first, __m512i second) const {
    avx512::store_narrow(scale[0], first, out + row * stride);
    avx512::store_narrow(scale[1], second, out + row * stride + kBlockOutputs);
  }
};

struct StoreGate {
  Scale g_scale;
  Scale u_scale;
  std::uint8_t* h;
  std::size_t ffn;
  std::size_t column;
  SPRINT_AMX_STORE void operator()(std::size_t row, __m512i g, __m512i u) const {
    avx512::store_gate(g_scale, g, u_scale, u, h + tiled_offset(row, column, ffn));
  }
};

struct StoreAdd {
  Scale scale[2];
  std::int16_t* x;
  std::size_t stride;
  SPRINT_AMX_STORE void operator()(std::size_t row, __m512i first, __m512i second) const {
    avx512::store_add(scale[0], first, x + row * stride);
    avx512::store_add(scale[1], second, x + row * stride + kBlockOutputs);
  }
};

SPRINT_AMX void product_narrow(const Product& p, std::int8_t* out, std::size_t stride) {
  const Scale s = avx512::narrow_scale(p.factor);
  const BlockPair pair = panel_pair(p);
  const StoreNarrow store = {
      {corrected(s, pair.corrections[0]), corrected(s, pair.corrections[1])}, out, stride};
  sum_rows(p, pair, store);
}

SPRINT_AMX void product_gate(const Product& g, const Product& u, std::uint8_t* h, std::size_t ffn,
                             std::size_t column) {
  const Scale s = avx512::narrow_scale(g.factor);
  for (std::size_t b = 0; b < kPanelBlocks; ++b, column += kBlockOutputs) {
    const BlockPair pair = gate_pair(g, u, b);
    const StoreGate store = {corrected(s, pair.corrections[0]), corrected(s, pair.corrections[1]),
                             h, ffn, column};
    sum_rows(g, pair, store);
  }
}

SPRINT_AMX void product_add(const Product& p, std::int16_t* x, std::size_t stride) {
  const Scale s = avx512::add_scale(p.factor);
  const BlockPair pair = panel_pair(p);
  const StoreAdd store = {
      {corrected(s, pair.corrections[0]), corrected(s, pair.corrections[1])}, x, stride};
  sum_rows(p, pair, store);
}

}  // namespace
}  // namespace amx

const Kernels kAmxKernels = {"amx",
                             avx512::make_weights,
                             avx512::make_input,
                             avx512::norm,
                             avx512::attention,
                             amx::product_narrow,
                             amx::product_gate,
                             amx::product_add,
                             avx512::digest,
                             amx::enter,
                             amx::leave};

}  // namespace backends::cpu
