#pragma once

// SHA-256 of the final state's rows, and what is made of them.

#include "backends/gpu/kernels/arguments.h"
#include "backends/gpu/kernels/sha256.h"
#include "backends/gpu/kernels/words.h"
#include "poc/params.h"

namespace backends::gpu {

GPU_DEVICE void hash_row(const RowHashArguments& args, std::uint32_t row) {
  std::uint32_t state[8];
  begin_hash(state);
  for (std::uint32_t half = 0; half < args.dim / 64; ++half) {
    const std::uint8_t* panel = args.y.data + half / 2 * args.y.stride;
    std::uint32_t w[16];
    for (std::uint32_t i = 0; i < 4; ++i) {
      const Chunk chunk = load_chunk(panel + chunk_offset(row, half % 2 * 4 + i));
      for (std::uint32_t j = 0; j < 4; ++j) w[4 * i + j] = reverse_bytes(chunk.word[j]);
    }
    compress_words(state, w);
  }
  compress_end(state, args.dim);
  store_words(state, args.hashes + row * 32);
}

/// SHA-256 of a nonce's sixteen row hashes, in words whose most significant byte comes first.
GPU_DEVICE void hash_rows_of_nonce(const std::uint8_t* hashes, std::uint32_t (&digest)[8]) {
  begin_hash(digest);
  for (std::uint32_t block = 0; block < POC_TOKENS / 2; ++block) {
    std::uint32_t w[16];
    load_words(hashes + block * 64, w);
    compress_words(digest, w);
  }
  compress_end(digest, POC_TOKENS * 32);
}

/// SHA-256 of tag (16 bytes), key and digest, in such words.
GPU_DEVICE void hash_ticket(const std::uint8_t* key, const std::uint32_t (&digest)[8],
                            std::uint32_t (&ticket)[8]) {
  std::uint32_t words[8];
  load_words(key, words);
  // "sprint/1 ticket" and its zero.
  std::uint32_t w[16] = {0x73707269, 0x6e742f31, 0x20746963, 0x6b657400};
  GPU_UNROLL
  for (int i = 0; i < 8; ++i) w[4 + i] = words[i];
  GPU_UNROLL
  for (int i = 0; i < 4; ++i) w[12 + i] = digest[i];
  begin_hash(ticket);
  compress_words(ticket, w);
  std::uint32_t last[16] = {digest[4], digest[5], digest[6], digest[7], 0x80000000U};
  last[15] = 80 * 8;
  compress_words(ticket, last);
}

/// Whether a ticket, read as a big-endian number, is at most the target.
GPU_DEVICE bool meets(const std::uint32_t (&ticket)[8], const std::uint8_t* target) {
  std::uint32_t limit[8];
  load_words(target, limit);
  bool below = true;
  GPU_UNROLL
  for (int i = 7; i >= 0; --i) {
    if (ticket[i] != limit[i]) below = ticket[i] < limit[i];
  }
  return below;
}

GPU_DEVICE void make_ticket(const TicketArguments& args, std::uint32_t index) {
  std::uint32_t digest[8];
  std::uint32_t ticket[8];
  hash_rows_of_nonce(args.hashes + std::uint64_t{index} * POC_TOKENS * 32, digest);
  hash_ticket(args.keys + index * 32, digest, ticket);
  if (!meets(ticket, args.target)) return;
  Found& found = args.list[atomic_add(args.found, 1)];
  found.index = index;
  GPU_UNROLL
  for (int i = 0; i < 32; ++i)
    found.digest[i] = static_cast<std::uint8_t>(digest[i / 4] >> (24 - i % 4 * 8));
}

GPU_DEVICE void report(const ReportArguments& args) {
  args.report->found = *args.found;
  args.report->computed = stopped(args.stop) ? 0 : 1;
  *args.found = 0;
}

}  // namespace backends::gpu
