#pragma once

#define CL_TARGET_OPENCL_VERSION 120
#include <CL/cl.h>
#include <CL/cl_ext.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"

// The functions of OpenCL 1.2 that we call: all that is asked of a platform.
#define SPRINT_OPENCL_FUNCTIONS(EACH) \
  EACH(clBuildProgram)                \
  EACH(clCreateBuffer)                \
  EACH(clCreateCommandQueue)          \
  EACH(clCreateContext)               \
  EACH(clCreateKernel)                \
  EACH(clCreateProgramWithBinary)     \
  EACH(clCreateProgramWithSource)     \
  EACH(clEnqueueFillBuffer)           \
  EACH(clEnqueueNDRangeKernel)        \
  EACH(clEnqueueReadBuffer)           \
  EACH(clEnqueueWriteBuffer)          \
  EACH(clFinish)                      \
  EACH(clFlush)                       \
  EACH(clGetDeviceIDs)                \
  EACH(clGetDeviceInfo)               \
  EACH(clGetEventProfilingInfo)       \
  EACH(clGetPlatformIDs)              \
  EACH(clGetPlatformInfo)             \
  EACH(clGetProgramBuildInfo)         \
  EACH(clGetProgramInfo)              \
  EACH(clReleaseCommandQueue)         \
  EACH(clReleaseContext)              \
  EACH(clReleaseEvent)                \
  EACH(clReleaseKernel)               \
  EACH(clReleaseMemObject)            \
  EACH(clReleaseProgram)              \
  EACH(clSetKernelArg)                \
  EACH(clWaitForEvents)

namespace backends::opencl {

/// The loader's functions, found at run time.
struct Functions {
#define SPRINT_OPENCL_DECLARE(name) decltype(&::name) name = nullptr;
  SPRINT_OPENCL_FUNCTIONS(SPRINT_OPENCL_DECLARE)
#undef SPRINT_OPENCL_DECLARE
};

/// The ICD loader, opened at run time, so that the module loads where there is none. Immutable; any
/// thread. `library->clFinish(x)` calls it.
class Library {
 public:
  /// Opens the loader at `path` (as dlopen takes it). Fault::kUnavailable, with one line for a
  /// person, when there is none or it lacks a function. It stays loaded until the process ends.
  static base::Result<std::unique_ptr<const Library>> open(const std::string& path);

  const Functions* operator->() const { return &functions_; }

  /// Ok, or what went wrong with the thing `label` at `call`: Fault::kNoMemory where that was the
  /// reason, else Fault::kDevice.
  static base::Status outcome(std::string_view label, std::string_view call, cl_int result);

 private:
  explicit Library(const Functions& functions) : functions_(functions) {}

  const Functions functions_;
};

/// "CL_OUT_OF_RESOURCES"; "error -1001" for what OpenCL 1.2 does not name.
std::string error_name(cl_int result);

/// An object of OpenCL that is released with its owner. Gone before the library.
template <class Object, auto kRelease>
class Owned {
 public:
  Owned() = default;
  Owned(const Library& library, Object object) : library_(&library), object_(object) {}
  ~Owned() { release(); }
  Owned(Owned&& other) noexcept
      : library_(other.library_), object_(std::exchange(other.object_, nullptr)) {}
  Owned& operator=(Owned&& other) noexcept {
    if (this != &other) {
      release();
      library_ = other.library_;
      object_ = std::exchange(other.object_, nullptr);
    }
    return *this;
  }

  Object get() const { return object_; }
  void release() noexcept {
    if (object_ != nullptr) (library_->operator->()->*kRelease)(object_);
    object_ = nullptr;
  }

 private:
  const Library* library_ = nullptr;
  Object object_ = nullptr;
};

using Context = Owned<cl_context, &Functions::clReleaseContext>;
using Queue = Owned<cl_command_queue, &Functions::clReleaseCommandQueue>;
using MemoryObject = Owned<cl_mem, &Functions::clReleaseMemObject>;
using ProgramObject = Owned<cl_program, &Functions::clReleaseProgram>;
using Kernel = Owned<cl_kernel, &Functions::clReleaseKernel>;
using Event = Owned<cl_event, &Functions::clReleaseEvent>;

}  // namespace backends::opencl
