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

/// The product of the panel that begins at `output`.
Product product(const PackedTensor& tensor, std::uint32_t output, std::uint32_t nonces,
                const std::uint8_t* activations, std::uint32_t gain16) {
  const std::uint32_t block = output / std::uint32_t{kBlockOutputs};
  return {activations,
          std::size_t{nonces} * POC_TOKENS,
          tensor.shape.inputs,
          tensor.block(block),
          tensor.block_corrections(block),
          poc::factor(tensor.shape.inputs, gain16)};
}

}  // namespace

std::uint64_t Forward::memory_needed(const poc::Profile& profile, std::uint32_t nonces) {
  Activations nowhere;
  return carve(nullptr, profile, std::uint64_t{nonces} * POC_TOKENS, nowhere);
}

base::Status Forward::fit(const poc::Profile& profile, std::uint32_t nonces) {
  const std::uint64_t rows = std::uint64_t{nonces} * POC_TOKENS;
  const std::uint64_t needed = memory_needed(profile, nonces);
  if (memory_.size() < needed) {
    ASSIGN_OR_RETURN(memory_, PageBuffer::make(needed, "the activations of a group"));
  }
  carve(memory_.data(), profile, rows, at_);
  profile_ = profile;
  return base::Ok{};
}

bool Forward::run(const PackedModel& model, std::span<const poc::InputKey> keys,
                  const CancelToken& cancel, poc::Digest* digests, const Crew& crew) {
  DCHECK(model.ready() && model.spec().profile == profile_);
  const auto nonces = static_cast<std::uint32_t>(keys.size());
  load(keys, crew);
  for (std::uint32_t i = 0; i < profile_.layers; ++i) {
    if (!layer(model, i, nonces, cancel, crew)) return false;
  }
  finish(nonces, digests, crew);
  return true;
}

void Forward::load(std::span<const poc::InputKey> keys, const Crew& crew) {
  const std::size_t dim = profile_.dim;
  const auto [first, last] = crew.part(static_cast<std::uint32_t>(keys.size()));
  for (std::size_t n = first; n < last; ++n) {
    kernels_.make_input(keys[n], dim, at_.x + n * POC_TOKENS * dim);
  }
}

bool Forward::layer(const PackedModel& model, std::uint32_t index, std::uint32_t nonces,
                    const CancelToken& cancel, const Crew& crew) {
  if (kernels_.enter != nullptr) kernels_.enter();
  const bool done = compute({model, index, nonces, cancel, crew});
  if (!done) crew.leave();
  if (kernels_.leave != nullptr) kernels_.leave();
  return done;
}

/// Whoever divides nonces keeps its own from the step before to the one after, so a crew meets only
/// where nonces and outputs take turns.
bool Forward::compute(const Step& step) {
  const auto meet = [&] { return step.crew.meet(); };
  normalise(step);
  if (!meet() || !narrow_product(step) || !meet()) return false;
  attend(step);
  if (!meet() || !add_product(step, POC_TENSOR_OUT, at_.y, POC_GAIN_ATTENTION) || !meet()) {
    return false;
  }
  normalise(step);
  if (!meet() || !gated_product(step) || !meet()) return false;
  return add_product(step, POC_TENSOR_DOWN, at_.h, POC_GAIN_FFN) && meet();
}

void Forward::finish(std::uint32_t nonces, poc::Digest* digests, const Crew& crew) {
  const std::size_t size = std::size_t{POC_TOKENS} * profile_.dim;
  const auto [first, last] = crew.part(nonces);
  for (std::size_t n = first; n < last; ++n) {
    kernels_.norm(at_.x + n * size, POC_TOKENS, profile_.dim, at_.y + n * size);
    kernels_.digest(at_.y + n * size, profile_.dim, digests[n]);
  }
}

/// x to y.
void Forward::normalise(const Step& step) {
  const std::size_t size = std::size_t{POC_TOKENS} * profile_.dim;
  const auto [first, last] = step.crew.part(step.nonces);
  const std::size_t rows = std::size_t{last - first} * POC_TOKENS;
  kernels_.norm(at_.x + first * size, rows, profile_.dim, at_.y + first * size);
}

/// qkv to y.
void Forward::attend(const Step& step) {
  const std::size_t size = std::size_t{POC_TOKENS} * profile_.dim;
  const auto [first, last] = step.crew.part(step.nonces);
  for (std::size_t n = first; n < last; ++n) {
    kernels_.attention(at_.qkv + n * 3 * size, profile_.dim, at_.y + n * size);
  }
}

/// Goes over panels of weights first: a panel stays in the nearest caches while all rows pass, and
/// a cancel is seen after each, long before the layer's end.
template <class Panel>
bool Forward::for_each_panel(const Step& step, std::uint32_t outputs, const Panel& panel) const {
  const auto [first, last] = step.crew.part(outputs / std::uint32_t{kPanelOutputs});
  for (std::uint32_t p = first; p < last; ++p) {
    if (step.cancel.requested()) return false;
    panel(p * std::uint32_t{kPanelOutputs});
  }
  return true;
}

/// y to qkv.
bool Forward::narrow_product(const Step& step) {
  const PackedTensor tensor = step.model.tensor(step.layer, POC_TENSOR_QKV);
  const std::uint32_t outputs = tensor.shape.outputs;
  return for_each_panel(step, outputs, [&](std::uint32_t n) {
    const Product p = product(tensor, n, step.nonces, at_.y, POC_GAIN_NARROW);
    kernels_.product_narrow(p, at_.qkv + n, outputs);
  });
}

/// y to h, a panel of g and the same columns of u at a time: gu is never in memory.
bool Forward::gated_product(const Step& step) {
  const PackedTensor tensor = step.model.tensor(step.layer, POC_TENSOR_GATE_UP);
  const std::uint32_t ffn = profile_.ffn;
  return for_each_panel(step, ffn, [&](std::uint32_t n) {
    const Product g = product(tensor, n, step.nonces, at_.y, POC_GAIN_NARROW);
    const Product u = product(tensor, ffn + n, step.nonces, at_.y, POC_GAIN_NARROW);
    kernels_.product_gate(g, u, at_.h, ffn, n);
  });
}

/// Adds to x in place: each element is read and written by its own tile only.
bool Forward::add_product(const Step& step, std::uint32_t tensor_number,
                          const std::uint8_t* activations, std::uint32_t gain16) {
  const PackedTensor tensor = step.model.tensor(step.layer, tensor_number);
  return for_each_panel(step, tensor.shape.outputs, [&](std::uint32_t n) {
    const Product p = product(tensor, n, step.nonces, activations, gain16);
    kernels_.product_add(p, at_.x + n, profile_.dim);
  });
}

}  // namespace backends::cpu
