#include "backends/cuda/library.h"

#include <dlfcn.h>

#include <algorithm>
#include <optional>

namespace backends::cuda {
namespace {

/// "13.0" for 13000, as CUDA counts.
std::string version_text(int version) {
  return std::to_string(version / 1000) + "." + std::to_string(version % 1000 / 10);
}

template <class Function>
bool find(void* handle, const char* name, Function& function) {
  function = reinterpret_cast<Function>(dlsym(handle, name));
  return function != nullptr;
}

#define SPRINT_CUDA_TEXT_OF(name) #name
#define SPRINT_CUDA_TEXT(name) SPRINT_CUDA_TEXT_OF(name)

/// Fills the table; the name of a function that the driver lacks, if it lacks one.
std::optional<std::string> find_all(void* handle, Functions& functions) {
#define SPRINT_CUDA_FIND(name) \
  if (!find(handle, SPRINT_CUDA_TEXT(name), functions.name)) return SPRINT_CUDA_TEXT(name);
  SPRINT_CUDA_FUNCTIONS(SPRINT_CUDA_FIND)
#undef SPRINT_CUDA_FIND
  return std::nullopt;
}

/// Asked before all else: an old driver also lacks functions, and its age is what a person can
/// mend.
base::Status check_version(void* handle, const std::string& path) {
  decltype(&::cuDriverGetVersion) get_version = nullptr;
  int version = 0;
  if (!find(handle, "cuDriverGetVersion", get_version) || get_version(&version) != CUDA_SUCCESS) {
    return base::unavailable("no NVIDIA driver: " + path + " does not tell its version");
  }
  if (version >= kOldestDriver) return base::Ok{};
  return base::unavailable("NVIDIA driver supports CUDA " + version_text(version) +
                           ", this build needs " + version_text(kOldestDriver));
}

/// After these the context is dead: each later call on it gives the same answer (cuda.h, CUresult).
constexpr CUresult kFatal[] = {
    CUDA_ERROR_DEVICE_UNAVAILABLE,
    CUDA_ERROR_NO_DEVICE,
    CUDA_ERROR_INVALID_CONTEXT,
    CUDA_ERROR_ECC_UNCORRECTABLE,
    CUDA_ERROR_NVLINK_UNCORRECTABLE,
    CUDA_ERROR_ILLEGAL_ADDRESS,
    CUDA_ERROR_LAUNCH_TIMEOUT,
    CUDA_ERROR_CONTEXT_IS_DESTROYED,
    CUDA_ERROR_ASSERT,
    CUDA_ERROR_HARDWARE_STACK_ERROR,
    CUDA_ERROR_ILLEGAL_INSTRUCTION,
    CUDA_ERROR_MISALIGNED_ADDRESS,
    CUDA_ERROR_INVALID_ADDRESS_SPACE,
    CUDA_ERROR_INVALID_PC,
    CUDA_ERROR_LAUNCH_FAILED,
    CUDA_ERROR_UNKNOWN,
};

}  // namespace

base::Result<std::unique_ptr<const Library>> Library::open(const std::string& path) {
  // Never closed: the driver's own threads may still run in it.
  void* handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) {
    const char* why = dlerror();
    return base::unavailable("no NVIDIA driver: " + path +
                             " cannot be opened: " + (why == nullptr ? "" : why));
  }
  RETURN_IF_ERROR(check_version(handle, path));
  Functions functions;
  if (const auto missing = find_all(handle, functions)) {
    return base::unavailable("the NVIDIA driver " + path + " lacks " + *missing);
  }
  std::unique_ptr<const Library> library(new Library(functions));
  const CUresult result = functions.cuInit(0);
  if (result == CUDA_ERROR_NO_DEVICE) return base::unavailable("no NVIDIA card");
  if (result != CUDA_SUCCESS) {
    return base::unavailable("the NVIDIA driver does not start: cuInit: " +
                             library->describe(result));
  }
  return library;
}

std::string Library::describe(CUresult result) const {
  const char* name = nullptr;
  const char* meaning = nullptr;
  if (functions_.cuGetErrorName(result, &name) != CUDA_SUCCESS || name == nullptr) {
    return "error " + std::to_string(static_cast<int>(result));
  }
  std::string text = name;
  if (functions_.cuGetErrorString(result, &meaning) == CUDA_SUCCESS && meaning != nullptr) {
    text += std::string(", ") + meaning;
  }
  return text;
}

base::Status Library::outcome(std::string_view label, std::string_view call,
                              CUresult result) const {
  if (result == CUDA_SUCCESS) return base::Ok{};
  std::string message(label);
  message += ": " + std::string(call) + ": " + describe(result);
  if (result == CUDA_ERROR_OUT_OF_MEMORY) return base::no_memory(std::move(message));
  if (std::find(std::begin(kFatal), std::end(kFatal), result) != std::end(kFatal)) {
    message += "; the card does nothing more until it is opened again";
  }
  return base::device_fault(std::move(message));
}

}  // namespace backends::cuda
