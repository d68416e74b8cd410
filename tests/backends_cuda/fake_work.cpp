// The rest of the fake driver: what is done in a context.

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "tests/backends_cuda/fake_state.h"

using backends::cuda::fake_answer_in_context;
using backends::cuda::fake_current;
using backends::cuda::fake_state;
using backends::cuda::FakeCard;
using backends::cuda::FakeImage;
using backends::cuda::FakeWork;

namespace {

float milliseconds = 0;

/// Blocks of the host's memory with their size in front.
constexpr std::size_t kHeader = 64;
void* take(std::size_t bytes) {
  auto* block = static_cast<unsigned char*>(std::malloc(kHeader + bytes));
  std::memcpy(block, &bytes, sizeof(bytes));
  std::memset(block + kHeader, 0xA5, bytes);
  return block + kHeader;
}
std::size_t give(void* memory) {
  unsigned char* block = static_cast<unsigned char*>(memory) - kHeader;
  std::size_t bytes = 0;
  std::memcpy(&bytes, block, sizeof(bytes));
  std::free(block);
  return bytes;
}
CUdeviceptr as_address(void* memory) {
  return reinterpret_cast<CUdeviceptr>(memory);
}
void* as_pointer(CUdeviceptr address) {
  return reinterpret_cast<void*>(address);
}

}  // namespace

extern "C" {

CUresult cuStreamCreateWithPriority(CUstream* stream, unsigned, int priority) {
  FAKE_RETURN_UNLESS_OK(fake_answer_in_context("cuStreamCreateWithPriority"));
  *stream = new CUstream_st{priority};
  ++fake_state().counts.streams;
  return CUDA_SUCCESS;
}
CUresult cuStreamSynchronize(CUstream) {
  return fake_answer_in_context("cuStreamSynchronize");
}
CUresult cuStreamDestroy(CUstream stream) {
  delete stream;
  --fake_state().counts.streams;
  return fake_answer_in_context("cuStreamDestroy");
}

CUresult cuEventCreate(CUevent* event, unsigned flags) {
  FAKE_RETURN_UNLESS_OK(fake_answer_in_context("cuEventCreate"));
  fake_state().event_flags = flags;
  *event = new CUevent_st;
  ++fake_state().counts.events;
  return CUDA_SUCCESS;
}
/// Each is a millisecond and a half after the one before.
CUresult cuEventRecord(CUevent event, CUstream) {
  FAKE_RETURN_UNLESS_OK(fake_answer_in_context("cuEventRecord"));
  milliseconds += 1.5F;
  event->milliseconds = milliseconds;
  return CUDA_SUCCESS;
}
CUresult cuEventSynchronize(CUevent) {
  return fake_answer_in_context("cuEventSynchronize");
}
CUresult cuEventElapsedTime(float* out, CUevent earlier, CUevent later) {
  *out = later->milliseconds - earlier->milliseconds;
  return fake_answer_in_context("cuEventElapsedTime");
}
CUresult cuEventDestroy(CUevent event) {
  delete event;
  --fake_state().counts.events;
  return fake_answer_in_context("cuEventDestroy");
}

CUresult cuMemGetInfo(std::size_t* free_bytes, std::size_t* total_bytes) {
  FAKE_RETURN_UNLESS_OK(fake_answer_in_context("cuMemGetInfo"));
  *total_bytes = fake_current()->card->memory_bytes;
  *free_bytes = *total_bytes - fake_current()->card->used_bytes;
  return CUDA_SUCCESS;
}
CUresult cuMemAlloc(CUdeviceptr* address, std::size_t bytes) {
  FAKE_RETURN_UNLESS_OK(fake_answer_in_context("cuMemAlloc"));
  if (bytes > fake_current()->card->memory_bytes - fake_current()->card->used_bytes) {
    return CUDA_ERROR_OUT_OF_MEMORY;
  }
  *address = as_address(take(bytes));
  fake_current()->card->used_bytes += bytes;
  ++fake_state().counts.allocations;
  return CUDA_SUCCESS;
}
CUresult cuMemFree(CUdeviceptr address) {
  fake_current()->card->used_bytes -= give(as_pointer(address));
  --fake_state().counts.allocations;
  return fake_answer_in_context("cuMemFree");
}
CUresult cuMemHostAlloc(void** memory, std::size_t bytes, unsigned) {
  FAKE_RETURN_UNLESS_OK(fake_answer_in_context("cuMemHostAlloc"));
  *memory = take(bytes);
  ++fake_state().counts.pinned;
  return CUDA_SUCCESS;
}
CUresult cuMemHostGetDevicePointer(CUdeviceptr* address, void* memory, unsigned) {
  *address = as_address(memory);
  return fake_answer_in_context("cuMemHostGetDevicePointer");
}
CUresult cuMemFreeHost(void* memory) {
  give(memory);
  --fake_state().counts.pinned;
  return fake_answer_in_context("cuMemFreeHost");
}
CUresult cuMemcpyHtoDAsync(CUdeviceptr to, const void* from, std::size_t bytes, CUstream stream) {
  FAKE_RETURN_UNLESS_OK(fake_answer_in_context("cuMemcpyHtoDAsync"));
  std::memcpy(as_pointer(to), from, bytes);
  FakeWork work;
  work.to = to;
  work.priority = stream->priority;
  fake_state().work.push_back(work);
  return CUDA_SUCCESS;
}

CUresult cuModuleLoadData(CUmodule* module, const void* data) {
  FAKE_RETURN_UNLESS_OK(fake_answer_in_context("cuModuleLoadData"));
  const auto& image = *static_cast<const FakeImage*>(data);
  const FakeCard& here = *fake_current()->card;
  const auto& fits = image.capabilities;
  if (std::count(fits.begin(), fits.end(), 10 * here.major + here.minor) == 0) {
    return CUDA_ERROR_NO_BINARY_FOR_GPU;
  }
  *module = new CUmod_st;
  (*module)->has_all = image.kernels.empty();
  for (const std::string& name : image.kernels) (*module)->functions.push_back({name});
  ++fake_state().counts.modules;
  return CUDA_SUCCESS;
}
CUresult cuModuleGetFunction(CUfunction* function, CUmodule module, const char* name) {
  FAKE_RETURN_UNLESS_OK(fake_answer_in_context("cuModuleGetFunction"));
  for (CUfunc_st& known : module->functions) {
    if (known.name == name) {
      *function = &known;
      return CUDA_SUCCESS;
    }
  }
  if (!module->has_all) return CUDA_ERROR_NOT_FOUND;
  module->functions.push_back({name});
  *function = &module->functions.back();
  return CUDA_SUCCESS;
}
CUresult cuModuleUnload(CUmodule module) {
  delete module;
  --fake_state().counts.modules;
  return fake_answer_in_context("cuModuleUnload");
}
CUresult cuFuncSetAttribute(CUfunction function, CUfunction_attribute attribute, int value) {
  FAKE_RETURN_UNLESS_OK(fake_answer_in_context("cuFuncSetAttribute"));
  if (attribute != CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES) return CUDA_ERROR_NOT_SUPPORTED;
  if (value < 0 || value > fake_current()->card->shared_bytes) return CUDA_ERROR_INVALID_VALUE;
  function->shared_bytes = static_cast<unsigned>(value);
  return CUDA_SUCCESS;
}

#ifndef FAKE_WITHOUT_LAUNCH
CUresult cuLaunchKernel(CUfunction function, unsigned blocks, unsigned, unsigned, unsigned threads,
                        unsigned, unsigned, unsigned shared_bytes, CUstream stream,
                        void** parameters, void**) {
  FAKE_RETURN_UNLESS_OK(fake_answer_in_context("cuLaunchKernel"));
  if (shared_bytes > function->shared_bytes) return CUDA_ERROR_INVALID_VALUE;
  FakeWork work{function->name, blocks, threads, shared_bytes, 0, 0, stream->priority};
  std::memcpy(&work.first_argument, parameters[0], sizeof(work.first_argument));
  fake_state().work.push_back(work);
  return CUDA_SUCCESS;
}
#endif

}  // extern "C"
