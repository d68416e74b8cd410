#pragma once

// Words of four bytes, and sixteen bytes at once.

#include <cstdint>

#include "poc/core.h"

namespace backends::gpu {

/// Sixteen bytes that move as one.
struct alignas(16) Chunk {
  std::uint32_t word[4];
};

GPU_DEVICE Chunk load_chunk(const void* from) {
  return *static_cast<const Chunk*>(from);
}
GPU_DEVICE void store_chunk(void* to, const Chunk& chunk) {
  *static_cast<Chunk*>(to) = chunk;
}

/// poc::decode of each byte. Magnitudes are 1..64, so neither addition carries into the next byte.
GPU_DEVICE std::uint32_t decode4(std::uint32_t bytes) {
  const std::uint32_t magnitude = (bytes & 0x3f3f3f3fU) + 0x01010101U;
  const std::uint32_t sign = bytes >> 7 & 0x01010101U;
  return (magnitude ^ sign * 0xff) + sign;
}

GPU_DEVICE std::uint32_t reverse_bytes(std::uint32_t word) {
  return byte_permute(word, 0, 0x0123);
}

/// The low and the high half of a word as signed numbers.
GPU_DEVICE std::int32_t low_half(std::uint32_t word) {
  return static_cast<std::int16_t>(word & 0xffff);
}
GPU_DEVICE std::int32_t high_half(std::uint32_t word) {
  return static_cast<std::int16_t>(word >> 16);
}
GPU_DEVICE std::uint32_t join_halves(std::int32_t low, std::int32_t high) {
  return (static_cast<std::uint32_t>(low) & 0xffff) | static_cast<std::uint32_t>(high) << 16;
}

/// Whether this launch's work was asked to end.
GPU_DEVICE bool stopped(const Stop& stop) {
  return *stop.seen >= stop.generation;
}

}  // namespace backends::gpu
