#include "backends/cuda/images.h"

// The build names the files: see backend.cmake. The assembler takes them in as they are.
#define SPRINT_CUDA_EMBED(symbol, file) \
  asm(".pushsection .rodata\n"          \
      ".balign 64\n"                    \
      ".hidden " #symbol                \
      "\n"                              \
      ".global " #symbol "\n" #symbol   \
      ":\n"                             \
      ".incbin \"" file                 \
      "\"\n"                            \
      ".popsection\n");                 \
  extern "C" __attribute__((visibility("hidden"))) const unsigned char symbol[]

SPRINT_CUDA_EMBED(sprint_cuda_kernels, SPRINT_CUDA_KERNELS_FATBIN);
#ifdef SPRINT_CUDA_WGMMA_FATBIN
SPRINT_CUDA_EMBED(sprint_cuda_wgmma, SPRINT_CUDA_WGMMA_FATBIN);
#endif

namespace backends::cuda {
namespace {

constexpr const void* kImages[] = {
    sprint_cuda_kernels,
#ifdef SPRINT_CUDA_WGMMA_FATBIN
    sprint_cuda_wgmma,
#endif
};

}  // namespace

std::span<const void* const> images() {
  return kImages;
}

BuiltFor built_for() {
  BuiltFor built;
#ifndef SPRINT_CUDA_FOR_TURING
  built.turing = false;
#endif
#ifndef SPRINT_CUDA_WGMMA_FATBIN
  built.wgmma = false;
#endif
  return built;
}

}  // namespace backends::cuda
