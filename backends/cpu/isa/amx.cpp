// Products in tile registers: 16 rows of 64 bytes each, multiplied 16 by 16 by 64 in one
// instruction (Intel 64 and IA-32 Architectures SDM, volume 1, chapter 18).

#include "backends/cpu/isa/avx512.h"
#include "backends/cpu/isa/avx512_epilogue.h"

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

/// Two blocks that are summed together, a panel or one of gate and one of up, and what is summed
/// after them.
struct BlockPair {
  const std::int8_t* weights[2];
  const std::int8_t* next[2];
};

/// Fetches a part of the next blocks into the L2 cache. A product of many rows takes long enough
/// that the next panel is there when its turn comes, wherever it comes from; the processor's own
/// prefetching alone leaves it waiting at every page.
SPRINT_AMX_INLINE void fetch_next(const BlockPair& pair, std::size_t at, std::size_t bytes) {
  for (std::size_t i = at; i < at + bytes; i += 64) {
    _mm_prefetch(pair.next[0] + i, _MM_HINT_T1);
    _mm_prefetch(pair.next[1] + i, _MM_HINT_T1);
  }
}

/// Tiles 0..3 are sums, 4 and 5 activations of two nonces, 6 and 7 weights of two blocks: four
/// products for four loads. On the way `fetch` bytes of each next block, from `fetch_from` on, are
/// fetched for each tile of weights.
SPRINT_AMX_INLINE void sum_two(const std::uint8_t* a, std::size_t inputs, const BlockPair& pair,
                               std::size_t fetch_from, std::size_t fetch, Sums& sums) {
  const std::size_t block_bytes = kBlockOutputs * inputs;
  const std::uint8_t* a1 = a + POC_TOKENS * inputs;
  _tile_zero(0);
  _tile_zero(1);
  _tile_zero(2);
  _tile_zero(3);
  for (std::size_t i = 0; i < block_bytes; i += kTileBytes, fetch_from += fetch) {
    _tile_loadd(4, a + i, kTileStride);
    _tile_loadd(6, pair.weights[0] + i, kTileStride);
    _tile_loadd(5, a1 + i, kTileStride);
    _tile_loadd(7, pair.weights[1] + i, kTileStride);
    _tile_dpbusd(0, 4, 6);
    _tile_dpbusd(2, 5, 6);
    _tile_dpbusd(1, 4, 7);
    _tile_dpbusd(3, 5, 7);
    fetch_next(pair, fetch_from, fetch);
  }
  _tile_stored(0, sums.at[0][0], kTileStride);
  _tile_stored(1, sums.at[0][1], kTileStride);
  _tile_stored(2, sums.at[1][0], kTileStride);
  _tile_stored(3, sums.at[1][1], kTileStride);
}

/// The same for one nonce.
SPRINT_AMX_INLINE void sum_one(const std::uint8_t* a, std::size_t inputs, const BlockPair& pair,
                               Sums& sums) {
  _tile_zero(0);
  _tile_zero(1);
  for (std::size_t i = 0; i < kBlockOutputs * inputs; i += kTileBytes) {
    _tile_loadd(4, a + i, kTileStride);
    _tile_loadd(6, pair.weights[0] + i, kTileStride);
    _tile_loadd(7, pair.weights[1] + i, kTileStride);
    _tile_dpbusd(0, 4, 6);
    _tile_dpbusd(1, 4, 7);
  }
  _tile_stored(0, sums.at[0][0], kTileStride);
  _tile_stored(1, sums.at[0][1], kTileStride);
}

/// Sums a pair of blocks with all rows; store(row, sums of its first block, of its second) takes
/// them row by row.
template <class Store>
SPRINT_AMX_INLINE void sum_rows(const Product& p, const BlockPair& pair, const Store& store) {
  Sums sums;
  // Each step of each two nonces fetches so much that all together fetch a block of each.
  const std::size_t twos = p.rows / (2 * POC_TOKENS);
  const std::size_t fetch = twos == 0 ? 0 : (kTileBytes / twos + 63) / 64 * 64;
  const std::size_t steps = p.inputs / kTileColumns;
  for (std::size_t row = 0; row < p.rows; row += 2 * POC_TOKENS) {
    const std::uint8_t* a = p.activations + row * p.inputs;
    const std::size_t count = p.rows - row > POC_TOKENS ? 2 : 1;
    if (count == 2) {
      sum_two(a, p.inputs, pair, row / (2 * POC_TOKENS) * steps * fetch, fetch, sums);
    } else {
      sum_one(a, p.inputs, pair, sums);
    }
    for (std::size_t n = 0; n < count; ++n) {
      for (std::size_t r = 0; r < POC_TOKENS; ++r) {
        store(row + n * POC_TOKENS + r, load(sums.at[n][0][r]), load(sums.at[n][1][r]));
      }
    }
  }
}

/// The panel's two blocks, and the next panel's.
SPRINT_AMX_INLINE BlockPair panel(const Product& p) {
  const std::size_t block_bytes = kBlockOutputs * p.inputs;
  return {{p.weights, p.weights + block_bytes},
          {p.weights + 2 * block_bytes, p.weights + 3 * block_bytes}};
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
  const StoreNarrow store = {
      {corrected(s, p.corrections), corrected(s, p.corrections + kBlockOutputs)}, out, stride};
  sum_rows(p, panel(p), store);
}

SPRINT_AMX void product_gate(const Product& g, const Product& u, std::uint8_t* h, std::size_t ffn,
                             std::size_t column) {
  const Scale s = avx512::narrow_scale(g.factor);
  const std::size_t block_bytes = kBlockOutputs * g.inputs;
  for (std::size_t b = 0; b < kPanelBlocks; ++b) {
    const std::int8_t* g_block = g.weights + b * block_bytes;
    const std::int8_t* u_block = u.weights + b * block_bytes;
    const BlockPair pair = {{g_block, u_block}, {g_block + block_bytes, u_block + block_bytes}};
    const StoreGate store = {corrected(s, g.corrections + b * kBlockOutputs),
                             corrected(s, u.corrections + b * kBlockOutputs), h, ffn,
                             column + b * kBlockOutputs};
    sum_rows(g, pair, store);
  }
}

SPRINT_AMX void product_add(const Product& p, std::int16_t* x, std::size_t stride) {
  const Scale s = avx512::add_scale(p.factor);
  const StoreAdd store = {
      {corrected(s, p.corrections), corrected(s, p.corrections + kBlockOutputs)}, x, stride};
  sum_rows(p, panel(p), store);
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
