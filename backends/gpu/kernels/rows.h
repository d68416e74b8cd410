#pragma once

// rms_norm of whole rows, one warp a row.

#include "backends/gpu/kernels/arguments.h"
#include "backends/gpu/kernels/launch.h"
#include "backends/gpu/kernels/words.h"

namespace backends::gpu {

/// A chunk is eight neighbours of a row of x; a lane keeps so many of its row in registers (all of
/// it up to dim 2048), and reads the others a second time.
constexpr std::uint32_t kNormHeld = 8;

GPU_DEVICE std::uint64_t squares_of(const Chunk& x) {
  std::uint64_t sum = 0;
  for (int i = 0; i < 4; ++i) {
    const std::int32_t low = low_half(x.word[i]);
    const std::int32_t high = high_half(x.word[i]);
    // Each square is below 2^30: two fit 32 bits.
    sum += static_cast<std::uint32_t>(low * low) + static_cast<std::uint32_t>(high * high);
  }
  return sum;
}

GPU_DEVICE std::uint64_t warp_sum(std::uint64_t value) {
  for (std::int32_t mask = 16; mask > 0; mask /= 2) {
    const auto low = static_cast<std::int32_t>(static_cast<std::uint32_t>(value));
    const auto high = static_cast<std::int32_t>(static_cast<std::uint32_t>(value >> 32));
    const auto other_low = static_cast<std::uint32_t>(warp_exchange(low, mask));
    const auto other_high = static_cast<std::uint32_t>(warp_exchange(high, mask));
    value += std::uint64_t{other_high} << 32 | other_low;
  }
  return value;
}

/// Writes eight neighbours of y: those of the chunk of x at place `index`.
GPU_DEVICE void store_normed(const Panels& y, std::uint32_t row, std::uint32_t index,
                             const Chunk& x, std::int32_t m) {
  std::uint32_t words[2];
  for (int i = 0; i < 2; ++i) {
    // The product of poc::norm; pack_clamped is its clamp.
    const std::uint32_t a = x.word[2 * i];
    const std::uint32_t b = x.word[2 * i + 1];
    words[i] =
        pack_clamped((low_half(a) * m + (1 << 16)) >> 17, (high_half(a) * m + (1 << 16)) >> 17,
                     (low_half(b) * m + (1 << 16)) >> 17, (high_half(b) * m + (1 << 16)) >> 17);
  }
  std::uint8_t* to = y.data + panel_offset(y.stride, row, x_chunk_column(index));
  *reinterpret_cast<std::uint64_t*>(to) = std::uint64_t{words[1]} << 32 | words[0];
}

/// poc::norm_multiplier without its divisions: the root r of the mean is the largest number with
/// r^2 dim <= sum, and single precision finds it or a neighbour, r being below 2^15.
GPU_DEVICE std::int32_t norm_multiplier(std::uint64_t sum, std::uint32_t dim) {
  const float mean = static_cast<float>(sum) / static_cast<float>(dim);
  auto root = static_cast<std::uint32_t>(square_root(mean));
  const auto fits = [&](std::uint32_t r) { return std::uint64_t{r * r} * dim <= sum; };
  if (!fits(root)) --root;
  if (fits(root + 1)) ++root;
  return static_cast<std::int32_t>(POC_NORM_GAIN / (root > 1 ? root : 1));
}

GPU_DEVICE void norm_rows(const NormArguments& args) {
  const std::uint32_t lane = thread_index() % 32;
  const std::uint32_t task = block_index() * kNormRows + thread_index() / 32;
  if (task >= args.rows) return;
  const std::uint32_t row = args.backward ? args.rows - 1 - task : task;
  const std::uint32_t chunks = args.dim / 8;
  const std::int16_t* x = args.x + std::uint64_t{row} * args.dim;

  Chunk held[kNormHeld];
  std::uint64_t sum = 0;
  GPU_UNROLL
  for (std::uint32_t i = 0; i < kNormHeld; ++i) {
    const std::uint32_t index = 32 * i + lane;
    if (index < chunks) held[i] = load_chunk(x + 8 * index);
  }
  GPU_UNROLL
  for (std::uint32_t i = 0; i < kNormHeld; ++i) {
    if (32 * i + lane < chunks) sum += squares_of(held[i]);
  }
  for (std::uint32_t index = 32 * kNormHeld + lane; index < chunks; index += 32) {
    sum += squares_of(load_chunk(x + 8 * index));
  }
  const std::int32_t m = norm_multiplier(warp_sum(sum), args.dim);
  GPU_UNROLL
  for (std::uint32_t i = 0; i < kNormHeld; ++i) {
    const std::uint32_t index = 32 * i + lane;
    if (index < chunks) store_normed(args.y, row, index, held[i], m);
  }
  for (std::uint32_t index = 32 * kNormHeld + lane; index < chunks; index += 32) {
    store_normed(args.y, row, index, load_chunk(x + 8 * index), m);
  }
}

}  // namespace backends::gpu
