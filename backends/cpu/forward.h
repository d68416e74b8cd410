#pragma once

#include <cstdint>
#include <span>

#include "backends/cpu/cancel.h"
#include "backends/cpu/crew.h"
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

/// The forward pass over a group of nonces: each weight is read once for all of them. One thread
/// computes a group, or all members of a crew do, each calling the same function with its own Crew:
/// they divide the nonces of some steps and the outputs of others, and meet in between. Memory is
/// taken by `fit` alone; `fit` and `release` belong to one thread, with no group under way.
class Forward {
 public:
  explicit Forward(const Kernels& kernels) : kernels_(kernels) {}

  /// Bytes that `fit` takes.
  static std::uint64_t memory_needed(const poc::Profile& profile, std::uint32_t nonces);
  /// Bytes held now.
  std::uint64_t memory_held() const { return memory_.size(); }

  /// Makes room for groups of up to `nonces` of a profile; before any group of them.
  base::Status fit(const poc::Profile& profile, std::uint32_t nonces);

  /// Gives the room back; `fit` comes before the next group.
  void release() { memory_ = PageBuffer(); }

  /// The digests of a group: load, every layer, finish. False when `cancel` came: no digests then.
  bool run(const PackedModel& model, std::span<const poc::InputKey> keys, const CancelToken& cancel,
           poc::Digest* digests, const Crew& crew = {});

  // The steps of `run`, for tests.

  /// Makes the input of each nonce: x.
  void load(std::span<const poc::InputKey> keys, const Crew& crew = {});
  /// One layer of a group of `nonces`: x to x. False, with x in between, when `cancel` came.
  bool layer(const PackedModel& model, std::uint32_t index, std::uint32_t nonces,
             const CancelToken& cancel, const Crew& crew = {});
  /// Digests of the final state.
  void finish(std::uint32_t nonces, poc::Digest* digests, const Crew& crew = {});
  const Activations& activations() const { return at_; }

 private:
  /// What the steps of one layer share.
  struct Step {
    const PackedModel& model;
    std::uint32_t layer;
    std::uint32_t nonces;
    const CancelToken& cancel;
    const Crew& crew;
  };
  bool compute(const Step& step);
  void normalise(const Step& step);
  void attend(const Step& step);
  bool narrow_product(const Step& step);
  bool gated_product(const Step& step);
  bool add_product(const Step& step, std::uint32_t tensor, const std::uint8_t* activations,
                   std::uint32_t gain16);
  template <class Panel>
  bool for_each_panel(const Step& step, std::uint32_t outputs, const Panel& panel) const;

  const Kernels& kernels_;
  poc::Profile profile_{};
  PageBuffer memory_;
  Activations at_;
};

}  // namespace backends::cpu
