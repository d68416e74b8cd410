#pragma once

// Attention, one warp a head of one nonce: 16 queries, keys and values of 128 bytes each lie as
// three pieces of 2 KiB, one head being one panel.

#include "backends/gpu/kernels/arguments.h"
#include "backends/gpu/kernels/launch.h"
#include "backends/gpu/kernels/words.h"
#include "poc/params.h"

namespace backends::gpu {

constexpr std::uint32_t kHeadBytes = POC_TOKENS * kPanelRowBytes;

/// One head at work, in shared memory: rows as layout.h has them.
struct HeadState {
  Chunk q[kHeadBytes / kChunkBytes];
  Chunk k[kHeadBytes / kChunkBytes];
  Chunk v[kHeadBytes / kChunkBytes];
  Chunk weights[POC_TOKENS];  // of each query: a byte for each key
  std::int32_t scale[POC_TOKENS];
};

GPU_DEVICE const Chunk& head_chunk(const Chunk* rows, std::uint32_t row, std::uint32_t chunk) {
  return rows[chunk_offset(row, chunk) / kChunkBytes];
}

GPU_DEVICE void load_head(Chunk* to, const Panels& from, std::uint32_t panel, std::uint32_t nonce,
                          std::uint32_t lane) {
  const std::uint8_t* rows = from.data + panel * from.stride + std::uint64_t{nonce} * kHeadBytes;
  for (std::uint32_t i = lane; i < kHeadBytes / kChunkBytes; i += 32) {
    to[i] = load_chunk(rows + i * kChunkBytes);
  }
}

/// Lanes 2 t and 2 t + 1 make the weights of query t, for keys 0..7 and 8..15.
GPU_DEVICE void weigh(HeadState& head, std::uint32_t lane) {
  const std::uint32_t t = lane / 2;
  const std::uint32_t first = lane % 2 * 8;
  std::int32_t scores[8] = {};
  for (std::uint32_t c = 0; c < 8; ++c) {
    const Chunk q = head_chunk(head.q, t, c);
    for (std::uint32_t u = 0; u < 8; ++u) {
      const Chunk k = head_chunk(head.k, first + u, c);
      for (int i = 0; i < 4; ++i) scores[u] = dot4(q.word[i], k.word[i], scores[u]);
    }
  }
  std::int32_t largest = scores[0];
  for (int u = 1; u < 8; ++u) largest = scores[u] > largest ? scores[u] : largest;
  const std::int32_t neighbour = warp_exchange(largest, 1);
  largest = neighbour > largest ? neighbour : largest;

  std::uint32_t packed[2] = {};
  std::int32_t total = 0;
  for (int u = 0; u < 8; ++u) {
    const std::int32_t w = poc::softmax_weight(poc::softmax_distance(largest, scores[u]));
    packed[u / 4] |= static_cast<std::uint32_t>(w) << (8 * (u % 4));
    total += w;
  }
  total += warp_exchange(total, 1);
  head.weights[t].word[lane % 2 * 2] = packed[0];
  head.weights[t].word[lane % 2 * 2 + 1] = packed[1];
  if (lane % 2 == 0) head.scale[t] = 65536 / total;
}

/// Four words of four columns each, turned over: word i of `out` is column i of four tokens.
GPU_DEVICE void transpose4(const std::uint32_t (&in)[4], std::uint32_t (&out)[4]) {
  const std::uint32_t ab_low = byte_permute(in[0], in[1], 0x5140);   // a0 b0 a1 b1
  const std::uint32_t ab_high = byte_permute(in[0], in[1], 0x7362);  // a2 b2 a3 b3
  const std::uint32_t cd_low = byte_permute(in[2], in[3], 0x5140);
  const std::uint32_t cd_high = byte_permute(in[2], in[3], 0x7362);
  out[0] = byte_permute(ab_low, cd_low, 0x5410);
  out[1] = byte_permute(ab_low, cd_low, 0x7632);
  out[2] = byte_permute(ab_high, cd_high, 0x5410);
  out[3] = byte_permute(ab_high, cd_high, 0x7632);
}

/// Lane l makes columns 4 l .. 4 l + 3 of all sixteen results.
GPU_DEVICE void mix_values(const HeadState& head, std::uint8_t* out, std::uint32_t lane) {
  std::uint32_t values[4][4];  // [four tokens][column]
  for (std::uint32_t u = 0; u < 4; ++u) {
    std::uint32_t rows[4];
    for (std::uint32_t i = 0; i < 4; ++i) {
      rows[i] = head_chunk(head.v, 4 * u + i, lane / 4).word[lane % 4];
    }
    transpose4(rows, values[u]);
  }
  for (std::uint32_t t = 0; t < POC_TOKENS; ++t) {
    const Chunk w = head.weights[t];
    const std::int32_t scale = head.scale[t];
    std::int32_t sums[4] = {};
    for (int u = 0; u < 4; ++u) {
      for (int i = 0; i < 4; ++i) sums[i] = dot4(w.word[u], values[u][i], sums[i]);
    }
    // poc::attention_out; pack_clamped changes nothing here.
    for (int i = 0; i < 4; ++i) sums[i] = (sums[i] * scale + (1 << 15)) >> 16;
    auto* to = reinterpret_cast<std::uint32_t*>(out + chunk_offset(t, lane / 4)) + lane % 4;
    *to = pack_clamped(sums[0], sums[1], sums[2], sums[3]);
  }
}

GPU_DEVICE void attend_heads(const AttentionArguments& args) {
  GPU_SHARED(HeadState, heads, kAttentionHeads);
  const std::uint32_t lane = thread_index() % 32;
  const std::uint32_t warp = thread_index() / 32;
  std::uint32_t task = block_index() * kAttentionHeads + warp;
  if (task >= args.count * args.heads) return;
  if (args.backward) task = args.count * args.heads - 1 - task;
  const std::uint32_t nonce = task / args.heads;
  const std::uint32_t number = task % args.heads;
  HeadState& head = heads[warp];
  load_head(head.q, args.qkv, number, nonce, lane);
  load_head(head.k, args.qkv, args.heads + number, nonce, lane);
  load_head(head.v, args.qkv, 2 * args.heads + number, nonce, lane);
  warp_sync();
  weigh(head, lane);
  warp_sync();
  // Rows of a nonce begin at a multiple of 16, so row & 7 is that of the token.
  mix_values(head, args.o.data + number * args.o.stride + std::uint64_t{nonce} * kHeadBytes, lane);
}

}  // namespace backends::gpu
