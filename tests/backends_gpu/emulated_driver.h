#pragma once

#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "backends/gpu/driver.h"
#include "tests/backends_gpu/emulated_machine.h"
#include "tests/backends_gpu/guarded_memory.h"

namespace backends::gpu {

/// A Driver whose device is this process: kernels run on the calling thread before `launch`
/// returns, addresses are pointers. What the caller does against Driver's contract, and what a
/// kernel does that it must not, is reported to the machine and fails the call. After every launch,
/// and at release, it is looked whether anything was written beside the memory.
class EmulatedDriver final : public Driver {
 public:
  explicit EmulatedDriver(std::shared_ptr<EmulatedMachine> machine);
  ~EmulatedDriver() override;

  base::Status enter() override;
  base::Result<MemoryState> memory() override;
  base::Result<Address> allocate(std::uint64_t bytes) override;
  void release(Address memory) noexcept override;
  base::Result<SharedMemory> allocate_shared(std::uint64_t bytes) override;
  void release_shared(const SharedMemory& memory) noexcept override;
  base::Result<Kernel> kernel(const std::string& name, std::uint32_t shared_bytes) override;
  base::Status launch(Queue queue, const Launch& launch) override;
  base::Status upload(Queue queue, Address to, const void* from, std::uint64_t bytes) override;
  base::Status finish(Queue queue) override;
  base::Result<Event> make_event() override;
  base::Status record(Event event, Queue queue) override;
  base::Status wait(Event event) override;
  base::Result<base::Micros> between(Event earlier, Event later) override;

 private:
  struct ReadyKernel {
    const EmulatedKernel* kernel;
    std::uint32_t shared_bytes;
  };
  struct Moment {
    std::optional<base::SteadyTime> time;
  };

  base::Status begin(const std::string& call);
  base::Error bug(const std::string& what);
  base::Status check_memory(const std::string& after);
  base::Status check_launch(const ReadyKernel* ready, const Launch& launch);
  const ReadyKernel* find_ready(Kernel kernel) const;
  Moment* find_moment(Event event) const;

  std::shared_ptr<EmulatedMachine> machine_;
  std::thread::id owner_;  // nobody, until `enter`
  GuardedMemory memory_;
  GuardedMemory shared_;  // with the host
  std::vector<std::unique_ptr<ReadyKernel>> kernels_;
  std::vector<std::unique_ptr<Moment>> moments_;
  base::SystemClock clock_;
};

}  // namespace backends::gpu
