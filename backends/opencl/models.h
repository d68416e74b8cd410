#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <vector>

#include "backends/api/device.h"
#include "backends/opencl/memory.h"
#include "poc/keys.h"

namespace backends::opencl {

/// The next piece of a model's weights: blocks of 64 bytes of one tensor's key stream.
struct WeightsPiece {
  cl_mem tensor = nullptr;
  std::uint32_t layer = 0;
  std::uint32_t number = 0;  ///< POC_TENSOR_*
  std::uint32_t outputs = 0;
  std::uint32_t inputs = 0;
  std::uint32_t first = 0;
  std::uint32_t blocks = 0;
};

/// The weights of one model on the device, each tensor a buffer of its own, made in order. Belongs
/// to the device's thread.
class Model {
 public:
  /// Takes the memory for all weights, or Fault::kNoMemory with numbers.
  static base::Result<std::unique_ptr<Model>> make(Memory& memory, const poc::ModelSpec& spec);

  const poc::ModelSpec& spec() const { return spec_; }
  PrepareProgress progress() const { return {done_bytes_, spec_.profile.weights_bytes()}; }
  bool ready() const { return next_ == tensors_.size(); }

  /// The next piece, of at most so many blocks; the model is not ready (else: a bug).
  WeightsPiece next(std::uint64_t most_blocks) const;
  /// That piece was launched.
  void advance(const WeightsPiece& piece);

  /// Becomes another model of the same profile, none of its weights made: memory stays where it is.
  void become(const poc::ModelSpec& spec);

  /// A tensor (POC_TENSOR_*) of a layer.
  cl_mem tensor(std::uint32_t layer, std::uint32_t number) const;

 private:
  explicit Model(const poc::ModelSpec& spec) : spec_(spec) {}
  base::Status allocate(Memory& memory);

  poc::ModelSpec spec_;
  std::vector<Buffer> tensors_;   // layer by layer
  std::size_t next_ = 0;          // the first one not made whole
  std::uint32_t next_block_ = 0;  // of it, the first one not made
  std::uint64_t done_bytes_ = 0;
};

/// The at most two models on the device: the one being raced and another. Belongs to the device's
/// thread.
class Models {
 public:
  explicit Models(Memory& memory) : memory_(memory) {}

  /// The model, with memory taken for it if need be. The model used longest ago that is not being
  /// raced makes room: where two are held already, or where memory asks for it. One of the same
  /// profile hands its memory over.
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

  Memory& memory_;
  std::list<std::unique_ptr<Model>> held_;  // last used first
  const Model* raced_ = nullptr;
};

}  // namespace backends::opencl
