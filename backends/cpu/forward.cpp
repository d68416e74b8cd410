#include "backends/cpu/forward.h"

#include <utility>

#include "base/check.h"

namespace backends::cpu {
namespace {

/// Hands out pieces of a buffer in order; with none, only adds up. Sizes are multiples of 64, as
/// rows are of 16 and dim and ffn of 128.
class Carver {
 public:
  explicit Carver(std::byte* base) : base_(base) {}

  template <class T>
  void take(T*& piece, std::uint64_t count) {
    if (base_ != nullptr) piece = reinterpret_cast<T*>(base_ + used_);
    used_ += count * sizeof(T);
  }
  std::uint64_t used() const { return used_; }

 private:
  std::byte* base_;
  std::uint64_t used_ = 0;
};

std::uint64_t carve(std::byte* base, const poc::Profile& profile, std::uint64_t rows,
                    Activations& at) {
  Carver carver(base);
  carver.take(at.x, rows * profile.dim);
  carver.take(at.y, rows * profile.dim);
  carver.take(at.qkv, rows * 3 * profile.dim);
  carver.take(at.h, rows * profile.ffn);
  return carver.used();
}

}  // namespace

base::Status Forward::fit(const poc::Profile& profile, std::uint32_t nonces) {
  const std::uint64_t rows = std::uint64_t{nonces} * POC_TOKENS;
  const std::uint64_t needed = carve(nullptr, profile, rows, at_);
  if (memory_.size() < needed) {
    ASSIGN_OR_RETURN(memory_, PageBuffer::make(needed, "the activations of a group"));
  }
  carve(memory_.data(), profile, rows, at_);
  profile_ = profile;
  rows_ = 0;
  return base::Ok{};
}

bool Forward::run(const PackedModel& model, std::span<const poc::InputKey> keys,
                  const CancelToken& cancel, poc::Digest* digests) {
  DCHECK(model.ready() && model.spec().profile == profile_);
  load(keys);
  for (std::uint32_t i = 0; i < profile_.layers; ++i) {
    if (!layer(model, i, cancel)) return false;
  }
  finish(digests);
  return true;
}

void Forward::load(std::span<const poc::InputKey> keys) {
  rows_ = keys.size() * POC_TOKENS;
  const std::size_t dim = profile_.dim;
  for (std::size_t n = 0; n < keys.size(); ++n) {
    kernels_.make_input(keys[n], dim, at_.x + n * POC_TOKENS * dim);
  }
}

bool Forward::layer(const PackedModel& model, std::uint32_t index, const CancelToken& cancel) {
  if (kernels_.enter != nullptr) kernels_.enter();
  const bool done = compute_layer(model, index, cancel);
  if (kernels_.leave != nullptr) kernels_.leave();
  return done;
}

bool Forward::compute_layer(const PackedModel& model, std::uint32_t index,
                            const CancelToken& cancel) {
  const auto tensor = [&](std::uint32_t t) { return model.tensor(index, t); };
  kernels_.norm(at_.x, rows_, profile_.dim, at_.y);
  if (!narrow_product(tensor(POC_TENSOR_QKV), cancel)) return false;
  attend();
  if (!add_product(tensor(POC_TENSOR_OUT), at_.y, POC_GAIN_ATTENTION, cancel)) return false;
  kernels_.norm(at_.x, rows_, profile_.dim, at_.y);
  if (!gated_product(tensor(POC_TENSOR_GATE_UP), cancel)) return false;
  return add_product(tensor(POC_TENSOR_DOWN), at_.h, POC_GAIN_FFN, cancel);
}

void Forward::finish(poc::Digest* digests) {
  kernels_.norm(at_.x, rows_, profile_.dim, at_.y);
  const std::size_t size = std::size_t{POC_TOKENS} * profile_.dim;
  for (std::size_t n = 0; n < rows_ / POC_TOKENS; ++n) {
    kernels_.digest(at_.y + n * size, profile_.dim, digests[n]);
  }
}

/// The product of the panel that begins at `output`.
Product Forward::product(const PackedTensor& tensor, std::uint32_t output,
                         const std::uint8_t* activations, std::uint32_t gain16) const {
  const std::uint32_t block = output / std::uint32_t{kBlockOutputs};
  return {activations,
          rows_,
          tensor.shape.inputs,
          tensor.block(block),
          tensor.block_corrections(block),
          poc::factor(tensor.shape.inputs, gain16)};
}

// The loops below go over panels of weights first: a panel stays in the nearest caches while all
// rows pass, and a cancel is seen after each, long before the layer's end.

/// y to qkv.
bool Forward::narrow_product(const PackedTensor& tensor, const CancelToken& cancel) {
  const std::uint32_t outputs = tensor.shape.outputs;
  for (std::uint32_t n = 0; n < outputs; n += kPanelOutputs) {
    if (cancel.requested()) return false;
    kernels_.product_narrow(product(tensor, n, at_.y, POC_GAIN_NARROW), at_.qkv + n, outputs);
  }
  return true;
}

/// y to h, a panel of g and the same columns of u at a time: gu is never in memory.
bool Forward::gated_product(const PackedTensor& tensor, const CancelToken& cancel) {
  const std::uint32_t ffn = profile_.ffn;
  for (std::uint32_t n = 0; n < ffn; n += kPanelOutputs) {
    if (cancel.requested()) return false;
    const Product g = product(tensor, n, at_.y, POC_GAIN_NARROW);
    const Product u = product(tensor, ffn + n, at_.y, POC_GAIN_NARROW);
    kernels_.product_gate(g, u, at_.h, ffn, n);
  }
  return true;
}

/// Adds to x in place: each element is read and written by its own tile only.
bool Forward::add_product(const PackedTensor& tensor, const std::uint8_t* activations,
                          std::uint32_t gain16, const CancelToken& cancel) {
  for (std::uint32_t n = 0; n < profile_.dim; n += kPanelOutputs) {
    if (cancel.requested()) return false;
    kernels_.product_add(product(tensor, n, activations, gain16), at_.x + n, profile_.dim);
  }
  return true;
}

/// qkv to y.
void Forward::attend() {
  const std::size_t dim = profile_.dim;
  for (std::size_t row = 0; row < rows_; row += POC_TOKENS) {
    kernels_.attention(at_.qkv + row * 3 * dim, dim, at_.y + row * dim);
  }
}

}  // namespace backends::cpu
