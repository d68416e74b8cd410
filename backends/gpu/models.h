#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <vector>

#include "backends/api/device.h"
#include "backends/gpu/driver.h"
#include "backends/gpu/kernels/layout.h"
#include "base/clock.h"
#include "poc/keys.h"

namespace backends::gpu {

/// The weights of one model on the device, each tensor an allocation of its own, made in order.
/// Belongs to the device's thread.
class Model {
 public:
  /// Takes the memory for all weights, or Fault::kNoMemory with numbers. `keep_free_bytes` of the
  /// card stay unused.
  static base::Result<std::unique_ptr<Model>> make(Driver& driver, const poc::ModelSpec& spec,
                                                   std::uint64_t keep_free_bytes);
  ~Model();
  Model(const Model&) = delete;
  Model& operator=(const Model&) = delete;

  const poc::ModelSpec& spec() const { return spec_; }
  PrepareProgress progress() const { return {done_bytes_, spec_.profile.weights_bytes()}; }
  bool ready() const { return next_ == tensors_.size(); }

  /// Launches the next `bytes` of weights, rounded up to a multiple of 64 and no more than are left
  /// of one tensor, on Queue::kModels.
  base::Status make_some(Kernel make_weights, std::uint64_t bytes);

  /// Becomes another model of the same profile, none of its weights made: memory stays where it is.
  void become(const poc::ModelSpec& spec);

  /// A tensor (POC_TENSOR_*) of a layer.
  Panels tensor(std::uint32_t layer, std::uint32_t tensor) const;

 private:
  Model(Driver& driver, const poc::ModelSpec& spec) : driver_(driver), spec_(spec) {}
  base::Status allocate(std::uint64_t keep_free_bytes);
  Driver& driver_;
  poc::ModelSpec spec_;
  std::vector<Address> tensors_;  // layer by layer
  std::size_t next_ = 0;          // the first one not made whole
  std::uint32_t next_block_ = 0;  // of it, the first one not made
  std::uint64_t done_bytes_ = 0;
};

/// The at most two models on the device: the one being raced and another. Belongs to the device's
/// thread.
class Models {
 public:
  Models(Driver& driver, std::uint64_t keep_free_bytes)
      : driver_(driver), keep_free_bytes_(keep_free_bytes) {}

  /// The model, with memory taken for it if need be. The model used longest ago that is not being
  /// raced makes room: where two are held already, or where memory asks for it. One of the same
  /// profile hands its memory over: to free memory waits for all that the card has to do.
  base::Result<Model*> take(const poc::ModelSpec& spec);

  /// The model if it is here; null if not. Counts as a use.
  Model* find(const poc::ModelSpec& spec);

  /// Declares a model that is here the one being raced: it stays until another is, or until
  /// `clear`.
  void race(const Model* model) { raced_ = model; }

  /// Drops the model used longest ago that is neither being raced nor `kept`; false when there is
  /// none.
  bool drop_one(const Model* kept = nullptr);

  void clear();

 private:
  Model* reuse(const poc::ModelSpec& spec);

  Driver& driver_;
  const std::uint64_t keep_free_bytes_;
  std::list<std::unique_ptr<Model>> held_;  // last used first
  const Model* raced_ = nullptr;
};

}  // namespace backends::gpu
