#pragma once

// Every kernel that all vendors share, by the name that the host asks for. Each thread or warp
// beyond the work does nothing; each kernel of the layers first looks whether it was asked to stop.

#include "backends/gpu/kernels/attention.h"
#include "backends/gpu/kernels/attention_matrix.h"
#include "backends/gpu/kernels/hashes.h"
#include "backends/gpu/kernels/launch.h"
#include "backends/gpu/kernels/product_dot4.h"
#include "backends/gpu/kernels/product_matrix.h"
#include "backends/gpu/kernels/rows.h"
#include "backends/gpu/kernels/streams.h"

namespace backends::gpu {

GPU_DEVICE std::uint32_t thread_of_all() {
  return block_index() * kThreads + thread_index();
}

GPU_KERNEL(make_weights, WeightsArguments, kThreads, 2) {
  if (thread_of_all() < args.blocks) make_weight_block(args, args.first + thread_of_all());
}

GPU_KERNEL(make_keys, KeysArguments, kThreads, 1) {
  if (thread_of_all() < args.count) make_key(args, thread_of_all());
}

GPU_KERNEL(make_input, InputArguments, kThreads, 2) {
  if (stopped(args.stop)) return;
  if (thread_of_all() < args.count * (POC_TOKENS * args.dim / 64)) {
    make_input_block(args, thread_of_all());
  }
}

GPU_KERNEL(norm_all, NormArguments, kNormThreads, 4) {
  if (!stopped(args.stop)) norm_rows(args);
}

/// Both forms of attention are also where the host's word for stop is looked up, once a layer: here
/// no warp waits for another, and within its warp the thread that writes has passed the others'
/// look at the word.
GPU_DEVICE void look_up_stop(const Stop& stop) {
  warp_sync();
  if (block_index() == 0 && thread_index() == 0) *stop.seen = *stop.asked;
}

GPU_KERNEL(attention_dot4, AttentionArguments, kAttentionThreads, 6) {
  if (!stopped(args.stop)) attend_heads(args);
  look_up_stop(args.stop);
}

GPU_KERNEL(attention_matrix, AttentionArguments, kAttentionThreads, 5) {
  if (!stopped(args.stop)) attend_heads_by_matrix(args);
  look_up_stop(args.stop);
}

GPU_KERNEL(hash_rows, RowHashArguments, kHashThreads, 1) {
  const std::uint32_t row = block_index() * kHashThreads + thread_index();
  if (!stopped(args.stop) && row < args.rows) hash_row(args, row);
}

GPU_KERNEL(make_tickets, TicketArguments, kHashThreads, 1) {
  const std::uint32_t index = block_index() * kHashThreads + thread_index();
  if (index < args.count) make_ticket(args, index);
}

GPU_KERNEL(report_group, ReportArguments, 32, 1) {
  if (thread_index() == 0) report(args);
}

/// The three kernels of a product that is a template over the epilogue.
#define GPU_PRODUCT(name, threads, product)                 \
  GPU_KERNEL(name##_narrow, ProductArguments, threads, 1) { \
    if (!stopped(args.stop)) product<NarrowEpilogue>(args); \
  }                                                         \
  GPU_KERNEL(name##_gate, ProductArguments, threads, 1) {   \
    if (!stopped(args.stop)) product<GateEpilogue>(args);   \
  }                                                         \
  GPU_KERNEL(name##_add, ProductArguments, threads, 1) {    \
    if (!stopped(args.stop)) product<AddEpilogue>(args);    \
  }

GPU_PRODUCT(product_dot4, kDot4Threads, product_dot4)

template <class Epilogue>
GPU_DEVICE void product_mma8(const ProductArguments& args) {
  product_matrix<MatrixTile<kMma8>, Epilogue>(args);
}
GPU_PRODUCT(product_mma8, kMatrixThreads, product_mma8)

#if GPU_LARGE_SHARED_MEMORY
template <class Epilogue>
GPU_DEVICE void product_mma16(const ProductArguments& args) {
  product_matrix<MatrixTile<kMma16>, Epilogue>(args);
}
GPU_PRODUCT(product_mma16, kMatrixThreads, product_mma16)

template <class Epilogue>
GPU_DEVICE void product_mma16deep(const ProductArguments& args) {
  product_matrix<MatrixTile<kMma16Deep>, Epilogue>(args);
}
GPU_PRODUCT(product_mma16deep, kMatrixThreads, product_mma16deep)
#endif

}  // namespace backends::gpu
