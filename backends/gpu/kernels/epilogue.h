#pragma once

// What becomes of a product's sums, in the registers they lie in. A thread hands over sixteen sums
// of one row of activations at a time: those of places 8 j + 2 quad + b of a group of 64 outputs,
// as sums[2 j + b] (layout.h). One of three: narrow, gate, add.

#include "backends/gpu/kernels/arguments.h"
#include "backends/gpu/kernels/words.h"

namespace backends::gpu {

constexpr std::uint32_t kGroupSums = 16;  ///< of a thread, of one row, in one group of 64 outputs

/// poc::narrow's result, before its clamp, in the high half of the word: the multiplier and the
/// rounding bit are moved up by 2 - p, so that the shift is 16 for every p. Fits for every length K
/// of a product: |sum m| >> (14 + p) is at most 217 sqrt(K) (the proof's page, "factor"), below
/// 2^15 at K = 8192.
GPU_DEVICE std::int32_t narrowed_high(std::int32_t sum, poc::Factor f) {
  return sum * (f.m << (2 - f.p)) + (1 << 15);
}

/// narrow: sixteen neighbours of an int8 row.
struct NarrowEpilogue {
  struct Held {};

  GPU_DEVICE static Held load(const ProductArguments&, std::uint32_t, std::uint32_t,
                              std::uint32_t) {
    return {};
  }

  GPU_DEVICE static void store(const ProductArguments& args, std::uint32_t row, std::uint32_t group,
                               std::uint32_t quad, const std::int32_t (&sums)[kGroupSums],
                               const Held&) {
    Chunk out;
    GPU_UNROLL
    for (std::uint32_t i = 0; i < 4; ++i) {
      out.word[i] = pack_clamped_high(
          narrowed_high(sums[4 * i], args.factor), narrowed_high(sums[4 * i + 1], args.factor),
          narrowed_high(sums[4 * i + 2], args.factor), narrowed_high(sums[4 * i + 3], args.factor));
    }
    std::uint8_t* panel = args.narrowed.data + group / 2 * args.narrowed.stride;
    store_chunk(panel + chunk_offset(row, group % 2 * 4 + quad), out);
  }
};

/// gate of narrowed gates and ups: eight neighbours of an int8 row of ffn columns.
struct GateEpilogue {
  struct Held {};

  GPU_DEVICE static Held load(const ProductArguments&, std::uint32_t, std::uint32_t,
                              std::uint32_t) {
    return {};
  }

  /// poc::gate of two gates and two ups, before its clamp, in the high halves of the words: 5 and
  /// the rounding bit moved up by 9. The leaky ReLU of a clamped gate is that of the gate, clamped
  /// to what becomes of -127 and 127: it never falls.
  GPU_DEVICE static void gate_two(const std::int32_t (&gates)[2], const std::int32_t (&ups)[2],
                                  std::int32_t (&out)[2]) {
    const std::uint32_t up = clamp_halves(join_high_halves(ups[0], ups[1]));
    const std::int32_t u[2] = {low_half(up), high_half(up)};
    GPU_UNROLL
    for (std::uint32_t i = 0; i < 2; ++i) {
      const std::int32_t leaky = max_of(gates[i] >> 16, gates[i] >> 18, -127 >> 2);
      out[i] = (leaky < 127 ? leaky : 127) * u[i] * (5 << 9) + (64 << 9);
    }
  }

  GPU_DEVICE static void store(const ProductArguments& args, std::uint32_t row, std::uint32_t group,
                               std::uint32_t quad, const std::int32_t (&sums)[kGroupSums],
                               const Held&) {
    std::uint32_t words[2];
    GPU_UNROLL
    for (std::uint32_t i = 0; i < 2; ++i) {
      std::int32_t g[4];
      std::int32_t u[4];
      GPU_UNROLL
      for (std::uint32_t j = 0; j < 4; ++j) {
        g[j] = narrowed_high(sums[4 * i + j], args.factor);
        u[j] = narrowed_high(sums[4 * i + j + 8], args.factor);
      }
      std::int32_t low[2];
      std::int32_t high[2];
      gate_two({g[0], g[1]}, {u[0], u[1]}, low);
      gate_two({g[2], g[3]}, {u[2], u[3]}, high);
      words[i] = pack_clamped_high(low[0], low[1], high[0], high[1]);
    }
    const std::uint32_t column = 32 * group + 8 * quad;
    std::uint8_t* to = args.narrowed.data + panel_offset(args.narrowed.stride, row, column);
    *reinterpret_cast<std::uint64_t*>(to) = std::uint64_t{words[1]} << 32 | words[0];
  }
};

/// add: sixteen neighbours of the residual, in place.
struct AddEpilogue {
  struct Held {
    Chunk x[2];
  };

  /// From the thread's first eight to its other eight, see layout.h.
  static constexpr std::uint32_t kOtherHalf = 32;

  GPU_DEVICE static std::int16_t* place(const ProductArguments& args, std::uint32_t row,
                                        std::uint32_t group, std::uint32_t quad) {
    return args.x + std::uint64_t{row} * args.outputs + kOutputGroup * group + 8 * quad;
  }

  GPU_DEVICE static Held load(const ProductArguments& args, std::uint32_t row, std::uint32_t group,
                              std::uint32_t quad) {
    const std::int16_t* x = place(args, row, group, quad);
    return {{load_chunk(x), load_chunk(x + kOtherHalf)}};
  }

  /// poc::add before its clamp. x goes under the shift: x 2^(9 + p) is below 2^26, and |sum m| at
  /// most 2^30.65 (the proof's page), so all of it fits.
  GPU_DEVICE static std::int32_t added(std::int32_t x, std::int32_t sum, poc::Factor f,
                                       std::int32_t scale) {
    return (sum * f.m + (x * scale + (1 << (8 + f.p)))) >> (9 + f.p);
  }

  GPU_DEVICE static void store(const ProductArguments& args, std::uint32_t row, std::uint32_t group,
                               std::uint32_t quad, const std::int32_t (&sums)[kGroupSums],
                               const Held& held) {
    std::int16_t* x = place(args, row, group, quad);
    // Multiplying and adding is one instruction, shifting and adding two, and the shifts' unit is
    // the busier one.
    const std::int32_t scale = hidden(1 << (9 + args.factor.p));
    GPU_UNROLL
    for (std::uint32_t half = 0; half < 2; ++half) {
      Chunk out;
      GPU_UNROLL
      for (std::uint32_t i = 0; i < 4; ++i) {
        const std::uint32_t old = held.x[half].word[i];
        const std::uint32_t at = 8 * half + 2 * i;
        out.word[i] = join_clamped(added(low_half(old), sums[at], args.factor, scale),
                                   added(high_half(old), sums[at + 1], args.factor, scale));
      }
      store_chunk(x + kOtherHalf * half, out);
    }
  }
};

}  // namespace backends::gpu
