#include "backends/gpu/models.h"

#include <algorithm>
#include <string>
#include <utility>

#include "backends/gpu/kernels/arguments.h"
#include "backends/gpu/kernels/launch.h"
#include "backends/gpu/memory.h"
#include "base/check.h"
#include "poc/params.h"
#include "poc/reference.h"

namespace backends::gpu {
namespace {

constexpr std::size_t kMostHeld = 2;
constexpr std::uint64_t kBlockBytes = 64;  ///< of a key stream, and as many weights

std::uint64_t panel_stride(std::uint32_t outputs) {
  return std::uint64_t{round_up(outputs, kRowStep)} * kPanelRowBytes;
}

std::uint64_t tensor_bytes(const poc::TensorShape& shape) {
  return shape.inputs / kPanelColumns * panel_stride(shape.outputs);
}

}  // namespace

base::Result<std::unique_ptr<Model>> Model::make(Driver& driver, const poc::ModelSpec& spec,
                                                 std::uint64_t keep_free_bytes) {
  std::unique_ptr<Model> model(new Model(driver, spec));
  RETURN_IF_ERROR(model->allocate(keep_free_bytes));
  return model;
}

base::Status Model::allocate(std::uint64_t keep_free_bytes) {
  std::uint64_t layer_bytes = 0;
  for (std::uint32_t t = 0; t < POC_TENSORS; ++t) {
    layer_bytes += tensor_bytes(poc::tensor_shape(spec_.profile, t));
  }
  RETURN_IF_ERROR(check_room(driver_, "weights of profile " + to_string(spec_.profile),
                             layer_bytes * spec_.profile.layers, keep_free_bytes));
  for (std::uint32_t layer = 0; layer < spec_.profile.layers; ++layer) {
    for (std::uint32_t t = 0; t < POC_TENSORS; ++t) {
      ASSIGN_OR_RETURN(const Address memory,
                       driver_.allocate(tensor_bytes(poc::tensor_shape(spec_.profile, t))));
      tensors_.push_back(memory);
    }
  }
  return base::Ok{};
}

Model::~Model() {
  for (const Address memory : tensors_) driver_.release(memory);
}

Panels Model::tensor(std::uint32_t layer, std::uint32_t tensor) const {
  const std::uint32_t outputs = poc::tensor_shape(spec_.profile, tensor).outputs;
  return {device_pointer<std::uint8_t>(tensors_[layer * POC_TENSORS + tensor]),
          panel_stride(outputs)};
}

base::Status Model::make_some(Kernel make_weights, std::uint64_t bytes) {
  const auto tensor_index = static_cast<std::uint32_t>(next_);
  const poc::TensorShape shape = poc::tensor_shape(spec_.profile, tensor_index % POC_TENSORS);
  const auto all = static_cast<std::uint32_t>(shape.size() / kBlockBytes);
  WeightsArguments args{};
  const base::Bytes32 key = poc::weight_key(spec_);
  std::copy(key.begin(), key.end(), args.key);
  args.layer = tensor_index / POC_TENSORS;
  args.tensor = tensor_index % POC_TENSORS;
  args.inputs = shape.inputs;
  args.ffn = spec_.profile.ffn;
  args.first = next_block_;
  args.blocks = static_cast<std::uint32_t>(
      std::min<std::uint64_t>(all - next_block_, (bytes + kBlockBytes - 1) / kBlockBytes));
  args.weights = tensor(args.layer, args.tensor);
  RETURN_IF_ERROR(
      driver_.launch(Queue::kModels, {.kernel = make_weights,
                                      .blocks = round_up(args.blocks, kThreads) / kThreads,
                                      .threads = kThreads,
                                      .arguments = &args}));
  next_block_ += args.blocks;
  done_bytes_ += args.blocks * kBlockBytes;
  if (next_block_ == all) {
    next_block_ = 0;
    ++next_;
  }
  return base::Ok{};
}

void Model::become(const poc::ModelSpec& spec) {
  CHECK(spec.profile == spec_.profile);
  spec_ = spec;
  next_ = 0;
  next_block_ = 0;
  done_bytes_ = 0;
}

base::Result<Model*> Models::take(const poc::ModelSpec& spec) {
  if (Model* model = find(spec)) return model;
  if (held_.size() >= kMostHeld) {
    if (Model* model = reuse(spec)) return model;
    drop_one();
  }
  auto made = Model::make(driver_, spec, keep_free_bytes_);
  while (!made.ok() && made.error().fault == base::Fault::kNoMemory && drop_one()) {
    made = Model::make(driver_, spec, keep_free_bytes_);
  }
  if (!made.ok()) return made.error();
  held_.push_front(std::move(made).value());
  return held_.front().get();
}

Model* Models::find(const poc::ModelSpec& spec) {
  const auto found = std::find_if(held_.begin(), held_.end(),
                                  [&](const auto& model) { return model->spec() == spec; });
  if (found == held_.end()) return nullptr;
  held_.splice(held_.begin(), held_, found);
  return held_.front().get();
}

/// The model used longest ago that is not being raced, if it has the profile, as the new one.
Model* Models::reuse(const poc::ModelSpec& spec) {
  for (auto model = held_.end(); model != held_.begin();) {
    if ((--model)->get() == raced_) continue;
    if (!((*model)->spec().profile == spec.profile)) return nullptr;
    (*model)->become(spec);
    held_.splice(held_.begin(), held_, model);
    return held_.front().get();
  }
  return nullptr;
}

bool Models::drop_one(const Model* kept) {
  for (auto model = held_.end(); model != held_.begin();) {
    if ((--model)->get() == raced_ || model->get() == kept) continue;
    held_.erase(model);
    return true;
  }
  return false;
}

void Models::clear() {
  held_.clear();
  raced_ = nullptr;
}

}  // namespace backends::gpu
