// The whole program, in the order of the files. The build of the module writes each named file in
// the place of its line; the parameters of the build are in backends/opencl/tile.h.

#include "poc/params.h"

#include "backends/opencl/kernels/words.cl"
#include "backends/opencl/kernels/terms.cl"
#include "backends/opencl/kernels/layout.cl"

#include "backends/opencl/kernels/streams.cl"
#include "backends/opencl/kernels/sha256.cl"
#include "backends/opencl/kernels/hashes.cl"

#include "backends/opencl/kernels/norm.cl"
#include "backends/opencl/kernels/attention.cl"
#include "backends/opencl/kernels/product.cl"
#include "backends/opencl/kernels/epilogue.cl"
#include "backends/opencl/kernels/products.cl"
