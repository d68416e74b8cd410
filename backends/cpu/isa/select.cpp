#include "backends/cpu/isa/select.h"

#if defined(__x86_64__)
#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace backends::cpu {
namespace {

constexpr Path kPaths[] = {
#if defined(__x86_64__)
    {&kAmxKernels,
     [](const CpuFeatures& features) { return features.amx_int8 && features.avx512_vnni; }},
    {&kAvx512Kernels, [](const CpuFeatures& features) { return features.avx512_vnni; }},
    {&kAvxVnniKernels, [](const CpuFeatures& features) { return features.avx_vnni; }},
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

#if defined(__x86_64__)
bool has_avx512_vnni() {
  return __builtin_cpu_supports("avx512f") != 0 && __builtin_cpu_supports("avx512bw") != 0 &&
         __builtin_cpu_supports("avx512dq") != 0 && __builtin_cpu_supports("avx512vl") != 0 &&
         __builtin_cpu_supports("avx512vnni") != 0;
}

/// CPUID leaf 7: EAX of its second part, EDX of its first; zeros where it is not there.
unsigned features_7_1_eax() {
  unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
  return __get_cpuid_count(7, 1, &eax, &ebx, &ecx, &edx) != 0 ? eax : 0;
}
unsigned features_7_0_edx() {
  unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
  return __get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) != 0 ? edx : 0;
}

/// Its registers are those of AVX2, whose support asks the system too.
bool has_avx_vnni() {
  constexpr unsigned kAvxVnni = 1U << 4;
  return __builtin_cpu_supports("avx2") != 0 && (features_7_1_eax() & kAvxVnni) != 0;
}

/// Whether the processor has tiles with byte products, and Linux grants their registers: they are
/// off until a process asks (its Documentation/x86/xstate.rst).
bool may_use_tiles() {
  constexpr unsigned kTileAndInt8 = 3U << 24;
  if ((features_7_0_edx() & kTileAndInt8) != kTileAndInt8) return false;
  constexpr long kRequestPermission = 0x1023;  // ARCH_REQ_XCOMP_PERM
  constexpr long kTileData = 18;               // XFEATURE_XTILEDATA
  return syscall(SYS_arch_prctl, kRequestPermission, kTileData) == 0;
}
#endif

}  // namespace

CpuFeatures detect_features() {
  CpuFeatures features;
#if defined(__x86_64__)
  features.avx2 = __builtin_cpu_supports("avx2") != 0;  // asks XGETBV too
  features.avx_vnni = has_avx_vnni();
  features.avx512_vnni = has_avx512_vnni();
  features.amx_int8 = may_use_tiles();
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
