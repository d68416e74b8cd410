#include "backends/cpu/model_cache.h"

#include <algorithm>
#include <utility>

namespace backends::cpu {

base::Result<std::shared_ptr<PackedModel>> ModelCache::acquire(const poc::ModelSpec& spec) {
  const auto available_bytes = available_();  // a call-out: before the lock
  base::MutexLock lock(mutex_);
  if (auto model = find(spec)) return model;
  RETURN_IF_ERROR(check_memory("profile " + to_string(spec.profile),
                               PackedModel::memory_needed(spec.profile), promised_bytes(),
                               available_bytes));
  ASSIGN_OR_RETURN(std::shared_ptr<PackedModel> model, PackedModel::make(spec));
  models_.push_back(model);
  return model;
}

base::Status ModelCache::check_room(std::string_view what, std::uint64_t bytes) {
  const auto available_bytes = available_();  // a call-out: before the lock
  base::MutexLock lock(mutex_);
  return check_memory(what, bytes, promised_bytes(), available_bytes);
}

std::shared_ptr<PackedModel> ModelCache::find(const poc::ModelSpec& spec) {
  std::erase_if(models_, [](const auto& model) { return model.expired(); });
  for (const auto& weak : models_) {
    auto model = weak.lock();
    if (model != nullptr && model->spec() == spec) return model;
  }
  return nullptr;
}

// Pages of models under way that nobody has touched yet still count as available.
std::uint64_t ModelCache::promised_bytes() {
  std::uint64_t bytes = 0;
  for (const auto& weak : models_) {
    const auto model = weak.lock();
    if (model != nullptr && !model->ready()) bytes += model->memory_bytes() - model->done_bytes();
  }
  return bytes;
}

base::Result<PackedModel*> ResidentModels::take(const poc::ModelSpec& spec) {
  if (PackedModel* model = find(spec)) return model;
  constexpr std::size_t kMostHeld = 2;
  if (held_.size() >= kMostHeld) drop_one();
  auto taken = cache_->acquire(spec);
  while (!taken.ok() && taken.error().fault == base::Fault::kNoMemory && drop_one()) {
    taken = cache_->acquire(spec);
  }
  if (!taken.ok()) return taken.error();
  held_.push_front(std::move(taken).value());
  return held_.front().get();
}

PackedModel* ResidentModels::find(const poc::ModelSpec& spec) {
  const auto found = std::find_if(held_.begin(), held_.end(),
                                  [&](const auto& model) { return model->spec() == spec; });
  if (found == held_.end()) return nullptr;
  held_.splice(held_.begin(), held_, found);
  return held_.front().get();
}

void ResidentModels::clear() {
  held_.clear();
  raced_ = nullptr;
}

/// Drops the model used longest ago that is not being raced; false when there is none.
bool ResidentModels::drop_one() {
  for (auto model = held_.end(); model != held_.begin();) {
    if ((--model)->get() == raced_) continue;
    held_.erase(model);
    return true;
  }
  return false;
}

}  // namespace backends::cpu
