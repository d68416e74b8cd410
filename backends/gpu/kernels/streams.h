#pragma once

// What comes out of ChaCha20 and SHA-256 before the first layer: weights, input keys, inputs.

#include "backends/gpu/kernels/arguments.h"
#include "backends/gpu/kernels/sha256.h"
#include "backends/gpu/kernels/words.h"
#include "poc/chacha20.h"
#include "poc/params.h"

namespace backends::gpu {

/// Makes block `index` of a tensor's stream: 64 neighbours of one output's row, half a panel's row.
GPU_DEVICE void make_weight_block(const WeightsArguments& args, std::uint32_t index) {
  const std::uint64_t first = std::uint64_t{index} * 64;
  const auto output = static_cast<std::uint32_t>(first / args.inputs);
  const auto column = static_cast<std::uint32_t>(first % args.inputs);
  const std::uint32_t place =
      args.tensor == POC_TENSOR_GATE_UP ? gate_up_place(output, args.ffn) : output_place(output);
  std::uint32_t block[16];
  poc::chacha_block(poc::chacha_init(args.key, args.layer, args.tensor, 0), index, block);
  std::uint8_t* panel = args.weights.data + column / kPanelColumns * args.weights.stride;
  for (std::uint32_t i = 0; i < 4; ++i) {
    Chunk chunk;
    for (std::uint32_t j = 0; j < 4; ++j) chunk.word[j] = decode4(block[4 * i + j]);
    const std::uint32_t number = column % kPanelColumns / kChunkBytes + i;
    store_chunk(panel + chunk_offset(place, number), chunk);
  }
}

/// The input key of the thread's nonce: SHA-256 of 123 bytes that all share and the nonce's eight,
/// little-endian, in three blocks.
GPU_DEVICE void make_key(const KeysArguments& args, std::uint32_t index) {
  const std::uint64_t nonce = args.first_nonce + index;
  const auto low = reverse_bytes(static_cast<std::uint32_t>(nonce));
  const auto high = reverse_bytes(static_cast<std::uint32_t>(nonce >> 32));
  std::uint32_t state[8];
  begin_hash(state);
  std::uint32_t w[16];
  GPU_UNROLL
  for (int i = 0; i < 16; ++i) w[i] = args.prefix[i];
  compress_words(state, w);
  GPU_UNROLL
  for (int i = 0; i < 16; ++i) w[i] = args.prefix[16 + i];
  w[14] |= low >> 24;
  w[15] = low << 8 | high >> 24;
  compress_words(state, w);
  std::uint32_t last[16] = {high << 8 | 0x80};
  last[15] = 131 * 8;
  compress_words(state, last);
  store_words(state, args.keys + index * 32);
}

/// Makes block `index` of the inputs of all nonces: 64 columns of one token.
GPU_DEVICE void make_input_block(const InputArguments& args, std::uint32_t index) {
  const std::uint32_t blocks_per_nonce = POC_TOKENS * args.dim / 64;
  const std::uint32_t nonce = index / blocks_per_nonce;
  const std::uint32_t in_nonce = index % blocks_per_nonce;
  std::uint32_t block[16];
  poc::chacha_block(poc::chacha_init(args.keys + nonce * 32, 0, 0, 0), in_nonce, block);
  std::int16_t* x = args.x + std::uint64_t{index} * 64;
  for (std::uint32_t i = 0; i < 8; ++i) {
    Chunk chunk;
    for (std::uint32_t j = 0; j < 4; ++j) {
      const std::uint32_t two = block[2 * i + j / 2] >> (j % 2 * 16);
      const std::int32_t low = poc::decode(static_cast<std::uint8_t>(two));
      const std::int32_t high = poc::decode(static_cast<std::uint8_t>(two >> 8));
      chunk.word[j] = join_halves(low * (1 << POC_INPUT_SHIFT), high * (1 << POC_INPUT_SHIFT));
    }
    store_chunk(x + 8 * x_chunk_place(i), chunk);
  }
}

}  // namespace backends::gpu
