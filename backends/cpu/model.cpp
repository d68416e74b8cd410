#include "backends/cpu/model.h"

#include <string>
#include <utility>

#include "base/check.h"

namespace backends::cpu {
namespace {

constexpr std::uint64_t kBytesOfCorrection = sizeof(std::int32_t);

std::uint64_t outputs_of_layer(const poc::Profile& profile) {
  std::uint64_t outputs = 0;
  for (std::uint32_t t = 0; t < POC_TENSORS; ++t) outputs += poc::tensor_shape(profile, t).outputs;
  return outputs;
}

}  // namespace

std::uint64_t PackedModel::memory_needed(const poc::Profile& profile) {
  return profile.weights_bytes() + profile.layers * outputs_of_layer(profile) * kBytesOfCorrection;
}

base::Result<std::shared_ptr<PackedModel>> PackedModel::make(const poc::ModelSpec& spec) {
  CHECK(spec.profile.layers > 0);
  ASSIGN_OR_RETURN(PageBuffer memory,
                   PageBuffer::make(memory_needed(spec.profile),
                                    "the weights of profile " + to_string(spec.profile)));
  return std::shared_ptr<PackedModel>(new PackedModel(spec, std::move(memory)));
}

PackedModel::PackedModel(const poc::ModelSpec& spec, PageBuffer memory)
    : spec_(spec),
      key_(poc::weight_key(spec)),
      memory_(std::move(memory)),
      layer_tasks_(outputs_of_layer(spec.profile) / kBlockOutputs),
      tasks_(layer_tasks_ * spec.profile.layers) {}

PackedTensor PackedModel::tensor(std::uint32_t layer, std::uint32_t tensor) const {
  const poc::Profile& profile = spec_.profile;
  std::uint64_t weights = layer * (profile.weights_bytes() / profile.layers);
  std::uint64_t outputs = layer * outputs_of_layer(profile);
  for (std::uint32_t t = 0; t < tensor; ++t) {
    const poc::TensorShape shape = poc::tensor_shape(profile, t);
    weights += shape.size();
    outputs += shape.outputs;
  }
  auto* base = reinterpret_cast<std::int8_t*>(memory_.data());
  auto* corrections = reinterpret_cast<std::int32_t*>(base + profile.weights_bytes());
  return {base + weights, corrections + outputs, poc::tensor_shape(profile, tensor)};
}

void PackedModel::make_blocks(const Kernels& kernels, const base::Clock& clock,
                              base::SteadyTime deadline) {
  while (clock.now() < deadline) {
    const std::uint64_t task = next_task_.fetch_add(1, std::memory_order_relaxed);
    if (task >= tasks_) return;
    make_block(kernels, task);
  }
}

void PackedModel::make_block(const Kernels& kernels, std::uint64_t task) {
  const auto layer = static_cast<std::uint32_t>(task / layer_tasks_);
  auto block = static_cast<std::uint32_t>(task % layer_tasks_);
  std::uint32_t t = 0;
  PackedTensor packed = tensor(layer, t);
  while (block >= packed.blocks()) {
    block -= packed.blocks();
    packed = tensor(layer, ++t);
  }
  const std::uint32_t inputs = packed.shape.inputs;
  constexpr std::uint32_t kStreamBlock = 64;
  kernels.make_weights({poc::chacha_init(key_.data(), layer, t, 0),
                        block * std::uint32_t{kBlockOutputs} * (inputs / kStreamBlock), inputs,
                        packed.block(block), packed.block_corrections(block)});
  done_bytes_.fetch_add(std::uint64_t{kBlockOutputs} * inputs, std::memory_order_release);
  if (ready()) done_bytes_.notify_all();
}

void PackedModel::wait_for_claimed() const {
  if (next_task_.load(std::memory_order_relaxed) < tasks_) return;
  for (std::uint64_t done = done_bytes(); done != total_bytes(); done = done_bytes()) {
    done_bytes_.wait(done, std::memory_order_acquire);
  }
}

}  // namespace backends::cpu
