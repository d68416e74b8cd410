#include "backends/cpu/isa/avx512.h"

namespace backends::cpu {

const Kernels kAvx512Kernels = {
    "avx512",          avx512::make_weights,   avx512::make_input,   avx512::norm,
    avx512::attention, avx512::product_narrow, avx512::product_gate, avx512::product_add,
    avx512::digest};

}  // namespace backends::cpu
