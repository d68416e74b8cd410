#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>

#include "backends/cpu/isa/kernels.h"
#include "backends/cpu/pages.h"
#include "base/clock.h"
#include "base/result.h"
#include "poc/keys.h"
#include "poc/params.h"
#include "poc/reference.h"

namespace backends::cpu {

/// One tensor's packed weights, in the memory of its model.
struct PackedTensor {
  std::int8_t* weights = nullptr;       ///< blocks of 16 outputs in order, 16 * inputs bytes each
  std::int32_t* corrections = nullptr;  ///< one for each output
  poc::TensorShape shape{};

  std::uint32_t blocks() const { return shape.outputs / std::uint32_t{kBlockOutputs}; }
  std::int8_t* block(std::uint32_t index) const {
    return weights + std::uint64_t{index} * kBlockOutputs * shape.inputs;
  }
  std::int32_t* block_corrections(std::uint32_t index) const {
    return corrections + std::uint64_t{index} * kBlockOutputs;
  }
};

/// The weights of a model in the order in which the products load them, one byte a weight and four
/// an output. Memory is taken at once, the weights are made in tasks of one block by whoever has
/// time: threads of one device, or of several that share the model. Any thread; once ready, the
/// weights never change.
class PackedModel {
 public:
  /// Reserves the memory; no weights yet.
  static base::Result<std::shared_ptr<PackedModel>> make(const poc::ModelSpec& spec);

  /// What `make` would take.
  static std::uint64_t memory_needed(const poc::Profile& profile);

  const poc::ModelSpec& spec() const { return spec_; }
  std::uint64_t memory_bytes() const { return memory_.size(); }

  /// In bytes of weights.
  std::uint64_t total_bytes() const { return spec_.profile.weights_bytes(); }
  std::uint64_t done_bytes() const { return done_bytes_.load(std::memory_order_acquire); }
  bool ready() const { return done_bytes() == total_bytes(); }

  /// Makes blocks until none is left to claim or `deadline` has passed. Many threads may call this
  /// at the same time.
  void make_blocks(const Kernels& kernels, const base::Clock& clock, base::SteadyTime deadline);

  /// When every block is claimed: waits (below a millisecond) for the threads that make the last
  /// ones. Else returns at once.
  void wait_for_claimed() const;

  /// A tensor (POC_TENSOR_*) of a layer.
  PackedTensor tensor(std::uint32_t layer, std::uint32_t tensor) const;

 private:
  PackedModel(const poc::ModelSpec& spec, PageBuffer memory);
  void make_block(const Kernels& kernels, std::uint64_t task);

  const poc::ModelSpec spec_;
  const base::Bytes32 key_;
  PageBuffer memory_;
  std::uint64_t layer_tasks_ = 0;
  std::uint64_t tasks_ = 0;
  std::atomic<std::uint64_t> next_task_{0};
  std::atomic<std::uint64_t> done_bytes_{0};
};

}  // namespace backends::cpu
