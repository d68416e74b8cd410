// The shared kernels, for every architecture.

#include "backends/cuda/instructions.h"
#include "backends/gpu/kernels/kernels.h"
