#pragma once

// The machine of backends/gpu/kernels/README.md, as CUDA has it: each special instruction a small
// function. Names of instructions and their fragments: PTX ISA 9.0.

#include <cstdint>

#define GPU_DEVICE __device__ __forceinline__
#define GPU_UNROLL _Pragma("unroll")
#define GPU_SHARED(type, name, count) __shared__ __align__(16) type name[count]
#define GPU_KERNEL(name, Arguments, threads, blocks)            \
  extern "C" __global__ void __launch_bounds__(threads, blocks) \
      name(const __grid_constant__ ::backends::gpu::Arguments args)

#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 800
#define GPU_LARGE_SHARED_MEMORY 1
#else
#define GPU_LARGE_SHARED_MEMORY 0
#endif

namespace backends::gpu {

constexpr bool kCopyIsAsynchronous = GPU_LARGE_SHARED_MEMORY != 0;

GPU_DEVICE std::uint32_t thread_index() {
  return threadIdx.x;
}
GPU_DEVICE std::uint32_t block_index() {
  return blockIdx.x;
}
GPU_DEVICE std::uint32_t block_count() {
  return gridDim.x;
}
GPU_DEVICE void block_sync() {
  __syncthreads();
}
GPU_DEVICE void warp_sync() {
  __syncwarp();
}
GPU_DEVICE std::int32_t warp_exchange(std::int32_t value, std::int32_t mask) {
  return __shfl_xor_sync(0xffffffffU, value, mask);
}
GPU_DEVICE std::uint32_t atomic_add(std::uint32_t* address, std::uint32_t value) {
  return atomicAdd(address, value);
}

GPU_DEVICE std::uint8_t* dynamic_shared() {
  extern __shared__ __align__(1024) std::uint8_t memory[];
  return memory;
}
GPU_DEVICE std::uint32_t shared_address(const void* pointer) {
  return static_cast<std::uint32_t>(__cvta_generic_to_shared(pointer));
}

GPU_DEVICE float square_root(float v) {
  return sqrtf(v);
}

GPU_DEVICE std::int32_t dot4(std::uint32_t a, std::uint32_t b, std::int32_t sum) {
  return __dp4a(static_cast<std::int32_t>(a), static_cast<std::int32_t>(b), sum);
}
GPU_DEVICE std::uint32_t byte_permute(std::uint32_t a, std::uint32_t b, std::uint32_t selector) {
  return __byte_perm(a, b, selector);
}

/// Two numbers saturated to signed bytes, above the low half of `rest`.
GPU_DEVICE std::uint32_t pack_saturated(std::int32_t high, std::int32_t low, std::uint32_t rest) {
  std::uint32_t out;
  asm("cvt.pack.sat.s8.s32.b32 %0, %1, %2, %3;" : "=r"(out) : "r"(high), "r"(low), "r"(rest));
  return out;
}
GPU_DEVICE std::uint32_t pack_clamped(std::int32_t a, std::int32_t b, std::int32_t c,
                                      std::int32_t d) {
  // Saturation stops at -128.
  return pack_saturated(max(b, -127), max(a, -127), pack_saturated(max(d, -127), max(c, -127), 0));
}

GPU_DEVICE std::int32_t hidden(std::int32_t v) {
  asm("" : "+r"(v));
  return v;
}
GPU_DEVICE std::int32_t max_of(std::int32_t a, std::int32_t b, std::int32_t c) {
  return __vimax3_s32(a, b, c);
}
GPU_DEVICE std::uint32_t join_high_halves(std::int32_t a, std::int32_t b) {
  return __byte_perm(static_cast<std::uint32_t>(a), static_cast<std::uint32_t>(b), 0x7632);
}
GPU_DEVICE std::uint32_t clamp_halves(std::uint32_t v) {
  constexpr std::uint32_t kMost = 127 << 16 | 127;
  constexpr std::uint32_t kLeast = 0xff81ff81;
  return __vmaxs2(__vmins2(v, kMost), kLeast);
}

#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 900
// Two halves at a time: there are instructions for it.
GPU_DEVICE std::uint32_t pack_clamped_high(std::int32_t a, std::int32_t b, std::int32_t c,
                                           std::int32_t d) {
  return __byte_perm(clamp_halves(join_high_halves(a, b)), clamp_halves(join_high_halves(c, d)),
                     0x6420);
}
GPU_DEVICE std::uint32_t join_saturated(std::int32_t high, std::int32_t low) {
  std::uint32_t out;
  asm("cvt.pack.sat.s16.s32 %0, %1, %2;" : "=r"(out) : "r"(high), "r"(low));
  return out;
}
GPU_DEVICE std::uint32_t join_clamped(std::int32_t a, std::int32_t b) {
  constexpr std::uint32_t kLeast = 0x80018001;  // saturation stops at -32768
  return __vmaxs2(join_saturated(b, a), kLeast);
}
#else
GPU_DEVICE std::uint32_t pack_clamped_high(std::int32_t a, std::int32_t b, std::int32_t c,
                                           std::int32_t d) {
  return pack_clamped(a >> 16, b >> 16, c >> 16, d >> 16);
}
GPU_DEVICE std::uint32_t join_clamped(std::int32_t a, std::int32_t b) {
  a = min(max(a, -32767), 32767);
  b = min(max(b, -32767), 32767);
  return __byte_perm(static_cast<std::uint32_t>(a), static_cast<std::uint32_t>(b), 0x5410);
}
#endif

GPU_DEVICE void load_matrices(const void* row, std::uint32_t (&out)[4]) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
               : "=r"(out[0]), "=r"(out[1]), "=r"(out[2]), "=r"(out[3])
               : "r"(shared_address(row)));
}

#if GPU_LARGE_SHARED_MEMORY

GPU_DEVICE void multiply_16x8x32(std::int32_t (&sums)[4], const std::uint32_t (&a)[4],
                                 const std::uint32_t (&b)[2]) {
  asm("mma.sync.aligned.m16n8k32.row.col.s32.s8.s8.s32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, "
      "%9}, "
      "{%0, %1, %2, %3};"
      : "+r"(sums[0]), "+r"(sums[1]), "+r"(sums[2]), "+r"(sums[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
}

GPU_DEVICE void copy_chunk(void* shared, const void* global) {
  asm volatile("cp.async.cg.shared.global [%0], [%1], 16;" ::"r"(shared_address(shared)),
               "l"(global)
               : "memory");
}
GPU_DEVICE void copy_commit() {
  asm volatile("cp.async.commit_group;" ::: "memory");
}
template <int kOpen>
GPU_DEVICE void copy_wait() {
  asm volatile("cp.async.wait_group %0;" ::"n"(kOpen) : "memory");
}

#else

/// sm_75's form: a quarter at a time.
GPU_DEVICE void multiply_8x8x16(std::int32_t& sum0, std::int32_t& sum1, std::uint32_t a,
                                std::uint32_t b) {
  asm("mma.sync.aligned.m8n8k16.row.col.s32.s8.s8.s32 {%0, %1}, {%2}, {%3}, {%0, %1};"
      : "+r"(sum0), "+r"(sum1)
      : "r"(a), "r"(b));
}
GPU_DEVICE void multiply_16x8x32(std::int32_t (&sums)[4], const std::uint32_t (&a)[4],
                                 const std::uint32_t (&b)[2]) {
  multiply_8x8x16(sums[0], sums[1], a[0], b[0]);
  multiply_8x8x16(sums[2], sums[3], a[1], b[0]);
  multiply_8x8x16(sums[0], sums[1], a[2], b[1]);
  multiply_8x8x16(sums[2], sums[3], a[3], b[1]);
}

GPU_DEVICE void copy_chunk(void* shared, const void* global) {
  *static_cast<uint4*>(shared) = *static_cast<const uint4*>(global);
}
GPU_DEVICE void copy_commit() {}
template <int kOpen>
GPU_DEVICE void copy_wait() {}

#endif

}  // namespace backends::gpu
