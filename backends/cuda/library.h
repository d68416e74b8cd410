#pragma once

#include <cuda.h>

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

// The driver's functions that we call. <cuda.h> replaces some of these names by that of a version
// (cuMemFree by cuMemFree_v2); whatever uses this list sees the replaced ones, and so does a call.
#define SPRINT_CUDA_FUNCTIONS(EACH) \
  EACH(cuCtxGetStreamPriorityRange) \
  EACH(cuCtxSetCurrent)             \
  EACH(cuCtxSynchronize)            \
  EACH(cuDeviceGet)                 \
  EACH(cuDeviceGetAttribute)        \
  EACH(cuDeviceGetCount)            \
  EACH(cuDeviceGetName)             \
  EACH(cuDeviceGetPCIBusId)         \
  EACH(cuDevicePrimaryCtxRelease)   \
  EACH(cuDevicePrimaryCtxRetain)    \
  EACH(cuDevicePrimaryCtxSetFlags)  \
  EACH(cuDeviceTotalMem)            \
  EACH(cuEventCreate)               \
  EACH(cuEventDestroy)              \
  EACH(cuEventElapsedTime)          \
  EACH(cuEventRecord)               \
  EACH(cuEventSynchronize)          \
  EACH(cuFuncSetAttribute)          \
  EACH(cuGetErrorName)              \
  EACH(cuGetErrorString)            \
  EACH(cuInit)                      \
  EACH(cuLaunchKernel)              \
  EACH(cuMemAlloc)                  \
  EACH(cuMemFree)                   \
  EACH(cuMemFreeHost)               \
  EACH(cuMemGetInfo)                \
  EACH(cuMemHostAlloc)              \
  EACH(cuMemHostGetDevicePointer)   \
  EACH(cuMemcpyHtoDAsync)           \
  EACH(cuModuleGetFunction)         \
  EACH(cuModuleLoadData)            \
  EACH(cuModuleUnload)              \
  EACH(cuStreamCreateWithPriority)  \
  EACH(cuStreamDestroy)             \
  EACH(cuStreamSynchronize)

namespace backends::cuda {

/// The driver's functions, found at run time.
struct Functions {
#define SPRINT_CUDA_DECLARE(name) decltype(&::name) name = nullptr;
  SPRINT_CUDA_FUNCTIONS(SPRINT_CUDA_DECLARE)
#undef SPRINT_CUDA_DECLARE
};

/// The oldest driver that loads what this toolkit makes, as cuDriverGetVersion tells it: 13000 for
/// any toolkit 13.x (CUDA Compatibility, "Minor Version Compatibility").
constexpr int kOldestDriver = CUDA_VERSION / 1000 * 1000;

/// NVIDIA's driver, opened at run time, so that the module loads where there is none. Immutable;
/// any thread. `library->cuMemFree(x)` calls it.
class Library {
 public:
  /// Opens and initialises the driver at `path` (as dlopen takes it). Fault::kUnavailable, with one
  /// line for a person, when there is none, it is older than kOldestDriver, or it sees no card. It
  /// stays loaded until the process ends.
  static base::Result<std::unique_ptr<const Library>> open(const std::string& path);

  const Functions* operator->() const { return &functions_; }

  /// "CUDA_ERROR_OUT_OF_MEMORY, out of memory"
  std::string describe(CUresult result) const;

  /// Ok, or what went wrong with the thing `label` at `call`: Fault::kNoMemory where that was the
  /// reason, else Fault::kDevice, which says so when the card does nothing more until it is opened
  /// again.
  base::Status outcome(std::string_view label, std::string_view call, CUresult result) const;

 private:
  explicit Library(const Functions& functions) : functions_(functions) {}

  const Functions functions_;
};

}  // namespace backends::cuda
