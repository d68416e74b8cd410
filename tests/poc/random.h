#pragma once

#include <cstdint>
#include <random>
#include <vector>

#include "base/bytes.h"

namespace tests {

/// Random values from a fixed seed. Tests put the seed into a SCOPED_TRACE.
class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}

  std::uint64_t u64() { return engine_(); }
  /// 0..count-1; the bias is of no matter here.
  std::uint64_t below(std::uint64_t count) { return engine_() % count; }
  /// low..high.
  std::int64_t between(std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>(below(static_cast<std::uint64_t>(high - low) + 1));
  }
  /// A number of 0..64 bits, each length as likely.
  std::uint64_t any_length() {
    const std::uint64_t bits = below(65);
    return bits == 0 ? 0 : u64() >> (64 - bits);
  }
  std::vector<std::uint8_t> bytes(std::size_t size) {
    std::vector<std::uint8_t> out(size);
    for (std::uint8_t& b : out) b = static_cast<std::uint8_t>(u64());
    return out;
  }
  base::Bytes32 bytes32() {
    base::Bytes32 out{};
    for (std::uint8_t& b : out) b = static_cast<std::uint8_t>(u64());
    return out;
  }
  /// Activations: -127..127, the extremes more often.
  std::vector<std::int8_t> activations(std::size_t size) {
    std::vector<std::int8_t> out(size);
    for (std::int8_t& a : out) {
      a = static_cast<std::int8_t>(below(16) == 0 ? (below(2) == 0 ? -127 : 127)
                                                  : between(-127, 127));
    }
    return out;
  }

 private:
  std::mt19937_64 engine_;
};

}  // namespace tests
