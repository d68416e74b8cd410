#pragma once

#include <array>
#include <cstdint>

// What the 32 lanes of a warp compute together. Source of the layouts: PTX ISA, "mma.m16n8k32" and
// "ldmatrix".
namespace backends::gpu {

constexpr std::uint32_t kWarpLanes = 32;

/// What threads do together: all of a block, then all lanes of a warp.
enum class Collective : std::uint8_t { kBlockSync, kWarpSync, kExchange, kLoadMatrices, kMultiply };

/// A collective's name in a kernel's text.
const char* name_of(Collective what);

/// What one lane brings to a collective, and where it wants the result.
struct Operands {
  std::int32_t value = 0;  ///< exchange: its own, then the other's
  std::int32_t mask = 0;
  const void* row = nullptr;          ///< load_matrices
  std::uint32_t* matrices = nullptr;  ///< [4]
  std::int32_t* sums = nullptr;       ///< multiply: [4]
  const std::uint32_t* a = nullptr;   ///< [4]
  const std::uint32_t* b = nullptr;   ///< [2]
};

using WarpOperands = std::array<Operands*, kWarpLanes>;

/// Does what all lanes came for.
void compute(Collective what, const WarpOperands& lanes);

}  // namespace backends::gpu
