#pragma once

#include <list>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "backends/cpu/memory.h"
#include "backends/cpu/model.h"
#include "base/mutex.h"

namespace backends::cpu {

/// The packed models that the module's devices hold: one copy of each, however many devices use it.
/// A model lives as long as somebody holds it. Any thread.
class ModelCache {
 public:
  explicit ModelCache(AvailableMemory available) : available_(std::move(available)) {}

  /// The model, maybe with weights still to make. Fault::kNoMemory, with numbers, when it is not
  /// here yet and does not fit in what the machine can give.
  base::Result<std::shared_ptr<PackedModel>> acquire(const poc::ModelSpec& spec) EXCLUDES(mutex_);

  /// Whether `bytes` for something else fit beside the models: Ok, or Fault::kNoMemory with
  /// numbers.
  base::Status check_room(std::string_view what, std::uint64_t bytes) EXCLUDES(mutex_);

 private:
  std::shared_ptr<PackedModel> find(const poc::ModelSpec& spec) REQUIRES(mutex_);
  std::uint64_t promised_bytes() REQUIRES(mutex_);

  const AvailableMemory available_;
  base::Mutex mutex_;
  std::vector<std::weak_ptr<PackedModel>> models_ GUARDED_BY(mutex_);
};

/// The at most two models that one device keeps: the one being raced and another. Belongs to the
/// device's thread.
class ResidentModels {
 public:
  explicit ResidentModels(std::shared_ptr<ModelCache> cache) : cache_(std::move(cache)) {}

  /// The model, taken from the cache if need be. The model used longest ago that is not being raced
  /// makes room: where two are held already, or where memory asks for it.
  base::Result<PackedModel*> take(const poc::ModelSpec& spec);

  /// The model if it is held; null if not. Counts as a use.
  PackedModel* find(const poc::ModelSpec& spec);

  /// Declares a held model the one being raced: it stays until another is, or until `clear`.
  void race(const PackedModel* model) { raced_ = model; }

  /// Lets go of all.
  void clear();

 private:
  bool drop_one();

  std::shared_ptr<ModelCache> cache_;
  std::list<std::shared_ptr<PackedModel>> held_;  // last used first
  const PackedModel* raced_ = nullptr;
};

}  // namespace backends::cpu
