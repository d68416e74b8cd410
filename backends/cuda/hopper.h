#pragma once

// Instructions that only compute capability 9.0 has (PTX ISA 9.0; target sm_90a): barriers in
// shared memory that count bytes, copies of whole pieces of memory to several blocks at once, and
// the matrix product of a warpgroup, four warps, from shared memory.

#include <cstdint>

#include "backends/cuda/instructions.h"

namespace backends::gpu::hopper {

/// A barrier in shared memory ("mbarrier"): a phase ends when as many threads have arrived as
/// `init` said, and as many bytes as were announced.
using Barrier = std::uint64_t;

GPU_DEVICE void barrier_init(Barrier* barrier, std::uint32_t arrivals) {
  asm volatile("mbarrier.init.shared::cta.b64 [%0], %1;" ::"r"(shared_address(barrier)),
               "r"(arrivals)
               : "memory");
}
/// Makes initialised barriers known to the cluster's other blocks and to the copies.
GPU_DEVICE void barrier_init_fence() {
  asm volatile("fence.mbarrier_init.release.cluster;" ::: "memory");
}

/// Arrives, and announces bytes that copies will bring.
GPU_DEVICE void arrive_and_expect(Barrier* barrier, std::uint32_t bytes) {
  asm volatile(
      "mbarrier.arrive.expect_tx.shared::cta.b64 _, [%0], %1;" ::"r"(shared_address(barrier)),
      "r"(bytes)
      : "memory");
}

/// Arrives at the same barrier of block `rank` of the cluster. With the default scope: what is to
/// be seen there are reads that are over (products_wait), not writes; the cluster's scope would put
/// a fence for the whole device here, and halved the product's speed.
GPU_DEVICE void arrive_at(Barrier* barrier, std::uint32_t rank) {
  asm volatile(
      "{\n"
      ".reg .b32 remote;\n"
      "mapa.shared::cluster.u32 remote, %0, %1;\n"
      "mbarrier.arrive.shared::cluster.b64 _, [remote];\n"
      "}" ::"r"(shared_address(barrier)),
      "r"(rank)
      : "memory");
}

GPU_DEVICE bool phase_is_over(Barrier* barrier, std::uint32_t parity) {
  std::uint32_t over;
  asm volatile(
      "{\n"
      ".reg .pred over;\n"
      "mbarrier.try_wait.parity.shared::cta.b64 over, [%1], %2;\n"
      "selp.u32 %0, 1, 0, over;\n"
      "}"
      : "=r"(over)
      : "r"(shared_address(barrier)), "r"(parity)
      : "memory");
  return over != 0;
}
/// Waits until the phase of that parity is over (that before the first one counts as parity 1).
GPU_DEVICE void wait_for(Barrier* barrier, std::uint32_t parity) {
  while (!phase_is_over(barrier, parity)) {
  }
}

/// Copies `bytes` (a multiple of 16) to shared memory, in the background; they count at `barrier`.
GPU_DEVICE void copy_bytes(void* shared, const void* global, std::uint32_t bytes,
                           Barrier* barrier) {
  asm volatile(
      "cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes [%0], [%1], %2, [%3];" ::
          "r"(shared_address(shared)),
      "l"(global), "r"(bytes), "r"(shared_address(barrier))
      : "memory");
}
/// The same, to the same place in each block of the cluster whose bit is in `mask`; the bytes count
/// at each one's own barrier.
GPU_DEVICE void copy_bytes_to_all(void* shared, const void* global, std::uint32_t bytes,
                                  Barrier* barrier, std::uint16_t mask) {
  asm volatile(
      "cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes.multicast::cluster "
      "[%0], [%1], %2, [%3], %4;" ::"r"(shared_address(shared)),
      "l"(global), "r"(bytes), "r"(shared_address(barrier)), "h"(mask)
      : "memory");
}

GPU_DEVICE std::uint32_t cluster_rank() {
  std::uint32_t rank;
  asm volatile("mov.u32 %0, %%cluster_ctarank;" : "=r"(rank));
  return rank;
}
/// Waits for all threads of the cluster's blocks.
GPU_DEVICE void cluster_sync() {
  asm volatile(
      "barrier.cluster.arrive.release.aligned;\n"
      "barrier.cluster.wait.acquire.aligned;" ::
          : "memory");
}

/// Registers move from the warps that copy to those that compute.
template <std::uint32_t kRegisters>
GPU_DEVICE void give_registers_back() {
  asm volatile("setmaxnreg.dec.sync.aligned.u32 %0;" ::"n"(kRegisters));
}
template <std::uint32_t kRegisters>
GPU_DEVICE void take_registers() {
  asm volatile("setmaxnreg.inc.sync.aligned.u32 %0;" ::"n"(kRegisters));
}

/// What wgmma is told of rows of 128 bytes from `shared` on (aligned to 1024) whose chunks are
/// exchanged as layout.h has it: address and the eight rows' stride in units of 16 bytes, swizzle
/// of 128 bytes (PTX ISA, "Matrix Descriptor Format"). 32 bytes further along the rows adds 2.
GPU_DEVICE std::uint64_t describe_rows(const void* shared) {
  constexpr std::uint64_t kEightRows = std::uint64_t{1024 >> 4} << 32;
  constexpr std::uint64_t kSwizzle128 = std::uint64_t{1} << 62;
  constexpr std::uint64_t kUnused = std::uint64_t{1} << 16;
  return kSwizzle128 | kEightRows | kUnused | (shared_address(shared) & 0x3ffff) >> 4;
}

/// Before the first product after a use of the sums' registers.
GPU_DEVICE void products_begin() {
  asm volatile("wgmma.fence.sync.aligned;" ::: "memory");
}
/// Closes a batch of products.
GPU_DEVICE void products_commit() {
  asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory");
}
/// Waits until at most kOpen batches are under way.
template <int kOpen>
GPU_DEVICE void products_wait() {
  asm volatile("wgmma.wait_group.sync.aligned %0;" ::"n"(kOpen) : "memory");
}

}  // namespace backends::gpu::hopper
