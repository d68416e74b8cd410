#pragma once

#include <cstdint>
#include <span>

#include "backends/cpu/cancel.h"
#include "backends/cpu/model.h"
#include "backends/cpu/pages.h"
#include "base/result.h"
#include "poc/keys.h"

namespace backends::cpu {

/// The intermediates of a group of nonces, 16 rows a nonce. "Tiled" and "offset" as in kernels.h,
/// else row-major.
struct Activations {
  std::int16_t* x = nullptr;   ///< [rows][dim], the residual: input, mid and output in turn
  std::uint8_t* y = nullptr;   ///< [rows][dim], tiled, offset: x normalised, or attention's output
  std::int8_t* qkv = nullptr;  ///< [rows][3 dim]
  std::uint8_t* h = nullptr;   ///< [rows][ffn], tiled, offset
};

/// One thread's forward pass over a group of nonces: each weight is read once for all of them.
/// Belongs to one thread. Memory is taken by `fit` alone.
class Forward {
 public:
  explicit Forward(const Kernels& kernels) : kernels_(kernels) {}

  /// Makes room for groups of up to `nonces` of a profile; before any group of them.
  base::Status fit(const poc::Profile& profile, std::uint32_t nonces);

  /// Gives the room back; `fit` comes before the next group.
  void release() { memory_ = PageBuffer(); }

  /// The digests of a group: load, every layer, finish. False when `cancel` came: no digests then.
  bool run(const PackedModel& model, std::span<const poc::InputKey> keys, const CancelToken& cancel,
           poc::Digest* digests);

  // The steps of `run`, for tests.

  /// Makes the input of each nonce: x.
  void load(std::span<const poc::InputKey> keys);
  /// One layer: x to x. False, with x in between, when `cancel` came.
  bool layer(const PackedModel& model, std::uint32_t index, const CancelToken& cancel);
  /// Digests of the final state.
  void finish(poc::Digest* digests);
  const Activations& activations() const { return at_; }

 private:
  bool compute_layer(const PackedModel& model, std::uint32_t index, const CancelToken& cancel);
  Product product(const PackedTensor& tensor, std::uint32_t output, const std::uint8_t* activations,
                  std::uint32_t gain16) const;
  bool narrow_product(const PackedTensor& tensor, const CancelToken& cancel);
  bool gated_product(const PackedTensor& tensor, const CancelToken& cancel);
  bool add_product(const PackedTensor& tensor, const std::uint8_t* activations,
                   std::uint32_t gain16, const CancelToken& cancel);
  void attend();

  const Kernels& kernels_;
  poc::Profile profile_{};
  std::size_t rows_ = 0;  // of the group that is loaded
  PageBuffer memory_;
  Activations at_;
};

}  // namespace backends::cpu
