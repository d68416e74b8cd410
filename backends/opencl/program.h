#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "backends/opencl/binary_cache.h"
#include "backends/opencl/library.h"

namespace backends::opencl {

/// The text of kernels/program.cl with all that it includes; made by the build, part of the module.
std::string_view program_source();

/// What a program is built from, and for what.
struct ProgramParts {
  const Library* library = nullptr;
  cl_context context = nullptr;
  cl_device_id device = nullptr;
  std::string label;     ///< of the device, for errors
  std::string platform;  ///< name and version
  std::string chip;
  std::string driver;  ///< version
  std::string_view source = program_source();
  std::string options;
  std::function<void()> compiling;  ///< called before it is compiled; or nothing
};

/// The kernels, compiled for one device. Belongs to the device's thread.
class Program {
 public:
  /// From the cache where it holds a binary of the same platform, device, driver, source and
  /// options that the driver takes; else compiled, which may take a minute, and then cached.
  /// Fault::kDevice when it does not compile: one line with the device's label and the beginning of
  /// the compiler's log.
  static base::Result<Program> make(const ProgramParts& parts, const BinaryCache& cache);

  /// Whether it came from the cache.
  bool was_cached() const { return was_cached_; }

  base::Result<Kernel> kernel(const std::string& name) const;

 private:
  Program(const ProgramParts& parts, ProgramObject object, bool was_cached)
      : library_(parts.library),
        label_(parts.label),
        object_(std::move(object)),
        was_cached_(was_cached) {}

  const Library* library_;
  std::string label_;
  ProgramObject object_;
  bool was_cached_;
};

}  // namespace backends::opencl
