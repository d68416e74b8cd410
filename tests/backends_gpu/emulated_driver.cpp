#include "tests/backends_gpu/emulated_driver.h"

#include <cstring>
#include <utility>

namespace backends::gpu {
namespace {

void* pointer_of(Address address) {
  return reinterpret_cast<void*>(address);
}
Address address_of(const void* memory) {
  return reinterpret_cast<Address>(memory);
}

}  // namespace

EmulatedDriver::EmulatedDriver(std::shared_ptr<EmulatedMachine> machine)
    : machine_(std::move(machine)) {}

EmulatedDriver::~EmulatedDriver() {
  static_cast<void>(check_memory("at the driver's end"));
}

/// What every call begins with.
base::Status EmulatedDriver::begin(const std::string& call) {
  if (owner_ != std::this_thread::get_id()) return bug(call + ": on a thread that did not enter");
  return machine_->begin_call(call);
}

base::Error EmulatedDriver::bug(const std::string& what) {
  machine_->report_bug(what);
  return base::device_fault(what);
}

base::Status EmulatedDriver::check_memory(const std::string& after) {
  std::vector<std::string> lines = memory_.check();
  for (std::string& line : shared_.check()) lines.push_back(line + " shared with the host");
  for (const std::string& line : lines) machine_->report_bug(after + ": " + line);
  if (lines.empty()) return base::Ok{};
  return base::device_fault(after + ": " + lines.front());
}

base::Status EmulatedDriver::enter() {
  owner_ = std::this_thread::get_id();
  return begin("enter");
}

base::Result<MemoryState> EmulatedDriver::memory() {
  RETURN_IF_ERROR(begin("memory"));
  const std::uint64_t total = machine_->limits().memory_bytes;
  const std::uint64_t used = memory_.bytes();
  return MemoryState{used < total ? total - used : 0, total};
}

base::Result<Address> EmulatedDriver::allocate(std::uint64_t bytes) {
  RETURN_IF_ERROR(begin("allocate"));
  if (bytes == 0) return bug("allocate: 0 bytes");
  const std::uint64_t total = machine_->limits().memory_bytes;
  if (bytes > total || memory_.bytes() > total - bytes) {
    return base::no_memory("allocate: emulated device is full");
  }
  const void* memory = memory_.allocate(bytes);
  if (memory == nullptr) return base::no_memory("allocate: the host is full");
  return address_of(memory);
}

void EmulatedDriver::release(Address memory) noexcept {
  static_cast<void>(begin("release"));
  static_cast<void>(check_memory("release"));
  if (!memory_.release(pointer_of(memory))) bug("release: of memory that was not allocated");
}

base::Result<SharedMemory> EmulatedDriver::allocate_shared(std::uint64_t bytes) {
  RETURN_IF_ERROR(begin("allocate_shared"));
  if (bytes == 0) return bug("allocate_shared: 0 bytes");
  void* memory = shared_.allocate(bytes);
  if (memory == nullptr) return base::no_memory("allocate_shared: the host is full");
  std::memset(memory, 0, bytes);
  return SharedMemory{memory, address_of(memory)};
}

void EmulatedDriver::release_shared(const SharedMemory& memory) noexcept {
  static_cast<void>(begin("release_shared"));
  static_cast<void>(check_memory("release_shared"));
  if (memory.device != address_of(memory.host) || !shared_.release(memory.host)) {
    bug("release_shared: of memory that was not allocated");
  }
}

base::Result<Kernel> EmulatedDriver::kernel(const std::string& name, std::uint32_t shared_bytes) {
  RETURN_IF_ERROR(begin("kernel"));
  const EmulatedKernel* found = find_kernel(name);
  if (found == nullptr) return base::device_fault("kernel: there is none named " + name);
  if (shared_bytes > machine_->limits().shared_bytes) {
    return base::device_fault("kernel: " + name + " wants more shared memory than there is");
  }
  kernels_.push_back(std::make_unique<ReadyKernel>(ReadyKernel{found, shared_bytes}));
  return Kernel{kernels_.back().get()};
}

const EmulatedDriver::ReadyKernel* EmulatedDriver::find_ready(Kernel kernel) const {
  for (const auto& ready : kernels_) {
    if (ready.get() == kernel) return ready.get();
  }
  return nullptr;
}

base::Status EmulatedDriver::check_launch(const ReadyKernel* ready, const Launch& launch) {
  if (ready == nullptr) return bug("launch: of a kernel that this driver did not make");
  const std::string name = std::string("launch ") + ready->kernel->name() + ": ";
  if (launch.blocks == 0) return bug(name + "no blocks");
  if (launch.threads == 0 || launch.threads % kWarpLanes != 0) {
    return bug(name + std::to_string(launch.threads) + " threads, not a multiple of 32");
  }
  if (launch.threads > ready->kernel->max_threads()) {
    return bug(name + std::to_string(launch.threads) + " threads, made for " +
               std::to_string(ready->kernel->max_threads()));
  }
  if (launch.shared_bytes != ready->shared_bytes) {
    return bug(name + std::to_string(launch.shared_bytes) +
               " bytes of shared memory, prepared for " + std::to_string(ready->shared_bytes));
  }
  if (launch.arguments == nullptr) return bug(name + "no arguments");
  return base::Ok{};
}

base::Status EmulatedDriver::launch(Queue /*queue*/, const Launch& launch) {
  const ReadyKernel* ready = find_ready(launch.kernel);
  RETURN_IF_ERROR(check_launch(ready, launch));
  const std::string name = ready->kernel->name();
  RETURN_IF_ERROR(begin("launch " + name));
  RETURN_IF_ERROR(begin("launch"));
  machine_->announce_launch(name, launch.arguments);
  const Grid grid{launch.blocks, launch.threads, launch.shared_bytes, machine_->limits().order};
  const base::Status ran = Processor::here().run(*ready->kernel, grid, launch.arguments);
  if (!ran.ok()) return bug(ran.message());
  return check_memory("kernel " + name);
}

base::Status EmulatedDriver::upload(Queue /*queue*/, Address to, const void* from,
                                    std::uint64_t bytes) {
  RETURN_IF_ERROR(begin("upload"));
  void* memory = pointer_of(to);
  if (!memory_.contains(memory, bytes)) return bug("upload: not into memory of the device");
  std::memcpy(memory, from, bytes);
  return base::Ok{};
}

base::Status EmulatedDriver::finish(Queue /*queue*/) {
  return begin("finish");
}

base::Result<Event> EmulatedDriver::make_event() {
  RETURN_IF_ERROR(begin("make_event"));
  moments_.push_back(std::make_unique<Moment>());
  return Event{moments_.back().get()};
}

EmulatedDriver::Moment* EmulatedDriver::find_moment(Event event) const {
  for (const auto& moment : moments_) {
    if (moment.get() == event) return moment.get();
  }
  return nullptr;
}

base::Status EmulatedDriver::record(Event event, Queue /*queue*/) {
  RETURN_IF_ERROR(begin("record"));
  Moment* moment = find_moment(event);
  if (moment == nullptr) return bug("record: of an event that this driver did not make");
  moment->time = clock_.now();
  return base::Ok{};
}

base::Status EmulatedDriver::wait(Event event) {
  RETURN_IF_ERROR(begin("wait"));
  const Moment* moment = find_moment(event);
  if (moment == nullptr || !moment->time) return bug("wait: for an event that was not recorded");
  return base::Ok{};
}

base::Result<base::Micros> EmulatedDriver::between(Event earlier, Event later) {
  RETURN_IF_ERROR(begin("between"));
  const Moment* first = find_moment(earlier);
  const Moment* second = find_moment(later);
  if (first == nullptr || second == nullptr || !first->time || !second->time) {
    return bug("between: events that were not recorded");
  }
  return *second->time - *first->time;
}

}  // namespace backends::gpu
