#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "poc/chacha20.h"
#include "poc/core.h"

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

/// Activations that enter a product are stored as a + 128 in an unsigned byte, because the
/// instructions that multiply bytes take one unsigned and one signed factor. The sum is then too
/// large by 128 * (sum of the output's weights), which sums start from, negated: the correction.
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

/// A product of one block of weights with rows of activations.
struct Product {
  const std::uint8_t* activations;  ///< [rows][inputs], offset
  std::size_t rows;                 ///< multiple of 16
  std::size_t inputs;               ///< multiple of 128
  const std::int8_t* weights;       ///< one packed block, 64-byte aligned
  const std::int32_t* corrections;  ///< 16 values
  poc::Factor factor;               ///< of the epilogue
};

/// The operators of the proof for one instruction set. All paths give the same bytes. Any thread;
/// buffers do not overlap; nothing is allocated.
struct Kernels {
  /// As the option `path` names it.
  std::string_view name;

  void (*make_weights)(const WeightTask& task);

  /// x: [rows][dim] -> y: [rows][dim], offset.
  void (*norm)(const std::int16_t* x, std::size_t rows, std::size_t dim, std::uint8_t* y);

  /// One nonce. qkv: [16][3 dim] -> o: [16][dim], offset.
  void (*attention)(const std::int8_t* qkv, std::size_t dim, std::uint8_t* o);

  /// 16 columns. g, u: [rows][16] -> 16 bytes, offset, at each h + row * stride.
  void (*gate)(const std::int8_t* g, const std::int8_t* u, std::size_t rows, std::uint8_t* h,
               std::size_t stride);

  /// 16 columns of the next activation, not offset, at each out + row * stride.
  void (*product_narrow)(const Product& product, std::int8_t* out, std::size_t stride);

  /// Adds the product to 16 columns of the residual at each x + row * stride.
  void (*product_add)(const Product& product, std::int16_t* x, std::size_t stride);
};

/// Plain loops; runs anywhere.
extern const Kernels kScalarKernels;

#if defined(__x86_64__)
/// 256-bit integer instructions (2013 on).
extern const Kernels kAvx2Kernels;
#endif

}  // namespace backends::cpu
