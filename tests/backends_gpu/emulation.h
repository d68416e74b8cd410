#pragma once

// The machine of backends/gpu/kernels/README.md for the host's compiler: what comes before the
// kernels so that they run in tests, bit for bit as on a device. See processor.h for how, and for
// what is reported as a kernel's fault.
//
// SPRINT_EMULATED_SYNCHRONOUS: a machine whose copies are done when copy_chunk returns.

#include <cstddef>
#include <cstdint>

#include "tests/backends_gpu/emulated_kernel.h"
#include "tests/backends_gpu/emulated_words.h"

#define GPU_DEVICE inline
#define GPU_UNROLL
#define GPU_LARGE_SHARED_MEMORY 1

// By way of a second macro, so that a name which is itself made by a macro is expanded first.
#define GPU_KERNEL(name, Arguments, threads, blocks) \
  SPRINT_EMULATED_KERNEL(name, Arguments, threads, blocks)
#define SPRINT_EMULATED_KERNEL(name, Arguments, threads, blocks)                             \
  static_assert((threads) % 32 == 0 && (threads) <= 1024 && (blocks) > 0);                   \
  static void name(const Arguments& args);                                                   \
  static const ::backends::gpu::EmulatedKernel name##_registered(                            \
      #name, threads, [](const void* args) { name(*static_cast<const Arguments*>(args)); }); \
  static void name([[maybe_unused]] const Arguments& args)

#define GPU_SHARED(type, name, count)                                                      \
  static thread_local ::backends::gpu::SharedArray<type, (count)> name##_in_shared_memory; \
  type(&name)[(count)] = name##_in_shared_memory.enter()

namespace backends::gpu {

std::uint32_t thread_index();
std::uint32_t block_index();
std::uint32_t block_count();

std::uint8_t* dynamic_shared();

void block_sync();
void warp_sync();
std::int32_t warp_exchange(std::int32_t value, std::int32_t mask);
void load_matrices(const void* address, std::uint32_t (&out)[4]);
void multiply_16x8x32(std::int32_t (&sums)[4], const std::uint32_t (&a)[4],
                      const std::uint32_t (&b)[2]);

std::uint32_t atomic_add(std::uint32_t* address, std::uint32_t value);

/// Wrong by a few units of the last place, above or below, as the order has it.
float square_root(float v);

#if defined(SPRINT_EMULATED_SYNCHRONOUS)
constexpr bool kCopyIsAsynchronous = false;
#else
constexpr bool kCopyIsAsynchronous = true;
#endif

void copy_chunk(void* shared, const void* global);
void copy_commit();
/// What copy_wait<N> does.
void wait_for_copies(std::uint32_t open_batches);
template <std::uint32_t N>
void copy_wait() {
  wait_for_copies(N);
}

/// See BlockMemory::enter_array.
void enter_shared_array(std::uint64_t& block, void* array, std::size_t bytes, void* guard,
                        std::size_t guard_bytes);

/// An array in shared memory: one for each thread that runs kernels, as it runs one block at a
/// time.
template <class T, std::size_t kCount>
struct SharedArray {
  alignas(16) T data[kCount];
  std::uint8_t guard[64];
  std::uint64_t block;

  using Data = T[kCount];
  Data& enter() {
    enter_shared_array(block, data, sizeof data, guard, sizeof guard);
    return data;
  }
};

}  // namespace backends::gpu
