#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "poc/chacha20.h"
#include "poc/core.h"
#include "poc/keys.h"

namespace backends::cpu {

// The packed format of weights, one for all paths. A block holds 16 outputs of one tensor; in it,
// four inputs at a time, a line of 64 bytes in the order in which a product loads it:
//
//   line i:  W[n+0][4i..4i+3]  W[n+1][4i..4i+3]  ..  W[n+15][4i..4i+3]
//
// A line is one 512-bit register or two of 256 bits. Each 32-bit lane meets the same four
// activations, so a product broadcasts four activation bytes and multiplies lane by lane. A word of
// a ChaCha20 block is four inputs of one output: made for 16 outputs at once, words are lines.
constexpr std::size_t kBlockOutputs = 16;
constexpr std::size_t kLineInputs = 4;

/// Where byte `input` of output `output` (0..15) lies in a block.
constexpr std::size_t packed_offset(std::size_t output, std::size_t input) {
  return (input / kLineInputs * kBlockOutputs + output) * kLineInputs + input % kLineInputs;
}

/// Activations that enter a product lie in tiles: the 16 rows of one nonce by 64 columns, 1024
/// bytes in a row. A nonce is `width` / 64 tiles in order, nonces follow each other:
///
///   tile c of nonce n:  row 0 [64c .. 64c+63]  row 1 [64c .. 64c+63]  ..  row 15 [64c .. 64c+63]
///
/// A tile is what a tile register holds and what a product loads line by line beside 16 lines of
/// weights; it is also the next SHA-256 block of each of the 16 rows. (As plain rows, whose length
/// is a power of two, the lines of a tile would fall on few sets of a cache.)
constexpr std::size_t kTileColumns = 64;
constexpr std::size_t kTileBytes = POC_TOKENS * kTileColumns;

/// Where element (row, column) of activations with `width` columns lies. For columns of one tile:
/// tiled_offset(row, its first column, width) and what follows.
constexpr std::size_t tiled_offset(std::size_t row, std::size_t column, std::size_t width) {
  return (row / POC_TOKENS * (width / kTileColumns) + column / kTileColumns) * kTileBytes +
         row % POC_TOKENS * kTileColumns + column % kTileColumns;
}

/// They are stored as a + 128 in an unsigned byte, because the instructions that multiply bytes
/// take one unsigned and one signed factor. The sum is then too large by 128 * (sum of the output's
/// weights), which sums start from, negated: the correction.
constexpr int kActivationOffset = 128;

/// An activation -127..127 as it is stored for a product, and back.
constexpr std::uint8_t offset_activation(std::int8_t a) {
  return static_cast<std::uint8_t>(a + kActivationOffset);
}
constexpr std::int8_t plain_activation(std::uint8_t stored) {
  return static_cast<std::int8_t>(stored - kActivationOffset);
}

/// One block of 16 outputs to make from its tensor's key stream.
struct WeightTask {
  poc::ChaChaState stream;    ///< of the tensor, at block 0
  std::uint32_t first_block;  ///< stream block at which the first of the 16 rows begins
  std::size_t inputs;         ///< multiple of 128; a row is inputs / 64 stream blocks
  std::int8_t* weights;       ///< out: 16 * inputs bytes, 64-byte aligned
  std::int32_t* corrections;  ///< out: 16 values, -128 * (sum of the output's weights)
};

/// Blocks of one tensor that a kernel takes at once, one behind the other in memory.
constexpr std::size_t kPanelBlocks = 2;
constexpr std::size_t kPanelOutputs = kPanelBlocks * kBlockOutputs;

/// A product of one panel of weights with rows of activations.
struct Product {
  const std::uint8_t* activations;  ///< [rows][inputs], tiled, offset, 64-byte aligned
  std::size_t rows;                 ///< multiple of 16
  std::size_t inputs;               ///< multiple of 128
  const std::int8_t* weights;       ///< kPanelBlocks packed blocks, 64-byte aligned
  const std::int32_t* corrections;  ///< kPanelOutputs values
  poc::Factor factor;               ///< of the epilogue
};

/// The operators of the proof for one instruction set. All paths give the same bytes. Any thread;
/// buffers do not overlap; nothing is allocated.
struct Kernels {
  /// As the option `path` names it.
  std::string_view name;

  void (*make_weights)(const WeightTask& task);

  /// Makes the input of one nonce. x: [16][dim].
  void (*make_input)(const poc::InputKey& key, std::size_t dim, std::int16_t* x);

  /// x: [rows][dim] -> y: [rows][dim], tiled, offset.
  void (*norm)(const std::int16_t* x, std::size_t rows, std::size_t dim, std::uint8_t* y);

  /// One nonce. qkv: [16][3 dim] -> o: [16][dim], tiled, offset.
  void (*attention)(const std::int8_t* qkv, std::size_t dim, std::uint8_t* o);

  /// kPanelOutputs columns of the next activation, plain rows, not offset, at each
  /// out + row * stride.
  void (*product_narrow)(const Product& product, std::int8_t* out, std::size_t stride);

  /// Two products of the same activations, g and u, narrowed, and gate(g, u): kPanelOutputs columns
  /// from `column` on of h: [rows][ffn], tiled, offset.
  void (*product_gate)(const Product& g, const Product& u, std::uint8_t* h, std::size_t ffn,
                       std::size_t column);

  /// Adds the product to kPanelOutputs columns of the residual at each x + row * stride.
  void (*product_add)(const Product& product, std::int16_t* x, std::size_t stride);

  /// One nonce. y: [16][dim], tiled, offset -> digest.
  void (*digest)(const std::uint8_t* y, std::size_t dim, poc::Digest& digest);

  /// Around the calls of the three products on one thread, where registers must be set up for
  /// them; null where nothing is to be done.
  void (*enter)() = nullptr;
  void (*leave)() = nullptr;
};

/// Plain loops; runs anywhere.
extern const Kernels kScalarKernels;

#if defined(__x86_64__)
/// 256-bit integer instructions (2013 on).
extern const Kernels kAvx2Kernels;
/// The same with byte products (AVX-VNNI; desktops, 2021 on).
extern const Kernels kAvxVnniKernels;
/// 512-bit instructions with byte products (VNNI; 2019 on).
extern const Kernels kAvx512Kernels;
/// The same with products in tile registers (AMX; servers, 2023 on).
extern const Kernels kAmxKernels;
#endif

}  // namespace backends::cpu
