#include "backends/cpu/isa/select.h"

namespace backends::cpu {
namespace {

constexpr Path kPaths[] = {
#if defined(__x86_64__)
    {&kAvx2Kernels, [](const CpuFeatures& features) { return features.avx2; }},
#endif
    {&kScalarKernels, [](const CpuFeatures&) { return true; }},
};

std::string runnable_names(const CpuFeatures& features) {
  std::string names;
  for (const Path& path : kPaths) {
    if (!path.runs_on(features)) continue;
    if (!names.empty()) names += ", ";
    names += path.kernels->name;
  }
  return names;
}

}  // namespace

CpuFeatures detect_features() {
  CpuFeatures features;
#if defined(__x86_64__)
  features.avx2 = __builtin_cpu_supports("avx2") != 0;  // asks XGETBV too
#endif
  return features;
}

std::span<const Path> all_paths() {
  return kPaths;
}

base::Result<const Kernels*> select_kernels(std::string_view path, const CpuFeatures& features) {
  for (const Path& candidate : kPaths) {
    if (path != "auto" && path != candidate.kernels->name) continue;
    if (candidate.runs_on(features)) return candidate.kernels;
  }
  return base::unavailable("path '" + std::string(path) + "' does not run on this processor; " +
                           runnable_names(features) + " would");
}

}  // namespace backends::cpu
