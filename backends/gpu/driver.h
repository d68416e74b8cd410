#pragma once

#include <cstdint>
#include <string>

#include "base/clock.h"
#include "base/result.h"

namespace backends::gpu {

/// Memory of the device, as a number that only the device may follow.
using Address = std::uint64_t;

/// Memory of the host that the device can write and read, for a few bytes at a time.
struct SharedMemory {
  void* host = nullptr;
  Address device = 0;
};

struct MemoryState {
  std::uint64_t free_bytes = 0;
  std::uint64_t total_bytes = 0;
};

/// Two queues of a device: work of one goes on beside work of the other.
enum class Queue : std::uint8_t {
  kRace,    ///< nonces
  kModels,  ///< the next model's weights
};

/// A kernel by name, and a moment on a queue; both belong to the driver and end with it.
using Kernel = void*;
using Event = void*;

/// One launch of a kernel. Every kernel takes one structure of kernels/arguments.h by value.
struct Launch {
  Kernel kernel = nullptr;
  std::uint32_t blocks = 1;
  std::uint32_t threads = 1;       ///< of a block
  std::uint32_t shared_bytes = 0;  ///< of dynamic shared memory; as said to `kernel`
  const void* arguments = nullptr;
};

/// What the shared host code asks of a vendor's driver, for one open device. Filled by each
/// vendor's folder, and by the emulator of the tests. Belongs to one thread; the destructor waits
/// for what is under way and gives everything back. A failed call is Fault::kNoMemory where memory
/// was the reason, else Fault::kDevice, with the call's name and the driver's own word for what is
/// wrong.
class Driver {
 public:
  virtual ~Driver() = default;

  /// Makes the device the calling thread's own: before all else, and again on another thread. Costs
  /// next to nothing where it already is.
  virtual base::Status enter() = 0;

  virtual base::Result<MemoryState> memory() = 0;
  virtual base::Result<Address> allocate(std::uint64_t bytes) = 0;
  virtual void release(Address memory) noexcept = 0;
  /// Zeroed.
  virtual base::Result<SharedMemory> allocate_shared(std::uint64_t bytes) = 0;
  virtual void release_shared(const SharedMemory& memory) noexcept = 0;

  /// The named kernel, ready for launches with that much dynamic shared memory.
  virtual base::Result<Kernel> kernel(const std::string& name, std::uint32_t shared_bytes) = 0;
  /// Does not wait.
  virtual base::Status launch(Queue queue, const Launch& launch) = 0;
  /// Copies to the device; `from` may change as soon as the call returns. For a few kilobytes.
  virtual base::Status upload(Queue queue, Address to, const void* from, std::uint64_t bytes) = 0;
  /// Waits for all of the queue.
  virtual base::Status finish(Queue queue) = 0;

  virtual base::Result<Event> make_event() = 0;
  /// Marks the end of all that is on the queue now.
  virtual base::Status record(Event event, Queue queue) = 0;
  /// Sleeps until the event, recorded before, has come.
  virtual base::Status wait(Event event) = 0;
  /// From one event to the other; both have come.
  virtual base::Result<base::Micros> between(Event earlier, Event later) = 0;
};

}  // namespace backends::gpu
