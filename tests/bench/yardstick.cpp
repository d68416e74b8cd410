#include "tests/bench/yardstick.h"

#include <cstring>
#include <dnnl.hpp>
#include <vector>

#include "poc/reference.h"

namespace bench {
namespace {

using dnnl::memory;

/// One product, ready to run.
struct Matmul {
  dnnl::matmul primitive;
  std::unordered_map<int, memory> arguments;
};

memory filled(const memory::desc& desc, const dnnl::engine& engine, int value) {
  memory made(desc, engine);
  std::memset(made.get_data_handle(), value, desc.get_size());
  return made;
}

dnnl::matmul::primitive_desc describe(const poc::TensorShape& shape, std::size_t rows,
                                      const dnnl::engine& engine) {
  const auto m = static_cast<memory::dim>(rows);
  const memory::dim k = shape.inputs;
  const memory::dim n = shape.outputs;
  const memory::desc activations({m, k}, memory::data_type::u8, memory::format_tag::ab);
  const memory::desc weights({k, n}, memory::data_type::s8, memory::format_tag::any);
  const memory::desc outputs({m, n}, memory::data_type::s8, memory::format_tag::ab);
  dnnl::primitive_attr scaled;
  scaled.set_output_scales(0, {1.0F / 2048});
  return {dnnl::matmul::desc(activations, weights, outputs), scaled, engine};
}

}  // namespace

struct Yardstick::Products {
  dnnl::engine engine{dnnl::engine::kind::cpu, 0};
  dnnl::stream stream{engine};
  std::vector<Matmul> all;
};

Yardstick::Yardstick(const poc::Profile& profile, std::size_t rows)
    : products_(std::make_unique<Products>()) {
  const dnnl::engine& engine = products_->engine;
  for (std::uint32_t layer = 0; layer < profile.layers; ++layer) {
    for (std::uint32_t t = 0; t < POC_TENSORS; ++t) {
      const poc::TensorShape shape = poc::tensor_shape(profile, t);
      const auto pd = describe(shape, rows, engine);
      const int value = static_cast<int>(layer % 64) + 1;
      products_->all.push_back({dnnl::matmul(pd),
                                {{DNNL_ARG_SRC, filled(pd.src_desc(), engine, 130)},
                                 {DNNL_ARG_WEIGHTS, filled(pd.weights_desc(), engine, value)},
                                 {DNNL_ARG_DST, filled(pd.dst_desc(), engine, 0)}}});
      macs_ += static_cast<double>(rows) * static_cast<double>(shape.size());
      description_ = pd.impl_info_str();
    }
  }
  const dnnl_version_t* version = dnnl_version();
  description_ = "oneDNN " + std::to_string(version->major) + "." + std::to_string(version->minor) +
                 "." + std::to_string(version->patch) + ", " + description_;
}

Yardstick::~Yardstick() = default;

void Yardstick::run() {
  for (const Matmul& one : products_->all) {
    one.primitive.execute(products_->stream, one.arguments);
  }
  products_->stream.wait();
}

}  // namespace bench
