#include "backends/cpu/isa/avx2.h"

namespace backends::cpu {

const Kernels kAvx2Kernels = {
    "avx2",          avx2::make_weights,   avx2::make_input,   avx2::norm,
    avx2::attention, avx2::product_narrow, avx2::product_gate, avx2::product_add,
    avx2::digest};

}  // namespace backends::cpu
