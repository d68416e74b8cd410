#pragma once

#include <cstdint>
#include <string>

#include "backends/gpu/driver.h"

namespace backends::gpu {

/// An address as the pointer that kernels take. The host never follows it.
template <class T>
T* device_pointer(Address memory) {
  return reinterpret_cast<T*>(memory);  // NOLINT(performance-no-int-to-ptr)
}

/// Whether the device has `bytes` free and `keep_free_bytes` beside them: Ok, or Fault::kNoMemory
/// that says for what, with numbers.
base::Status check_room(Driver& driver, const std::string& what, std::uint64_t bytes,
                        std::uint64_t keep_free_bytes);

/// Device memory that goes back with its owner. Belongs to the driver's thread; gone before the
/// driver.
class Buffer {
 public:
  Buffer() = default;
  static base::Result<Buffer> make(Driver& driver, std::uint64_t bytes);
  ~Buffer() { release(); }
  Buffer(Buffer&& other) noexcept;
  Buffer& operator=(Buffer&& other) noexcept;

  template <class T>
  T* as() const {
    return device_pointer<T>(memory_);
  }
  Address address() const { return memory_; }
  void release() noexcept;

 private:
  Buffer(Driver& driver, Address memory) : driver_(&driver), memory_(memory) {}
  Driver* driver_ = nullptr;
  Address memory_ = 0;
};

/// The same for memory of the host that the device sees.
class SharedBuffer {
 public:
  SharedBuffer() = default;
  static base::Result<SharedBuffer> make(Driver& driver, std::uint64_t bytes);
  ~SharedBuffer() { release(); }
  SharedBuffer(SharedBuffer&& other) noexcept;
  SharedBuffer& operator=(SharedBuffer&& other) noexcept;

  void* host() const { return memory_.host; }
  template <class T>
  T* on_device(std::uint64_t offset = 0) const {
    return device_pointer<T>(memory_.device + offset);
  }
  void release() noexcept;

 private:
  SharedBuffer(Driver& driver, const SharedMemory& memory) : driver_(&driver), memory_(memory) {}
  Driver* driver_ = nullptr;
  SharedMemory memory_;
};

}  // namespace backends::gpu
