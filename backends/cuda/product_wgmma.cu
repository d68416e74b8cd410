// The product of compute capability 9.0; for other architectures this file is empty.

#include "backends/cuda/product_wgmma.h"

#define SPRINT_WGMMA_KERNEL(name, Epilogue)                                            \
  extern "C" __global__ void __cluster_dims__(::backends::gpu::hopper::kCluster, 1, 1) \
      __launch_bounds__(::backends::gpu::hopper::kThreads, 1)                          \
          name(const __grid_constant__ ::backends::gpu::ProductArguments args) {       \
    /* Alike in the whole cluster: nothing writes the word while products run. */      \
    if (::backends::gpu::stopped(args.stop)) return;                                   \
    ::backends::gpu::hopper::product_wgmma<::backends::gpu::Epilogue>(args);           \
  }

SPRINT_WGMMA_KERNEL(product_wgmma_narrow, NarrowEpilogue)
SPRINT_WGMMA_KERNEL(product_wgmma_gate, GateEpilogue)
SPRINT_WGMMA_KERNEL(product_wgmma_add, AddEpilogue)
