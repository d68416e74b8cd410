#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "backends/opencl/properties.h"
#include "backends/opencl/stream.h"

namespace backends::opencl {

/// Bytes of buffers that are out.
using Taken = std::shared_ptr<std::uint64_t>;

/// A buffer of the device; its bytes count as taken while it lives.
class Buffer {
 public:
  Buffer() = default;
  Buffer(MemoryObject object, std::uint64_t bytes, Taken taken);
  ~Buffer() { release(); }
  Buffer(Buffer&& other) noexcept = default;
  Buffer& operator=(Buffer&& other) noexcept;

  cl_mem get() const { return object_.get(); }
  void release() noexcept;

 private:
  MemoryObject object_;
  std::uint64_t bytes_ = 0;
  Taken taken_;
};

/// A device's memory: an allocation a tensor, each touched at once, because platforms take the
/// memory only when a buffer is first used, and what does not fit is to show here. Belongs to the
/// device's thread; its buffers go before the stream.
class Memory {
 public:
  Memory(const Library& library, cl_context context, cl_device_id device,
         const Properties& properties, Stream& stream, std::uint64_t keep_free_bytes);

  /// What may still be taken, `keep_free_bytes` not among it: the device's word where it gives one,
  /// never more than its size less what we took; of the host's memory, never more than is there.
  std::uint64_t available() const;

  /// Ok, or Fault::kNoMemory that says for what, with numbers.
  base::Status check_room(const std::string& what, std::uint64_t bytes) const;

  /// Ok, or Fault::kNoMemory where the device makes no buffer so large.
  base::Status check_buffer(const std::string& what, std::uint64_t bytes) const;

  /// A buffer of at least `bytes`, not set to anything. Fault::kNoMemory with numbers. Does not
  /// wait for the touch: `settle` after the last of some buffers does.
  base::Result<Buffer> allocate(const std::string& what, std::uint64_t bytes);

  /// Waits until all that was allocated is there. Fault::kNoMemory where it is not.
  base::Status settle(const std::string& what);

 private:
  base::Error refused(const std::string& what, std::uint64_t bytes, std::string_view call,
                      cl_int result) const;

  const Library& library_;
  const cl_context context_;
  const cl_device_id device_;
  const Properties& properties_;
  Stream& stream_;
  const std::uint64_t keep_free_bytes_;
  std::vector<Event> touched_;  // since the last `settle`
  const Taken taken_ = std::make_shared<std::uint64_t>(0);
};

/// "MemAvailable" of /proc/meminfo in bytes; nothing where it cannot be read.
std::optional<std::uint64_t> host_memory_available();

}  // namespace backends::opencl
