#pragma once

#include <cstdint>
#include <list>
#include <optional>
#include <vector>

#include "backends/api/device.h"
#include "base/clock.h"
#include "base/result.h"
#include "poc/keys.h"
#include "poc/reference.h"

namespace backends::sim {

/// A model whose weights are made in slices, in the streams' order.
class GrowingModel {
 public:
  /// Takes the memory. Throws std::bad_alloc when there is none.
  explicit GrowingModel(const poc::ModelSpec& spec);

  const poc::ModelSpec& spec() const { return spec_; }

  /// Makes weights until `until`, at least one slice of at most 64 KiB.
  void grow(base::SteadyTime until);
  PrepareProgress progress() const;

  /// The model; null until all weights are made.
  const poc::ReferenceModel* ready() const { return model_ ? &*model_ : nullptr; }

 private:
  void make_slice();

  poc::ModelSpec spec_;
  base::Bytes32 key_;
  std::vector<std::int8_t> weights_;  // so far; given to model_ in the end
  std::uint32_t layer_ = 0;           // where the next slice goes on
  std::uint32_t tensor_ = 0;
  std::uint64_t tensor_done_ = 0;  // bytes of that tensor
  std::optional<poc::ReferenceModel> model_;
};

/// The models resident on a device: at most two, within its memory. Belongs to the device's thread.
class Models {
 public:
  explicit Models(std::uint64_t memory_bytes) : memory_bytes_(memory_bytes) {}

  /// Goes on with a model until `until`. A new one takes the place of the one used longest ago
  /// that is not pinned when there are two; Fault::kNoMemory when it does not fit beside the rest.
  base::Result<PrepareProgress> prepare(const poc::ModelSpec& spec, base::SteadyTime until);

  /// The model, used now; null if it is not ready.
  const poc::ReferenceModel* use(const poc::ModelSpec& spec);

  /// Keeps this resident, ready model from being replaced; instead of the one pinned before.
  void pin(const poc::ModelSpec& spec) { pinned_ = spec; }

  void clear();

  /// What the resident models take.
  std::uint64_t used_bytes() const;

 private:
  using List = std::list<GrowingModel>;

  GrowingModel* find(const poc::ModelSpec& spec);
  base::Result<GrowingModel*> add(const poc::ModelSpec& spec);
  List::iterator to_replace();

  const std::uint64_t memory_bytes_;
  List models_;  // last used first
  std::optional<poc::ModelSpec> pinned_;
};

}  // namespace backends::sim
