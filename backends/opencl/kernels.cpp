#include "backends/opencl/kernels.h"

#include <string>

namespace backends::opencl {
namespace {

base::Result<Kernels::Product> load_product(const Program& program, const std::string& name) {
  Kernels::Product product;
  ASSIGN_OR_RETURN(product.few, program.kernel(product_kernel(name, 1)));
  ASSIGN_OR_RETURN(product.any, program.kernel(product_kernel(name, UINT32_MAX)));
  return product;
}

}  // namespace

base::Result<Kernels> Kernels::load(const Program& program) {
  Kernels k;
  ASSIGN_OR_RETURN(k.make_weights, program.kernel("make_weights"));
  ASSIGN_OR_RETURN(k.make_keys, program.kernel("make_keys"));
  ASSIGN_OR_RETURN(k.make_input, program.kernel("make_input"));
  ASSIGN_OR_RETURN(k.norm, program.kernel("norm"));
  ASSIGN_OR_RETURN(k.attention, program.kernel("attention"));
  ASSIGN_OR_RETURN(k.hash_rows, program.kernel("hash_rows"));
  ASSIGN_OR_RETURN(k.make_tickets, program.kernel("make_tickets"));
  ASSIGN_OR_RETURN(k.narrow, load_product(program, "narrow"));
  ASSIGN_OR_RETURN(k.gate, load_product(program, "gate"));
  ASSIGN_OR_RETURN(k.add, load_product(program, "add"));
  return k;
}

}  // namespace backends::opencl
