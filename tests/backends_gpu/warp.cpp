#include "tests/backends_gpu/warp.h"

#include <cstring>

namespace backends::gpu {
namespace {

constexpr std::uint32_t kRows = 16;   // M
constexpr std::uint32_t kPlaces = 8;  // N
constexpr std::uint32_t kTerms = 32;  // K

/// The factors of one instruction as matrices, of the width that the host multiplies fastest.
struct Factors {
  std::int16_t a[kRows][kTerms];
  std::int16_t b[kPlaces][kTerms];  // by columns, as the instruction has it
};

void exchange(const WarpOperands& lanes) {
  std::array<std::int32_t, kWarpLanes> values{};
  for (std::uint32_t lane = 0; lane < kWarpLanes; ++lane) values[lane] = lanes[lane]->value;
  for (std::uint32_t lane = 0; lane < kWarpLanes; ++lane) {
    lanes[lane]->value = values[lane ^ static_cast<std::uint32_t>(lanes[lane]->mask)];
  }
}

/// Matrix m has its rows at the addresses that lanes 8 m .. 8 m + 7 gave; lane l receives of each
/// the word l % 4 of row l / 4.
void load_matrices(const WarpOperands& lanes) {
  std::uint32_t words[kWarpLanes][4];
  for (std::uint32_t row = 0; row < kWarpLanes; ++row) {
    std::memcpy(words[row], lanes[row]->row, sizeof words[row]);
  }
  for (std::uint32_t lane = 0; lane < kWarpLanes; ++lane) {
    for (std::uint32_t m = 0; m < 4; ++m) {
      lanes[lane]->matrices[m] = words[8 * m + lane / 4][lane % 4];
    }
  }
}

void unpack(std::uint32_t word, std::int16_t* to) {
  for (std::uint32_t i = 0; i < 4; ++i) {
    to[i] = static_cast<std::int8_t>(static_cast<std::uint8_t>(word >> (8 * i)));
  }
}

/// With group = lane / 4 and first = 4 (lane % 4): a[0], a[1] are terms first .. + 3 of rows group
/// and group + 8; a[2], a[3] are terms first + 16 .. of the same rows. b[0], b[1] are terms first
/// .. and first + 16 .. of column group.
Factors gather(const WarpOperands& lanes) {
  Factors out;
  for (std::uint32_t lane = 0; lane < kWarpLanes; ++lane) {
    const std::uint32_t group = lane / 4;
    const std::uint32_t first = 4 * (lane % 4);
    const Operands& from = *lanes[lane];
    unpack(from.a[0], &out.a[group][first]);
    unpack(from.a[1], &out.a[group + 8][first]);
    unpack(from.a[2], &out.a[group][first + 16]);
    unpack(from.a[3], &out.a[group + 8][first + 16]);
    unpack(from.b[0], &out.b[group][first]);
    unpack(from.b[1], &out.b[group][first + 16]);
  }
  return out;
}

std::int32_t dot(const std::int16_t* a, const std::int16_t* b) {
  std::int32_t sum = 0;
  for (std::uint32_t k = 0; k < kTerms; ++k) sum += a[k] * b[k];
  return sum;
}

/// sums[0], sums[1] are columns 2 (lane % 4) and the next of row lane / 4; sums[2], sums[3] the
/// same of row lane / 4 + 8.
void multiply(const WarpOperands& lanes) {
  const Factors factors = gather(lanes);
  for (std::uint32_t lane = 0; lane < kWarpLanes; ++lane) {
    for (std::uint32_t i = 0; i < 4; ++i) {
      const std::uint32_t row = lane / 4 + i / 2 * 8;
      const std::uint32_t column = 2 * (lane % 4) + i % 2;
      lanes[lane]->sums[i] += dot(factors.a[row], factors.b[column]);
    }
  }
}

}  // namespace

const char* name_of(Collective what) {
  switch (what) {
    case Collective::kBlockSync:
      return "block_sync";
    case Collective::kWarpSync:
      return "warp_sync";
    case Collective::kExchange:
      return "warp_exchange";
    case Collective::kLoadMatrices:
      return "load_matrices";
    case Collective::kMultiply:
      return "multiply_16x8x32";
  }
  return "?";
}

void compute(Collective what, const WarpOperands& lanes) {
  if (what == Collective::kExchange) exchange(lanes);
  if (what == Collective::kLoadMatrices) load_matrices(lanes);
  if (what == Collective::kMultiply) multiply(lanes);
}

}  // namespace backends::gpu
