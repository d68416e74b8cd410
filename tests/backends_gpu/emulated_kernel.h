#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace backends::gpu {

/// A kernel that was compiled for the host. GPU_KERNEL makes one, which lives as long as the
/// program and is found by its name.
class EmulatedKernel {
 public:
  /// `body` is what it does for one thread; its argument is the kernel's structure.
  EmulatedKernel(const char* name, std::uint32_t max_threads, void (*body)(const void*));
  EmulatedKernel(const EmulatedKernel&) = delete;
  EmulatedKernel& operator=(const EmulatedKernel&) = delete;

  const char* name() const { return name_; }
  std::uint32_t max_threads() const { return max_threads_; }
  void run(const void* arguments) const { body_(arguments); }

 private:
  const char* name_;
  std::uint32_t max_threads_;
  void (*body_)(const void*);
};

/// The kernel of that name, or null.
const EmulatedKernel* find_kernel(const std::string& name);

/// All of them, by name.
std::vector<const EmulatedKernel*> all_kernels();

}  // namespace backends::gpu
