#pragma once

// What each kernel is given: one structure by value, the same bytes for host and device.

#include <cstdint>

#include "backends/gpu/kernels/layout.h"
#include "poc/core.h"

namespace backends::gpu {

/// How a race is ended early. `seen` is the device's copy of a number in the host's memory: work
/// whose generation is not above it is skipped. It only grows.
struct Stop {
  std::uint32_t* seen;
  const std::uint32_t* asked;  ///< in the host's memory
  std::uint32_t generation;
};

/// A part of one weight tensor, from its key stream: each thread one block of 64 weights.
struct WeightsArguments {
  std::uint8_t key[32];
  std::uint32_t layer;
  std::uint32_t tensor;
  std::uint32_t inputs;
  std::uint32_t ffn;
  std::uint32_t blocks;  ///< of 64 bytes, to be made here
  Panels weights;
  std::uint32_t first;  ///< of these blocks, within the tensor
};

/// Input keys of consecutive nonces: each thread one.
struct KeysArguments {
  std::uint32_t prefix[32];  ///< what is hashed before the nonce, 123 bytes, in words whose most
                             ///< significant byte comes first; then zeros
  std::uint64_t first_nonce;
  std::uint32_t count;
  std::uint8_t* keys;  ///< [count][32]
};

/// The residual at layer 0, from the input keys: each thread one block of 64 columns.
struct InputArguments {
  Stop stop;
  const std::uint8_t* keys;  ///< [count][32]
  std::uint32_t count;       ///< of nonces
  std::uint32_t dim;
  std::int16_t* x;  ///< [rows][dim]
};

/// y = rms_norm(x), row by row: each warp one.
struct NormArguments {
  Stop stop;
  const std::int16_t* x;  ///< [rows][dim]
  Panels y;
  std::uint32_t rows;
  std::uint32_t dim;
  bool backward;  ///< from the last row to the first: what was written last is still in the cache
};

/// o = attention(q, k, v): each warp one head of one nonce.
struct AttentionArguments {
  Stop stop;
  Panels qkv;
  Panels o;
  std::uint32_t count;  ///< of nonces
  std::uint32_t heads;
  bool backward;  ///< as for the norm
};

/// A product and what becomes of its sums.
struct ProductArguments {
  Stop stop;
  Panels a;  ///< activations
  Panels w;  ///< weights, outputs as layout.h places them
  std::uint32_t
      rows;  ///< of activations; what lies above, to the tile's end, is computed for nothing
  std::uint32_t outputs;
  std::uint32_t inputs;
  bool backward;  ///< from the last tile to the first
  poc::Factor factor;
  Panels narrowed;  ///< narrow, gate: the result
  std::int16_t* x;  ///< add: the residual, [rows][outputs] as layout.h has it, updated in place
};

/// SHA-256 of each row of y: each thread one.
struct RowHashArguments {
  Stop stop;
  Panels y;
  std::uint8_t* hashes;  ///< [rows][32]
  std::uint32_t rows;
  std::uint32_t dim;
};

/// A nonce that met the target.
struct Found {
  std::uint32_t index;  ///< within its group
  std::uint8_t digest[32];
};

/// What came of a group, in the host's memory.
struct Report {
  std::uint32_t found;     ///< entries of the list that follows
  std::uint32_t computed;  ///< 1: to its end; 0: it was skipped, in whole or in part
};

/// Digest and ticket of each nonce, and the list of those at or under the target: each thread one.
struct TicketArguments {
  const std::uint8_t* hashes;  ///< [count][16][32]
  const std::uint8_t* keys;    ///< [count][32]
  std::uint32_t count;
  alignas(16) std::uint8_t target[32];  ///< big-endian
  std::uint32_t* found;  ///< how many so far; 0 before the first group, and after each report
  Found* list;           ///< in the host's memory, room for `count`
};

/// Closes a group: one thread.
struct ReportArguments {
  Stop stop;
  std::uint32_t* found;
  Report* report;  ///< in the host's memory
};

}  // namespace backends::gpu
