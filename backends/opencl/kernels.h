#pragma once

#include <cstddef>
#include <cstdint>

#include "backends/opencl/library.h"
#include "backends/opencl/program.h"
#include "backends/opencl/tile.h"

namespace backends::opencl {

/// The kernels of a built program, by what they do: kernels/README.md. Arguments stay with a kernel
/// until it is launched, so they belong to the device's thread.
struct Kernels {
  /// A product's kernel for few inputs, and the one for any number of them.
  struct Product {
    Kernel few, any;
    const Kernel& of(std::uint32_t inputs) const { return inputs <= kShortInputs ? few : any; }
  };

  Kernel make_weights, make_keys, make_input, norm, attention, hash_rows, make_tickets;
  Product narrow, gate, add;

  static base::Result<Kernels> load(const Program& program);
};

/// A buffer as an argument is its handle; everything else is its bytes.
template <class... Arguments>
cl_int set_arguments(const Library& library, const Kernel& kernel, const Arguments&... arguments) {
  cl_uint index = 0;
  cl_int result = CL_SUCCESS;
  const auto set = [&]<class T>(const T& argument) {
    constexpr std::size_t kBytes = sizeof(T);  // NOLINT(bugprone-sizeof-expression): of a handle
    const cl_int one = library->clSetKernelArg(kernel.get(), index++, kBytes, &argument);
    if (result == CL_SUCCESS) result = one;
  };
  (set(arguments), ...);
  return result;
}

}  // namespace backends::opencl
