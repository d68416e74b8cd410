#include "tests/backends_gpu/emulation.h"

#include <cmath>
#include <cstring>
#include <string>

#include "tests/backends_gpu/processor.h"

namespace backends::gpu {
namespace {

constexpr std::size_t kChunk = 16;

bool is_aligned(const void* address) {
  return reinterpret_cast<std::uintptr_t>(address) % kChunk == 0;
}

/// Whether `what` can take `address` as a chunk of shared memory; reported if not.
bool is_shared_chunk(const char* what, const void* address) {
  Processor& here = Processor::here();
  const bool aligned = is_aligned(address);
  if (aligned && here.shared().contains(address, kChunk)) return true;
  here.report(std::string(what) + (aligned ? ": not an address in the block's shared memory"
                                           : ": address not a multiple of 16"));
  return false;
}

/// The running thread gave something that no device takes.
[[noreturn]] void refuse(const char* what) {
  Processor::here().report(what);
  Processor::here().abandon();
}

}  // namespace

std::uint32_t thread_index() {
  return Processor::here().thread();
}

std::uint32_t block_index() {
  return Processor::here().block();
}

std::uint32_t block_count() {
  return Processor::here().blocks();
}

std::uint8_t* dynamic_shared() {
  return Processor::here().shared().dynamic();
}

void block_sync() {
  Processor::here().meet(Collective::kBlockSync, nullptr);
}

void warp_sync() {
  Processor::here().meet(Collective::kWarpSync, nullptr);
}

std::int32_t warp_exchange(std::int32_t value, std::int32_t mask) {
  if (mask < 0 || mask >= 32) refuse("warp_exchange: mask not in 0..31");
  Operands mine;
  mine.value = value;
  mine.mask = mask;
  Processor::here().meet(Collective::kExchange, &mine);
  return mine.value;
}

void load_matrices(const void* address, std::uint32_t (&out)[4]) {
  if (!is_shared_chunk("load_matrices", address)) Processor::here().abandon();
  Operands mine;
  mine.row = address;
  mine.matrices = out;
  Processor::here().meet(Collective::kLoadMatrices, &mine);
}

void multiply_16x8x32(std::int32_t (&sums)[4], const std::uint32_t (&a)[4],
                      const std::uint32_t (&b)[2]) {
  Operands mine;
  mine.sums = sums;
  mine.a = a;
  mine.b = b;
  Processor::here().meet(Collective::kMultiply, &mine);
}

std::uint32_t atomic_add(std::uint32_t* address, std::uint32_t value) {
  return __atomic_fetch_add(address, value, __ATOMIC_RELAXED);
}

float square_root(float v) {
  constexpr int kUnitsWrong = 4;
  float root = std::sqrt(v);
  const float towards = Processor::here().backward() ? 0.0F : 2 * root + 1;
  for (int i = 0; i < kUnitsWrong; ++i) root = std::nextafter(root, towards);
  return root;
}

void copy_chunk(void* shared, const void* global) {
  if (!is_shared_chunk("copy_chunk", shared)) Processor::here().abandon();
  if (!is_aligned(global)) refuse("copy_chunk: source not a multiple of 16");
  if (kCopyIsAsynchronous) {
    Processor::here().begin_copy(shared, global);
  } else {
    std::memcpy(shared, global, kChunk);
  }
}

void copy_commit() {
  if (kCopyIsAsynchronous) Processor::here().close_batch();
}

void wait_for_copies(std::uint32_t open_batches) {
  if (kCopyIsAsynchronous) Processor::here().wait_for_copies(open_batches);
}

void enter_shared_array(std::uint64_t& block, void* array, std::size_t bytes, void* guard,
                        std::size_t guard_bytes) {
  Processor::here().shared().enter_array(block, array, bytes, guard, guard_bytes);
}

}  // namespace backends::gpu
