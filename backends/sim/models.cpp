#include "backends/sim/models.h"

#include <algorithm>
#include <iterator>
#include <new>
#include <stdexcept>
#include <utility>

#include "base/check.h"
#include "poc/chacha20.h"
#include "poc/core.h"

namespace backends::sim {

GrowingModel::GrowingModel(const poc::ModelSpec& spec) : spec_(spec), key_(poc::weight_key(spec)) {
  weights_.reserve(spec.profile.weights_bytes());
}

void GrowingModel::grow(base::SteadyTime until) {
  const base::SystemClock clock;
  do {
    if (layer_ == spec_.profile.layers) break;
    make_slice();
  } while (clock.now() < until);
  if (layer_ == spec_.profile.layers && !model_) {
    model_.emplace(spec_.profile, std::move(weights_));
  }
}

void GrowingModel::make_slice() {
  constexpr std::uint64_t kSlice = 64 * 1024;
  const std::uint64_t tensor_size = poc::tensor_shape(spec_.profile, tensor_).size();
  const std::uint64_t size = std::min(kSlice, tensor_size - tensor_done_);
  const std::size_t begin = weights_.size();
  weights_.resize(begin + size);
  auto* out = reinterpret_cast<std::uint8_t*>(weights_.data() + begin);
  poc::chacha_stream(poc::chacha_init(key_.data(), layer_, tensor_, 0),
                     static_cast<std::uint32_t>(tensor_done_ / 64), out, size);
  std::transform(out, out + size, weights_.begin() + static_cast<std::ptrdiff_t>(begin),
                 poc::decode);
  tensor_done_ += size;
  if (tensor_done_ < tensor_size) return;
  tensor_done_ = 0;
  tensor_ = (tensor_ + 1) % POC_TENSORS;
  if (tensor_ == 0) ++layer_;
}

PrepareProgress GrowingModel::progress() const {
  return {model_ ? model_->weights().size() : weights_.size(), spec_.profile.weights_bytes()};
}

base::Result<PrepareProgress> Models::prepare(const poc::ModelSpec& spec, base::SteadyTime until) {
  GrowingModel* model = find(spec);
  if (model == nullptr) {
    ASSIGN_OR_RETURN(model, add(spec));
  }
  if (model->ready() == nullptr) model->grow(until);
  return model->progress();
}

const poc::ReferenceModel* Models::use(const poc::ModelSpec& spec) {
  GrowingModel* model = find(spec);
  return model == nullptr ? nullptr : model->ready();
}

void Models::clear() {
  models_.clear();
  pinned_.reset();
}

std::uint64_t Models::used_bytes() const {
  std::uint64_t sum = 0;
  for (const GrowingModel& model : models_) sum += model.spec().profile.weights_bytes();
  return sum;
}

GrowingModel* Models::find(const poc::ModelSpec& spec) {
  const auto found = std::find_if(models_.begin(), models_.end(),
                                  [&](const GrowingModel& m) { return m.spec() == spec; });
  if (found == models_.end()) return nullptr;
  models_.splice(models_.begin(), models_, found);
  return &models_.front();
}

Models::List::iterator Models::to_replace() {
  if (models_.size() < 2) return models_.end();
  const auto last = std::prev(models_.end());
  return last->spec() == pinned_ ? models_.begin() : last;
}

base::Result<GrowingModel*> Models::add(const poc::ModelSpec& spec) {
  const auto too_much = [&] {
    return base::no_memory("profile " + poc::to_string(spec.profile) + ": its " +
                           std::to_string(spec.profile.weights_bytes() >> 20) +
                           " MiB of weights do not fit beside " +
                           std::to_string(used_bytes() >> 20) + " of " +
                           std::to_string(memory_bytes_ >> 20) + " MiB in use");
  };
  const auto replaced = to_replace();
  const std::uint64_t freed =
      replaced == models_.end() ? 0 : replaced->spec().profile.weights_bytes();
  if (used_bytes() - freed + spec.profile.weights_bytes() > memory_bytes_) return too_much();
  if (replaced != models_.end()) models_.erase(replaced);
  try {
    models_.emplace_front(spec);
  } catch (const std::bad_alloc&) {
    return too_much();
  } catch (const std::length_error&) {
    return too_much();
  }
  return &models_.front();
}

}  // namespace backends::sim
