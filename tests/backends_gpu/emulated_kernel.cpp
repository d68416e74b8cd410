#include "tests/backends_gpu/emulated_kernel.h"

#include <map>

#include "base/check.h"

namespace backends::gpu {
namespace {

/// Filled before main, by the heads of the kernels.
std::map<std::string, const EmulatedKernel*>& kernels_by_name() {
  static std::map<std::string, const EmulatedKernel*> kernels;
  return kernels;
}

}  // namespace

EmulatedKernel::EmulatedKernel(const char* name, std::uint32_t max_threads,
                               void (*body)(const void*))
    : name_(name), max_threads_(max_threads), body_(body) {
  CHECK(kernels_by_name().emplace(name, this).second);
}

const EmulatedKernel* find_kernel(const std::string& name) {
  const auto found = kernels_by_name().find(name);
  return found == kernels_by_name().end() ? nullptr : found->second;
}

std::vector<const EmulatedKernel*> all_kernels() {
  std::vector<const EmulatedKernel*> kernels;
  for (const auto& [name, kernel] : kernels_by_name()) kernels.push_back(kernel);
  return kernels;
}

}  // namespace backends::gpu
