// A library with the functions of NVIDIA's driver that the module calls: cards, contexts and
// errors. Memory is the host's; nothing is computed.

#include <algorithm>
#include <cstring>
#include <map>

#include "tests/backends_cuda/fake_state.h"

using backends::cuda::fake_answer;
using backends::cuda::fake_answer_in_context;
using backends::cuda::fake_current;
using backends::cuda::FakeCard;
using backends::cuda::FakeDriver;

namespace {

FakeDriver driver;
std::map<CUdevice, CUctx_st> primary_contexts;

FakeCard* card(CUdevice device) {
  const auto index = static_cast<std::size_t>(device);
  return index < driver.cards.size() ? &driver.cards[index] : nullptr;
}

int attribute(const FakeCard& card, CUdevice_attribute which) {
  switch (which) {
    case CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR:
      return card.major;
    case CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR:
      return card.minor;
    case CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT:
      return card.processors;
    case CU_DEVICE_ATTRIBUTE_CLOCK_RATE:
      return card.clock_khz;
    case CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN:
      return card.shared_bytes;
    case CU_DEVICE_ATTRIBUTE_L2_CACHE_SIZE:
      return card.l2_bytes;
    case CU_DEVICE_ATTRIBUTE_INTEGRATED:
      return card.integrated ? 1 : 0;
    default:
      return 0;
  }
}

struct Named {
  CUresult result;
  const char* name;
  const char* meaning;
};
constexpr Named kNamed[] = {
    {CUDA_ERROR_OUT_OF_MEMORY, "CUDA_ERROR_OUT_OF_MEMORY", "out of memory"},
    {CUDA_ERROR_INVALID_VALUE, "CUDA_ERROR_INVALID_VALUE", "invalid argument"},
    {CUDA_ERROR_NO_DEVICE, "CUDA_ERROR_NO_DEVICE", "no CUDA-capable device is detected"},
    {CUDA_ERROR_NOT_FOUND, "CUDA_ERROR_NOT_FOUND", "named symbol not found"},
    {CUDA_ERROR_NO_BINARY_FOR_GPU, "CUDA_ERROR_NO_BINARY_FOR_GPU",
     "no kernel image is available for execution on the device"},
    {CUDA_ERROR_ILLEGAL_ADDRESS, "CUDA_ERROR_ILLEGAL_ADDRESS",
     "an illegal memory access was encountered"},
    {CUDA_ERROR_ECC_UNCORRECTABLE, "CUDA_ERROR_ECC_UNCORRECTABLE",
     "uncorrectable ECC error encountered"},
    {CUDA_ERROR_SYSTEM_DRIVER_MISMATCH, "CUDA_ERROR_SYSTEM_DRIVER_MISMATCH",
     "system has unsupported display driver / cuda driver combination"},
};
const Named* named(CUresult result) {
  const auto* found = std::find_if(std::begin(kNamed), std::end(kNamed),
                                   [&](const Named& entry) { return entry.result == result; });
  return found == std::end(kNamed) ? nullptr : found;
}

}  // namespace

namespace backends::cuda {

FakeDriver& fake_state() {
  return driver;
}

CUcontext& fake_current() {
  thread_local CUcontext current = nullptr;
  return current;
}

CUresult fake_answer(const char* call) {
  const auto found = driver.answers.find(call);
  return found == driver.answers.end() ? CUDA_SUCCESS : found->second;
}

CUresult fake_answer_in_context(const char* call) {
  return fake_current() == nullptr ? CUDA_ERROR_INVALID_CONTEXT : fake_answer(call);
}

}  // namespace backends::cuda

extern "C" {

FakeDriver* fake_driver() {
  return &driver;
}

CUresult cuInit(unsigned) {
  return driver.cards.empty() && driver.answers.count("cuInit") == 0 ? CUDA_ERROR_NO_DEVICE
                                                                     : fake_answer("cuInit");
}
CUresult cuDriverGetVersion(int* version) {
  *version = driver.version;
  return fake_answer("cuDriverGetVersion");
}
CUresult cuGetErrorName(CUresult result, const char** text) {
  const Named* entry = named(result);
  *text = entry == nullptr ? nullptr : entry->name;
  return entry == nullptr ? CUDA_ERROR_INVALID_VALUE : CUDA_SUCCESS;
}
CUresult cuGetErrorString(CUresult result, const char** text) {
  const Named* entry = named(result);
  *text = entry == nullptr ? nullptr : entry->meaning;
  return entry == nullptr ? CUDA_ERROR_INVALID_VALUE : CUDA_SUCCESS;
}

CUresult cuDeviceGetCount(int* count) {
  *count = static_cast<int>(driver.cards.size());
  return fake_answer("cuDeviceGetCount");
}
CUresult cuDeviceGet(CUdevice* device, int ordinal) {
  *device = ordinal;
  return card(ordinal) == nullptr ? CUDA_ERROR_INVALID_DEVICE : fake_answer("cuDeviceGet");
}
CUresult cuDeviceGetName(char* text, int length, CUdevice device) {
  std::strncpy(text, card(device)->name.c_str(), static_cast<std::size_t>(length));
  return fake_answer("cuDeviceGetName");
}
CUresult cuDeviceGetPCIBusId(char* text, int length, CUdevice device) {
  std::strncpy(text, card(device)->pci.c_str(), static_cast<std::size_t>(length));
  return fake_answer("cuDeviceGetPCIBusId");
}
CUresult cuDeviceGetAttribute(int* value, CUdevice_attribute which, CUdevice device) {
  *value = attribute(*card(device), which);
  return fake_answer("cuDeviceGetAttribute");
}
CUresult cuDeviceTotalMem(std::size_t* bytes, CUdevice device) {
  *bytes = card(device)->memory_bytes;
  return fake_answer("cuDeviceTotalMem");
}

CUresult cuDevicePrimaryCtxSetFlags(CUdevice, unsigned flags) {
  FAKE_RETURN_UNLESS_OK(fake_answer("cuDevicePrimaryCtxSetFlags"));
  driver.context_flags = flags;
  return CUDA_SUCCESS;
}
CUresult cuDevicePrimaryCtxRetain(CUcontext* context, CUdevice device) {
  FAKE_RETURN_UNLESS_OK(fake_answer("cuDevicePrimaryCtxRetain"));
  *context = &primary_contexts[device];
  (*context)->card = card(device);
  ++driver.counts.contexts;
  return CUDA_SUCCESS;
}
CUresult cuDevicePrimaryCtxRelease(CUdevice) {
  --driver.counts.contexts;
  return fake_answer("cuDevicePrimaryCtxRelease");
}
CUresult cuCtxSetCurrent(CUcontext context) {
  FAKE_RETURN_UNLESS_OK(fake_answer("cuCtxSetCurrent"));
  fake_current() = context;
  return CUDA_SUCCESS;
}
CUresult cuCtxSynchronize() {
  return fake_answer_in_context("cuCtxSynchronize");
}
CUresult cuCtxGetStreamPriorityRange(int* lowest, int* highest) {
  *lowest = 0;
  *highest = -5;
  return fake_answer_in_context("cuCtxGetStreamPriorityRange");
}

}  // extern "C"
