#include "backends/cpu/pages.h"

#include <sys/mman.h>

#include <string>
#include <utility>

#include "base/check.h"

namespace backends::cpu {
namespace {

/// Below this, huge pages (2 MiB) waste more than they save.
constexpr std::uint64_t kHugePagesFrom = std::uint64_t{8} << 20;

}  // namespace

base::Result<PageBuffer> PageBuffer::make(std::uint64_t bytes, std::string_view what) {
  CHECK(bytes > 0);
  void* pages = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (pages == MAP_FAILED) {
    return base::no_memory(std::string(what) + ": the system refuses " + std::to_string(bytes) +
                           " bytes");
  }
  if (bytes >= kHugePagesFrom) madvise(pages, bytes, MADV_HUGEPAGE);  // advice: may fail
  PageBuffer buffer;
  buffer.data_ = static_cast<std::byte*>(pages);
  buffer.size_ = bytes;
  return buffer;
}

PageBuffer::PageBuffer(PageBuffer&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

PageBuffer& PageBuffer::operator=(PageBuffer&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  return *this;
}

PageBuffer::~PageBuffer() {
  if (data_ != nullptr) munmap(data_, size_);
}

}  // namespace backends::cpu
