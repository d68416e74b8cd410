#include "backends/opencl/models.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/check.h"
#include "poc/params.h"
#include "poc/reference.h"

namespace backends::opencl {
namespace {

constexpr std::size_t kMostHeld = 2;
constexpr std::uint64_t kBlockBytes = 64;  ///< of a key stream, and as many weights

}  // namespace

base::Result<std::unique_ptr<Model>> Model::make(Memory& memory, const poc::ModelSpec& spec) {
  std::unique_ptr<Model> model(new Model(spec));
  RETURN_IF_ERROR(model->allocate(memory));
  return model;
}

base::Status Model::allocate(Memory& memory) {
  const std::string what = "weights of profile " + to_string(spec_.profile);
  for (std::uint32_t t = 0; t < POC_TENSORS; ++t) {
    RETURN_IF_ERROR(
        memory.check_buffer("a tensor's " + what, poc::tensor_shape(spec_.profile, t).size()));
  }
  RETURN_IF_ERROR(memory.check_room(what, spec_.profile.weights_bytes()));
  for (std::uint32_t layer = 0; layer < spec_.profile.layers; ++layer) {
    for (std::uint32_t t = 0; t < POC_TENSORS; ++t) {
      ASSIGN_OR_RETURN(Buffer tensor,
                       memory.allocate(what, poc::tensor_shape(spec_.profile, t).size()));
      tensors_.push_back(std::move(tensor));
    }
  }
  return memory.settle(what);
}

cl_mem Model::tensor(std::uint32_t layer, std::uint32_t number) const {
  return tensors_[layer * POC_TENSORS + number].get();
}

WeightsPiece Model::next(std::uint64_t most_blocks) const {
  CHECK(!ready());
  const auto index = static_cast<std::uint32_t>(next_);
  const poc::TensorShape shape = poc::tensor_shape(spec_.profile, index % POC_TENSORS);
  const auto all = static_cast<std::uint32_t>(shape.size() / kBlockBytes);
  WeightsPiece piece;
  piece.layer = index / POC_TENSORS;
  piece.number = index % POC_TENSORS;
  piece.tensor = tensor(piece.layer, piece.number);
  piece.outputs = shape.outputs;
  piece.inputs = shape.inputs;
  piece.first = next_block_;
  piece.blocks = static_cast<std::uint32_t>(
      std::clamp<std::uint64_t>(most_blocks, 1, std::uint64_t{all - next_block_}));
  return piece;
}

void Model::advance(const WeightsPiece& piece) {
  next_block_ += piece.blocks;
  done_bytes_ += piece.blocks * kBlockBytes;
  if (next_block_ * kBlockBytes == std::uint64_t{piece.outputs} * piece.inputs) {
    next_block_ = 0;
    ++next_;
  }
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
  auto made = Model::make(memory_, spec);
  while (!made.ok() && made.error().fault == base::Fault::kNoMemory && drop_one()) {
    made = Model::make(memory_, spec);
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

}  // namespace backends::opencl
