#include "tests/poc/allocations.h"

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <new>

namespace {

std::atomic<std::size_t> watched_bytes = SIZE_MAX;
std::atomic<int> watched_count = 0;
std::atomic<bool> refusing = false;

}  // namespace

// The program's own: the forms for arrays and without exceptions end here as well.
void* operator new(std::size_t size) {
  if (size >= watched_bytes) {
    ++watched_count;
    if (refusing) throw std::bad_alloc();
  }
  void* memory = std::malloc(size == 0 ? 1 : size);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

void operator delete(void* memory) noexcept {
  std::free(memory);
}

void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}

namespace tests {

LargeAllocations::LargeAllocations(std::size_t bytes) {
  watched_count = 0;
  watched_bytes = bytes;
}

LargeAllocations::~LargeAllocations() {
  watched_bytes = SIZE_MAX;
  refusing = false;
}

int LargeAllocations::count() const {
  return watched_count;
}

void LargeAllocations::refuse(bool refuse) {
  refusing = refuse;
}

}  // namespace tests
