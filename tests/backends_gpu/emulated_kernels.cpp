// Every kernel that all vendors share, for the host.
#include "tests/backends_gpu/emulation.h"
// Only after the machine that it runs on.
#include "backends/gpu/kernels/kernels.h"
