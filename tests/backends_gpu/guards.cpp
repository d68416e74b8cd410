#include "tests/backends_gpu/guards.h"

#include <algorithm>
#include <cstring>

#include "tests/support/sanitizers.h"

namespace backends::gpu {
namespace {

constexpr unsigned char kPoison = 0xa5;

}  // namespace

void poison(void* memory, std::size_t bytes) {
  std::memset(memory, kPoison, bytes);
}

#if defined(SPRINT_ADDRESS_SANITIZER)

void close_guard(void* guard, std::size_t bytes) {
  __asan_poison_memory_region(guard, bytes);
}

void open_guard(void* guard, std::size_t bytes) {
  __asan_unpoison_memory_region(guard, bytes);
}

bool guard_intact(const void* /*guard*/, std::size_t /*bytes*/) {
  return true;
}

#else

constexpr unsigned char kGuard = 0x5e;

void close_guard(void* guard, std::size_t bytes) {
  std::memset(guard, kGuard, bytes);
}

void open_guard(void* /*guard*/, std::size_t /*bytes*/) {}

bool guard_intact(const void* guard, std::size_t bytes) {
  const auto* byte = static_cast<const unsigned char*>(guard);
  return std::all_of(byte, byte + bytes, [](unsigned char b) { return b == kGuard; });
}

#endif

}  // namespace backends::gpu
