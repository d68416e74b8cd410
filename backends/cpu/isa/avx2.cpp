#include "backends/cpu/isa/avx2.h"

namespace backends::cpu {

const Kernels kAvx2Kernels = {"avx2",     avx2::make_weights,   avx2::norm,       avx2::attention,
                              avx2::gate, avx2::product_narrow, avx2::product_add};

}  // namespace backends::cpu
