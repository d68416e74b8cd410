#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/result.h"
#include "poc/keys.h"
#include "poc/params.h"
#include "poc/profile.h"

namespace poc {

/// The weights of a model as plain rows, one byte a weight: W[output][input] per layer and tensor.
/// Immutable once made; share it by reference between threads.
class ReferenceModel {
 public:
  /// Makes the weights from their streams; takes seconds from `base` up. Fails when they do not fit
  /// in memory.
  static base::Result<ReferenceModel> make(const ModelSpec& spec);

  /// A model with given weights (all layers in order, each as its four tensors in order): for tests
  /// that alter some.
  ReferenceModel(const Profile& profile, std::vector<std::int8_t> weights);

  const Profile& profile() const { return profile_; }
  const std::vector<std::int8_t>& weights() const { return weights_; }

  /// Row-major [outputs][inputs] of one tensor (POC_TENSOR_*).
  std::span<const std::int8_t> tensor(std::uint32_t layer, std::uint32_t tensor) const;

 private:
  Profile profile_;
  std::vector<std::int8_t> weights_;
};

/// A tensor's rows and columns.
struct TensorShape {
  std::uint32_t outputs;
  std::uint32_t inputs;
  std::uint64_t size() const { return std::uint64_t{outputs} * inputs; }
};
TensorShape tensor_shape(const Profile& profile, std::uint32_t tensor);

/// The intermediates of one layer, row-major, as the proof's page names them.
struct LayerTrace {
  std::vector<std::int8_t> qkv;   ///< [16][3 dim]
  std::vector<std::int8_t> o;     ///< [16][dim]
  std::vector<std::int16_t> mid;  ///< [16][dim]
  std::vector<std::int8_t> gu;    ///< [16][2 ffn]
  std::vector<std::int8_t> h;     ///< [16][ffn]
  std::vector<std::int16_t> x;    ///< [16][dim], the layer's output
};

/// The operators as plain loops: the law that every faster version is held against.
namespace reference {

/// x: [rows][dim] -> [rows][dim].
std::vector<std::int8_t> rms_norm(std::span<const std::int16_t> x, std::uint32_t dim);

/// a: [rows][inputs] int8, w: [outputs][inputs] int8 -> [rows][outputs] exact sums.
std::vector<std::int32_t> product(std::span<const std::int8_t> a, std::span<const std::int8_t> w,
                                  std::uint32_t inputs);

/// qkv: [16][3 dim] with q, k, v side by side -> [16][dim].
std::vector<std::int8_t> attention(std::span<const std::int8_t> qkv, std::uint32_t dim);

/// The first activation of a nonce: int16 [16][dim].
std::vector<std::int16_t> make_input(const InputKey& key, std::uint32_t dim);

/// y: [16][dim], the normalised final state -> digest.
Digest digest_rows(std::span<const std::int8_t> y, std::uint32_t dim);

}  // namespace reference

/// One forward pass: the digest of the nonce whose input key this is. `trace`, when given, receives
/// every intermediate of every layer.
Digest evaluate(const ReferenceModel& model, const InputKey& key,
                std::vector<LayerTrace>* trace = nullptr);

}  // namespace poc
