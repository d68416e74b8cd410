#pragma once

// Attention by matrix instructions, one warp a head of one nonce, in registers alone. What a lane
// loads in chunks of sixteen bytes is, taken word by word, a fragment of the instructions: the
// order of the terms of a sum is free, as long as both factors have the same.
//
//   scores = q k^T, terms: of the 32 of step s, lane t of a quad has word s of chunks t and t + 4
//   o = w v, terms: tokens 2 t, 2 t + 1, 8 + 2 t, 9 + 2 t, which are those whose scores it got

#include "backends/gpu/kernels/attention.h"

namespace backends::gpu {

/// A lane's place in the fragments.
struct LanePlace {
  std::uint32_t row;   ///< 0..7, and the row eight below
  std::uint32_t quad;  ///< 0..3
};

GPU_DEVICE const std::uint8_t* head_rows(const Panels& from, std::uint32_t panel,
                                         std::uint32_t nonce) {
  return from.data + panel * from.stride + std::uint64_t{nonce} * kHeadBytes;
}

/// The lane's two rows of q or k: chunks quad and quad + 4 of row and of row + 8.
GPU_DEVICE void load_rows(const std::uint8_t* rows, LanePlace at, Chunk (&out)[2][2]) {
  GPU_UNROLL
  for (std::uint32_t half = 0; half < 2; ++half) {
    GPU_UNROLL
    for (std::uint32_t c = 0; c < 2; ++c) {
      out[half][c] = load_chunk(rows + chunk_offset(at.row + 8 * half, at.quad + 4 * c));
    }
  }
}

/// scores[n]: of keys 8 n + 2 quad + b for the query `row` at [b], for the query `row` + 8 at [2 +
/// b].
GPU_DEVICE void score(const Chunk (&q)[2][2], const Chunk (&k)[2][2],
                      std::int32_t (&scores)[2][4]) {
  GPU_UNROLL
  for (int n = 0; n < 2; ++n) {
    GPU_UNROLL
    for (int s = 0; s < 4; ++s) {
      multiply_16x8x32(scores[n],
                       {q[0][0].word[s], q[1][0].word[s], q[0][1].word[s], q[1][1].word[s]},
                       {k[n][0].word[s], k[n][1].word[s]});
    }
  }
}

/// The weights of one query's four scores, a byte each, and the reciprocal of the whole row's sum.
struct QuadWeights {
  std::uint32_t packed;
  std::int32_t scale;

  GPU_DEVICE explicit QuadWeights(const std::int32_t (&scores)[4]) {
    std::int32_t largest = scores[0];
    GPU_UNROLL
    for (int i = 1; i < 4; ++i) largest = scores[i] > largest ? scores[i] : largest;
    GPU_UNROLL
    for (int mask = 1; mask <= 2; ++mask) {
      const std::int32_t other = warp_exchange(largest, mask);
      largest = other > largest ? other : largest;
    }
    packed = 0;
    std::int32_t total = 0;
    GPU_UNROLL
    for (int i = 0; i < 4; ++i) {
      const std::int32_t w = poc::softmax_weight(poc::softmax_distance(largest, scores[i]));
      packed |= static_cast<std::uint32_t>(w) << (8 * i);
      total += w;
    }
    total += warp_exchange(total, 1);
    total += warp_exchange(total, 2);
    scale = 65536 / total;
  }
};

/// Four neighbours of the result, from their sums.
GPU_DEVICE std::uint32_t scaled4(const std::int32_t (&sums)[4], std::int32_t scale) {
  // poc::attention_out; pack_clamped changes nothing here.
  return pack_clamped((sums[0] * scale + (1 << 15)) >> 16, (sums[1] * scale + (1 << 15)) >> 16,
                      (sums[2] * scale + (1 << 15)) >> 16, (sums[3] * scale + (1 << 15)) >> 16);
}

/// o of both queries. Column n of a product of 8 columns is one of chunk n / 2 + n % 2 * 4: the
/// lane's columns 2 quad and 2 quad + 1 are then of chunks quad and quad + 4, and its quad's chunks
/// side by side.
GPU_DEVICE void mix(const Chunk (&v)[4], const QuadWeights (&w)[2], Chunk (&out)[2][2]) {
  GPU_UNROLL
  for (int word = 0; word < 4; ++word) {
    std::uint32_t columns[4];
    transpose4({v[0].word[word], v[1].word[word], v[2].word[word], v[3].word[word]}, columns);
    std::int32_t sums[2][2][4];  // [query][chunk][column]
    GPU_UNROLL
    for (int i = 0; i < 4; ++i) {
      std::int32_t fragment[4] = {};
      multiply_16x8x32(fragment, {w[0].packed, w[1].packed, 0, 0}, {columns[i], 0});
      GPU_UNROLL
      for (int half = 0; half < 2; ++half) {
        sums[half][0][i] = fragment[2 * half];
        sums[half][1][i] = fragment[2 * half + 1];
      }
    }
    GPU_UNROLL
    for (int half = 0; half < 2; ++half) {
      GPU_UNROLL
      for (int c = 0; c < 2; ++c) out[half][c].word[word] = scaled4(sums[half][c], w[half].scale);
    }
  }
}

GPU_DEVICE void attend_heads_by_matrix(const AttentionArguments& args) {
  const std::uint32_t lane = thread_index() % 32;
  const LanePlace at{lane / 4, lane % 4};
  std::uint32_t task = block_index() * kAttentionHeads + thread_index() / 32;
  if (task >= args.count * args.heads) return;
  if (args.backward) task = args.count * args.heads - 1 - task;
  const std::uint32_t nonce = task / args.heads;
  const std::uint32_t head = task % args.heads;

  Chunk q[2][2];
  Chunk k[2][2];
  Chunk v[4];
  load_rows(head_rows(args.qkv, head, nonce), at, q);
  load_rows(head_rows(args.qkv, args.heads + head, nonce), at, k);
  const std::uint8_t* values = head_rows(args.qkv, 2 * args.heads + head, nonce);
  GPU_UNROLL
  for (std::uint32_t b = 0; b < 4; ++b) {
    const std::uint32_t token = 2 * at.quad + b % 2 + b / 2 * 8;
    v[b] = load_chunk(values + chunk_offset(token, at.row / 2 + at.row % 2 * 4));
  }
  std::int32_t scores[2][4] = {};
  score(q, k, scores);
  const QuadWeights weights[2] = {
      QuadWeights({scores[0][0], scores[0][1], scores[1][0], scores[1][1]}),
      QuadWeights({scores[0][2], scores[0][3], scores[1][2], scores[1][3]})};
  Chunk out[2][2];
  mix(v, weights, out);
  std::uint8_t* rows = args.o.data + head * args.o.stride + std::uint64_t{nonce} * kHeadBytes;
  GPU_UNROLL
  for (std::uint32_t half = 0; half < 2; ++half) {
    GPU_UNROLL
    for (std::uint32_t c = 0; c < 2; ++c) {
      store_chunk(rows + chunk_offset(at.row + 8 * half, at.quad + 4 * c), out[half][c]);
    }
  }
}

}  // namespace backends::gpu
