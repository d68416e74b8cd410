#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "backends/cpu/isa/kernels.h"

namespace backends::cpu {

/// Two blocks of outputs that are summed together, a panel's or one of gate and one of up, and what
/// is summed after them.
struct BlockPair {
  const std::int8_t* weights[2];
  const std::int32_t* corrections[2];
  const std::int8_t* next[2];
};
static_assert(kPanelBlocks == 2);

/// A panel's two blocks.
inline BlockPair panel_pair(const Product& p) {
  const std::size_t bytes = kBlockOutputs * p.inputs;
  return {{p.weights, p.weights + bytes},
          {p.corrections, p.corrections + kBlockOutputs},
          {p.weights + 2 * bytes, p.weights + 3 * bytes}};
}

/// Block `b` of the panel of gate and of that of up.
inline BlockPair gate_pair(const Product& g, const Product& u, std::size_t b) {
  const BlockPair of_g = panel_pair(g);
  const BlockPair of_u = panel_pair(u);
  const std::size_t bytes = kBlockOutputs * g.inputs;
  return {{of_g.weights[b], of_u.weights[b]},
          {of_g.corrections[b], of_u.corrections[b]},
          {of_g.weights[b] + bytes, of_u.weights[b] + bytes}};
}

/// Fetches the next pair of blocks into the L2 cache while this one is used, evenly: a product of
/// many rows takes long enough that the next is there when its turn comes, wherever it comes from.
/// (The processor's own prefetching leaves it waiting at every page.)
class NextPair {
 public:
  /// The pair is passed over once for each of `passes` tiles of rows, in steps of kTileColumns
  /// inputs.
  NextPair(const BlockPair& pair, std::size_t inputs, std::size_t passes)
      : next_{pair.next[0], pair.next[1]},
        step_bytes_((kTileBytes / passes + 63) / 64 * 64),
        block_bytes_(kBlockOutputs * inputs) {}

  /// The part of one step.
  void fetch_step() {
    const std::size_t until = std::min(at_ + step_bytes_, block_bytes_);
    for (; at_ < until; at_ += 64) {
      __builtin_prefetch(next_[0] + at_, 0, 2);
      __builtin_prefetch(next_[1] + at_, 0, 2);
    }
  }

 private:
  const std::int8_t* next_[2];
  std::size_t step_bytes_;  // of each block
  std::size_t block_bytes_;
  std::size_t at_ = 0;
};

}  // namespace backends::cpu
