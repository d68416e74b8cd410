#include "backends/cuda/driver.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace backends::cuda {
namespace {

constexpr std::uint64_t kBytesPerMiB = 1 << 20;

/// What the driver says of an image without code that runs on the card: neither machine code for it
/// nor a portable form that this driver can translate.
constexpr CUresult kNotForThisCard[] = {
    CUDA_ERROR_NO_BINARY_FOR_GPU, CUDA_ERROR_UNSUPPORTED_PTX_VERSION,
    CUDA_ERROR_JIT_COMPILER_NOT_FOUND, CUDA_ERROR_JIT_COMPILATION_DISABLED};

bool is_not_for_this_card(CUresult result) {
  return std::find(std::begin(kNotForThisCard), std::end(kNotForThisCard), result) !=
         std::end(kNotForThisCard);
}

}  // namespace

CudaDriver::~CudaDriver() {
  if (context_ != nullptr) give_back();
}

/// Whatever fails here fails because the card is lost, and then the context's end frees the rest.
void CudaDriver::give_back() noexcept {
  const Library& library = *parts_.library;
  library->cuCtxSetCurrent(context_);
  library->cuCtxSynchronize();
  for (CUevent event : events_) library->cuEventDestroy(event);
  for (CUmodule module : modules_) library->cuModuleUnload(module);
  for (const CUdeviceptr memory : memory_) library->cuMemFree(memory);
  for (void* memory : shared_) library->cuMemFreeHost(memory);
  for (CUstream stream : streams_) {
    if (stream != nullptr) library->cuStreamDestroy(stream);
  }
  library->cuCtxSetCurrent(nullptr);
  library->cuDevicePrimaryCtxRelease(parts_.device);
}

base::Status CudaDriver::enter() {
  if (context_ != nullptr) return make_current();
  RETURN_IF_ERROR(open_context());
  RETURN_IF_ERROR(make_streams());
  return load_images();
}

base::Status CudaDriver::open_context() {
  const Library& library = *parts_.library;
  const CUresult flagged =
      library->cuDevicePrimaryCtxSetFlags(parts_.device, CU_CTX_SCHED_BLOCKING_SYNC);
  // Somebody else in the process has it open: then it waits in their way.
  if (flagged != CUDA_ERROR_PRIMARY_CONTEXT_ACTIVE) {
    RETURN_IF_ERROR(outcome("cuDevicePrimaryCtxSetFlags", flagged));
  }
  CUcontext context = nullptr;
  RETURN_IF_ERROR(outcome("cuDevicePrimaryCtxRetain",
                          library->cuDevicePrimaryCtxRetain(&context, parts_.device)));
  context_ = context;
  return make_current();
}

/// Not remembered, as another card's driver may be on the same thread; the call is cheap.
base::Status CudaDriver::make_current() const {
  return outcome("cuCtxSetCurrent", (*parts_.library)->cuCtxSetCurrent(context_));
}

/// A nonce waits for no weight: the race's work goes first.
base::Status CudaDriver::make_streams() {
  const Library& library = *parts_.library;
  int lowest = 0;
  int highest = 0;
  RETURN_IF_ERROR(outcome("cuCtxGetStreamPriorityRange",
                          library->cuCtxGetStreamPriorityRange(&lowest, &highest)));
  for (const gpu::Queue queue : {gpu::Queue::kRace, gpu::Queue::kModels}) {
    const int priority = queue == gpu::Queue::kRace ? highest : lowest;
    RETURN_IF_ERROR(
        outcome("cuStreamCreateWithPriority",
                library->cuStreamCreateWithPriority(&streams_[static_cast<std::size_t>(queue)],
                                                    CU_STREAM_NON_BLOCKING, priority)));
  }
  return base::Ok{};
}

base::Status CudaDriver::load_images() {
  CUresult refused = CUDA_ERROR_NO_BINARY_FOR_GPU;
  for (const void* image : parts_.images) {
    CUmodule module = nullptr;
    const CUresult result = (*parts_.library)->cuModuleLoadData(&module, image);
    if (is_not_for_this_card(result)) {
      refused = result;
      continue;
    }
    RETURN_IF_ERROR(outcome("cuModuleLoadData", result));
    modules_.push_back(module);
  }
  if (!modules_.empty()) return base::Ok{};
  return base::device_fault(parts_.label + ": this build has no kernels for this card: " +
                            "cuModuleLoadData: " + parts_.library->describe(refused));
}

base::Result<gpu::MemoryState> CudaDriver::memory() {
  std::size_t free_bytes = 0;
  std::size_t total_bytes = 0;
  RETURN_IF_ERROR(
      outcome("cuMemGetInfo", (*parts_.library)->cuMemGetInfo(&free_bytes, &total_bytes)));
  return gpu::MemoryState{free_bytes, total_bytes};
}

base::Error CudaDriver::too_large(std::string_view what, std::uint64_t bytes) const {
  const std::uint64_t needed = (bytes + kBytesPerMiB - 1) / kBytesPerMiB;
  std::string text =
      parts_.label + ": " + std::to_string(needed) + " MiB of " + std::string(what) + " needed";
  std::size_t free_bytes = 0;
  std::size_t total_bytes = 0;
  if ((*parts_.library)->cuMemGetInfo(&free_bytes, &total_bytes) == CUDA_SUCCESS) {
    text += ", " + std::to_string(free_bytes / kBytesPerMiB) + " MiB of the card's memory free";
  }
  return base::no_memory(std::move(text));
}

base::Result<gpu::Address> CudaDriver::allocate(std::uint64_t bytes) {
  CUdeviceptr memory = 0;
  const CUresult result = (*parts_.library)->cuMemAlloc(&memory, bytes);
  if (result == CUDA_ERROR_OUT_OF_MEMORY) return too_large("memory", bytes);
  RETURN_IF_ERROR(outcome("cuMemAlloc", result));
  memory_.insert(memory);
  return gpu::Address{memory};
}

void CudaDriver::release(gpu::Address memory) noexcept {
  if (memory_.erase(memory) == 0 || !make_current().ok()) return;
  (*parts_.library)->cuMemFree(memory);
}

base::Result<gpu::SharedMemory> CudaDriver::allocate_shared(std::uint64_t bytes) {
  void* host = nullptr;
  const CUresult result =
      (*parts_.library)->cuMemHostAlloc(&host, bytes, CU_MEMHOSTALLOC_DEVICEMAP);
  if (result == CUDA_ERROR_OUT_OF_MEMORY) return too_large("the host's pinned memory", bytes);
  RETURN_IF_ERROR(outcome("cuMemHostAlloc", result));
  shared_.insert(host);
  CUdeviceptr device = 0;
  RETURN_IF_ERROR(outcome("cuMemHostGetDevicePointer",
                          (*parts_.library)->cuMemHostGetDevicePointer(&device, host, 0)));
  std::memset(host, 0, bytes);
  return gpu::SharedMemory{host, device};
}

void CudaDriver::release_shared(const gpu::SharedMemory& memory) noexcept {
  if (shared_.erase(memory.host) == 0 || !make_current().ok()) return;
  (*parts_.library)->cuMemFreeHost(memory.host);
}

base::Result<gpu::Kernel> CudaDriver::kernel(const std::string& name, std::uint32_t shared_bytes) {
  const Library& library = *parts_.library;
  CUfunction function = nullptr;
  CUresult result = CUDA_ERROR_NOT_FOUND;
  for (CUmodule module : modules_) {
    result = library->cuModuleGetFunction(&function, module, name.c_str());
    if (result != CUDA_ERROR_NOT_FOUND) break;
  }
  RETURN_IF_ERROR(outcome("kernel " + name + ": cuModuleGetFunction", result));
  // More than 48 KiB, counted with what the kernel has of its own, is had for the asking only.
  if (shared_bytes > 0) {
    RETURN_IF_ERROR(outcome(
        "kernel " + name + ": cuFuncSetAttribute",
        library->cuFuncSetAttribute(function, CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES,
                                    static_cast<int>(shared_bytes))));
  }
  return gpu::Kernel{function};
}

base::Status CudaDriver::launch(gpu::Queue queue, const gpu::Launch& launch) {
  void* parameters[] = {const_cast<void*>(launch.arguments)};  // read only, and before it returns
  return outcome("cuLaunchKernel",
                 (*parts_.library)
                     ->cuLaunchKernel(static_cast<CUfunction>(launch.kernel), launch.blocks, 1, 1,
                                      launch.threads, 1, 1, launch.shared_bytes, stream(queue),
                                      parameters, nullptr));
}

/// From ordinary memory, which the driver copies before it returns: so few bytes go into the stream
/// with the command itself, without waiting for what is before them (CUDA Driver API, "API
/// synchronization behavior": up to 64 KiB).
base::Status CudaDriver::upload(gpu::Queue queue, gpu::Address to, const void* from,
                                std::uint64_t bytes) {
  return outcome("cuMemcpyHtoDAsync",
                 (*parts_.library)->cuMemcpyHtoDAsync(to, from, bytes, stream(queue)));
}

base::Status CudaDriver::finish(gpu::Queue queue) {
  return outcome("cuStreamSynchronize", (*parts_.library)->cuStreamSynchronize(stream(queue)));
}

base::Result<gpu::Event> CudaDriver::make_event() {
  CUevent event = nullptr;
  RETURN_IF_ERROR(
      outcome("cuEventCreate", (*parts_.library)->cuEventCreate(&event, CU_EVENT_BLOCKING_SYNC)));
  events_.push_back(event);
  return gpu::Event{event};
}

base::Status CudaDriver::record(gpu::Event event, gpu::Queue queue) {
  return outcome("cuEventRecord",
                 (*parts_.library)->cuEventRecord(static_cast<CUevent>(event), stream(queue)));
}

base::Status CudaDriver::wait(gpu::Event event) {
  return outcome("cuEventSynchronize",
                 (*parts_.library)->cuEventSynchronize(static_cast<CUevent>(event)));
}

base::Result<base::Micros> CudaDriver::between(gpu::Event earlier, gpu::Event later) {
  float milliseconds = 0;
  RETURN_IF_ERROR(outcome("cuEventElapsedTime",
                          (*parts_.library)
                              ->cuEventElapsedTime(&milliseconds, static_cast<CUevent>(earlier),
                                                   static_cast<CUevent>(later))));
  return base::Micros(std::llround(static_cast<double>(milliseconds) * 1000.0));
}

}  // namespace backends::cuda
