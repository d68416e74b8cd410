#pragma once

#include <span>
#include <string>
#include <string_view>

#include "backends/cpu/isa/kernels.h"
#include "base/result.h"

namespace backends::cpu {

/// What of the processor the choice of a path depends on. An instruction set counts when both the
/// processor and the operating system (which must save its registers) have it.
struct CpuFeatures {
  bool avx2 = false;
  bool avx_vnni = false;
  bool avx512_vnni = false;  ///< with the F, BW, DQ and VL sets
  bool amx_int8 = false;     ///< and the system lets this process use tiles
};

/// The features of the processor this runs on. Asks the system for the use of tiles, which it
/// grants for the whole process.
CpuFeatures detect_features();

/// A way to compute that this build has, and what it takes.
struct Path {
  const Kernels* kernels;
  bool (*runs_on)(const CpuFeatures& features);
};

/// Every path of this build, fastest first; the last one runs anywhere. A new path is one more file
/// and one more line here.
std::span<const Path> all_paths();

/// The kernels for the option's value: "auto" (the fastest that runs) or a path's name. A path that
/// this build or a processor of these features lacks is an error that names the ones it has.
base::Result<const Kernels*> select_kernels(std::string_view path, const CpuFeatures& features);

}  // namespace backends::cpu
