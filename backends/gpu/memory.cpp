#include "backends/gpu/memory.h"

#include <utility>

namespace backends::gpu {

base::Status check_room(Driver& driver, const std::string& what, std::uint64_t bytes,
                        std::uint64_t keep_free_bytes) {
  ASSIGN_OR_RETURN(const MemoryState memory, driver.memory());
  if (bytes + keep_free_bytes <= memory.free_bytes) return base::Ok{};
  const auto mib = [](std::uint64_t b) { return std::to_string((b + (1 << 20) - 1) >> 20); };
  return base::no_memory(what + " need " + mib(bytes) + " MiB, and " + mib(keep_free_bytes) +
                         " MiB stay free: the card has " + std::to_string(memory.free_bytes >> 20) +
                         " of " + mib(memory.total_bytes) + " MiB left");
}

base::Result<Buffer> Buffer::make(Driver& driver, std::uint64_t bytes) {
  ASSIGN_OR_RETURN(const Address memory, driver.allocate(bytes));
  return Buffer(driver, memory);
}

Buffer::Buffer(Buffer&& other) noexcept
    : driver_(other.driver_), memory_(std::exchange(other.memory_, 0)) {}

Buffer& Buffer::operator=(Buffer&& other) noexcept {
  if (this != &other) {
    release();
    driver_ = other.driver_;
    memory_ = std::exchange(other.memory_, 0);
  }
  return *this;
}

void Buffer::release() noexcept {
  if (memory_ != 0) driver_->release(memory_);
  memory_ = 0;
}

base::Result<SharedBuffer> SharedBuffer::make(Driver& driver, std::uint64_t bytes) {
  ASSIGN_OR_RETURN(const SharedMemory memory, driver.allocate_shared(bytes));
  return SharedBuffer(driver, memory);
}

SharedBuffer::SharedBuffer(SharedBuffer&& other) noexcept
    : driver_(other.driver_), memory_(std::exchange(other.memory_, SharedMemory{})) {}

SharedBuffer& SharedBuffer::operator=(SharedBuffer&& other) noexcept {
  if (this != &other) {
    release();
    driver_ = other.driver_;
    memory_ = std::exchange(other.memory_, SharedMemory{});
  }
  return *this;
}

void SharedBuffer::release() noexcept {
  if (memory_.host != nullptr) driver_->release_shared(memory_);
  memory_ = SharedMemory{};
}

}  // namespace backends::gpu
