#include "backends/opencl/library.h"

#include <dlfcn.h>

#include <algorithm>
#include <optional>

namespace backends::opencl {
namespace {

template <class Function>
bool find(void* handle, const char* name, Function& function) {
  function = reinterpret_cast<Function>(dlsym(handle, name));
  return function != nullptr;
}

/// Fills the table; the name of a function that the loader lacks, if it lacks one.
std::optional<std::string> find_all(void* handle, Functions& functions) {
#define SPRINT_OPENCL_FIND(name) \
  if (!find(handle, #name, functions.name)) return #name;
  SPRINT_OPENCL_FUNCTIONS(SPRINT_OPENCL_FIND)
#undef SPRINT_OPENCL_FIND
  return std::nullopt;
}

struct Named {
  cl_int result;
  const char* name;
};

#define SPRINT_OPENCL_NAMED(name) \
  { name, #name }
constexpr Named kNamed[] = {
    SPRINT_OPENCL_NAMED(CL_DEVICE_NOT_FOUND),
    SPRINT_OPENCL_NAMED(CL_DEVICE_NOT_AVAILABLE),
    SPRINT_OPENCL_NAMED(CL_COMPILER_NOT_AVAILABLE),
    SPRINT_OPENCL_NAMED(CL_MEM_OBJECT_ALLOCATION_FAILURE),
    SPRINT_OPENCL_NAMED(CL_OUT_OF_RESOURCES),
    SPRINT_OPENCL_NAMED(CL_OUT_OF_HOST_MEMORY),
    SPRINT_OPENCL_NAMED(CL_PROFILING_INFO_NOT_AVAILABLE),
    SPRINT_OPENCL_NAMED(CL_BUILD_PROGRAM_FAILURE),
    SPRINT_OPENCL_NAMED(CL_MISALIGNED_SUB_BUFFER_OFFSET),
    SPRINT_OPENCL_NAMED(CL_EXEC_STATUS_ERROR_FOR_EVENTS_IN_WAIT_LIST),
    SPRINT_OPENCL_NAMED(CL_COMPILE_PROGRAM_FAILURE),
    SPRINT_OPENCL_NAMED(CL_LINKER_NOT_AVAILABLE),
    SPRINT_OPENCL_NAMED(CL_LINK_PROGRAM_FAILURE),
    SPRINT_OPENCL_NAMED(CL_INVALID_VALUE),
    SPRINT_OPENCL_NAMED(CL_INVALID_DEVICE_TYPE),
    SPRINT_OPENCL_NAMED(CL_INVALID_PLATFORM),
    SPRINT_OPENCL_NAMED(CL_INVALID_DEVICE),
    SPRINT_OPENCL_NAMED(CL_INVALID_CONTEXT),
    SPRINT_OPENCL_NAMED(CL_INVALID_QUEUE_PROPERTIES),
    SPRINT_OPENCL_NAMED(CL_INVALID_COMMAND_QUEUE),
    SPRINT_OPENCL_NAMED(CL_INVALID_HOST_PTR),
    SPRINT_OPENCL_NAMED(CL_INVALID_MEM_OBJECT),
    SPRINT_OPENCL_NAMED(CL_INVALID_BINARY),
    SPRINT_OPENCL_NAMED(CL_INVALID_BUILD_OPTIONS),
    SPRINT_OPENCL_NAMED(CL_INVALID_PROGRAM),
    SPRINT_OPENCL_NAMED(CL_INVALID_PROGRAM_EXECUTABLE),
    SPRINT_OPENCL_NAMED(CL_INVALID_KERNEL_NAME),
    SPRINT_OPENCL_NAMED(CL_INVALID_KERNEL_DEFINITION),
    SPRINT_OPENCL_NAMED(CL_INVALID_KERNEL),
    SPRINT_OPENCL_NAMED(CL_INVALID_ARG_INDEX),
    SPRINT_OPENCL_NAMED(CL_INVALID_ARG_VALUE),
    SPRINT_OPENCL_NAMED(CL_INVALID_ARG_SIZE),
    SPRINT_OPENCL_NAMED(CL_INVALID_KERNEL_ARGS),
    SPRINT_OPENCL_NAMED(CL_INVALID_WORK_DIMENSION),
    SPRINT_OPENCL_NAMED(CL_INVALID_WORK_GROUP_SIZE),
    SPRINT_OPENCL_NAMED(CL_INVALID_WORK_ITEM_SIZE),
    SPRINT_OPENCL_NAMED(CL_INVALID_GLOBAL_OFFSET),
    SPRINT_OPENCL_NAMED(CL_INVALID_EVENT_WAIT_LIST),
    SPRINT_OPENCL_NAMED(CL_INVALID_EVENT),
    SPRINT_OPENCL_NAMED(CL_INVALID_OPERATION),
    SPRINT_OPENCL_NAMED(CL_INVALID_BUFFER_SIZE),
    SPRINT_OPENCL_NAMED(CL_INVALID_GLOBAL_WORK_SIZE),
    SPRINT_OPENCL_NAMED(CL_INVALID_PROPERTY),
    SPRINT_OPENCL_NAMED(CL_INVALID_COMPILER_OPTIONS),
    SPRINT_OPENCL_NAMED(CL_INVALID_LINKER_OPTIONS),
    {CL_PLATFORM_NOT_FOUND_KHR, "CL_PLATFORM_NOT_FOUND_KHR"},
};
#undef SPRINT_OPENCL_NAMED

constexpr cl_int kNoMemory[] = {CL_MEM_OBJECT_ALLOCATION_FAILURE, CL_OUT_OF_HOST_MEMORY};

}  // namespace

base::Result<std::unique_ptr<const Library>> Library::open(const std::string& path) {
  // Never closed: the platforms' own threads may still run in it.
  void* handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) {
    const char* why = dlerror();
    return base::unavailable("no OpenCL: " + path + " cannot be opened: " +
                             (why == nullptr ? "" : why) + "; install an OpenCL driver");
  }
  Functions functions;
  if (const auto missing = find_all(handle, functions)) {
    return base::unavailable("no OpenCL: " + path + " lacks " + *missing +
                             "; install a loader of OpenCL 1.2 or newer");
  }
  return std::unique_ptr<const Library>(new Library(functions));
}

std::string error_name(cl_int result) {
  const auto* found = std::find_if(std::begin(kNamed), std::end(kNamed),
                                   [&](const Named& named) { return named.result == result; });
  return found == std::end(kNamed) ? "error " + std::to_string(result) : found->name;
}

base::Status Library::outcome(std::string_view label, std::string_view call, cl_int result) {
  if (result == CL_SUCCESS) return base::Ok{};
  std::string message(label);
  message += ": " + std::string(call) + ": " + error_name(result);
  if (std::find(std::begin(kNoMemory), std::end(kNoMemory), result) != std::end(kNoMemory)) {
    return base::no_memory(std::move(message));
  }
  return base::device_fault(std::move(message));
}

}  // namespace backends::opencl
