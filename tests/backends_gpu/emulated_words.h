#pragma once

#include <algorithm>
#include <cstdint>

// What one lane of the emulated machine computes in one instruction: words of bytes and of halves.
// See backends/gpu/kernels/README.md.
namespace backends::gpu {

inline std::int32_t dot4(std::uint32_t a, std::uint32_t b, std::int32_t sum) {
  for (int shift = 0; shift < 32; shift += 8) {
    const auto x = static_cast<std::int8_t>(static_cast<std::uint8_t>(a >> shift));
    const auto y = static_cast<std::int8_t>(static_cast<std::uint8_t>(b >> shift));
    sum += x * y;
  }
  return sum;
}

inline std::uint32_t byte_permute(std::uint32_t a, std::uint32_t b, std::uint32_t selector) {
  std::uint32_t out = 0;
  for (int shift = 0; shift < 32; shift += 8) {
    const std::uint32_t from = selector >> (shift / 2) & 7;
    out |= ((from < 4 ? a : b) >> (8 * (from % 4)) & 0xff) << shift;
  }
  return out;
}

inline std::int32_t max_of(std::int32_t a, std::int32_t b, std::int32_t c) {
  return std::max({a, b, c});
}

inline std::uint32_t pack_clamped(std::int32_t a, std::int32_t b, std::int32_t c, std::int32_t d) {
  const auto byte = [](std::int32_t v) {
    return std::uint32_t{static_cast<std::uint8_t>(std::clamp(v, -127, 127))};
  };
  return byte(a) | byte(b) << 8 | byte(c) << 16 | byte(d) << 24;
}

inline std::uint32_t pack_clamped_high(std::int32_t a, std::int32_t b, std::int32_t c,
                                       std::int32_t d) {
  return pack_clamped(a >> 16, b >> 16, c >> 16, d >> 16);
}

/// Word of two halves, `low` below; what they hold above their sixteen bits is dropped.
inline std::uint32_t join_words(std::int32_t low, std::int32_t high) {
  return std::uint32_t{static_cast<std::uint16_t>(low)} |
         std::uint32_t{static_cast<std::uint16_t>(high)} << 16;
}

inline std::uint32_t join_high_halves(std::int32_t a, std::int32_t b) {
  return join_words(a >> 16, b >> 16);
}

inline std::uint32_t join_clamped(std::int32_t a, std::int32_t b) {
  return join_words(std::clamp(a, -32767, 32767), std::clamp(b, -32767, 32767));
}

inline std::uint32_t clamp_halves(std::uint32_t v) {
  const std::int32_t low = static_cast<std::int16_t>(static_cast<std::uint16_t>(v));
  const std::int32_t high = static_cast<std::int16_t>(static_cast<std::uint16_t>(v >> 16));
  return join_words(std::clamp(low, -127, 127), std::clamp(high, -127, 127));
}

inline std::int32_t hidden(std::int32_t v) {
  return v;
}

}  // namespace backends::gpu
