#include <algorithm>

#include "poc/keys.h"
#include "poc/reference.h"
#include "tests/backends_opencl/kernels_harness.h"

// What is made of keys before the first layer: weights, input keys, inputs.

namespace backends::opencl {
namespace {

class KernelStreams : public EachTile {
 protected:
  /// Makes a tensor in `pieces` launches.
  std::vector<std::int8_t> make_weights(const poc::ModelSpec& spec, std::uint32_t layer,
                                        std::uint32_t tensor, std::uint32_t pieces) {
    const poc::TensorShape shape = poc::tensor_shape(spec.profile, tensor);
    const Layout layout = tensor == POC_TENSOR_GATE_UP ? Layout::kGateUpWeights : Layout::kWeights;
    const DeviceMatrix<std::int8_t> weights(tile(), layout, shape.outputs, shape.inputs);
    const auto blocks = static_cast<std::uint32_t>(shape.size() / 64);
    const base::Bytes32 key = poc::weight_key(spec);
    for (std::uint32_t i = 0; i < pieces; ++i) {
      const std::uint32_t first = blocks * i / pieces;
      const std::uint32_t count = blocks * (i + 1) / pieces - first;
      run_items("make_weights", count, weights.memory(), little_words(key), layer, tensor,
                shape.outputs, shape.inputs, first, count);
    }
    return weights.values();
  }
};
INSTANTIATE_EACH_TILE(KernelStreams);

TEST_P(KernelStreams, WeightsAreTheReferencesAtTheirPlaces) {
  for (const auto& profile :
       {poc::Profile{2, 128, 256}, poc::Profile{1, 256, 128}, poc::Profile{1, 384, 640}}) {
    const poc::ModelSpec spec{profile, random_hash(random_)};
    const auto model = poc::ReferenceModel::make(spec);
    ASSERT_TRUE(model.ok());
    for (std::uint32_t layer = 0; layer < profile.layers; ++layer) {
      for (std::uint32_t t = 0; t < POC_TENSORS; ++t) {
        const auto expected = model->tensor(layer, t);
        const auto made = make_weights(spec, layer, t, 1 + (layer + t) % 3);
        EXPECT_TRUE(std::equal(made.begin(), made.end(), expected.begin(), expected.end()))
            << to_string(profile) << ", layer " << layer << ", tensor " << t;
      }
    }
  }
}

TEST_P(KernelStreams, APieceOfWeightsLeavesTheOthersAlone) {
  const poc::ModelSpec spec{{1, 128, 128}, random_hash(random_)};
  const base::Bytes32 key = poc::weight_key(spec);
  const DeviceMatrix<std::int8_t> weights(tile(), Layout::kWeights, 128, 128);
  constexpr std::uint32_t kFirst = 100;
  constexpr std::uint32_t kBlocks = 70;
  run_items("make_weights", kBlocks, weights.memory(), little_words(key), 0U,
            std::uint32_t{POC_TENSOR_OUT}, 128U, 128U, kFirst, kBlocks);
  const auto bytes = weights.memory().read();
  // No weight is the poison, whose magnitude is 91.
  const auto untouched = std::count(bytes.begin(), bytes.end(), DeviceMemory::kPoison);
  EXPECT_EQ(bytes.size() - static_cast<std::size_t>(untouched), std::size_t{64} * kBlocks);
}

TEST_P(KernelStreams, KeysAreTheReferences) {
  const poc::RaceSpec race{
      {{3, 384, 640}, random_hash(random_)}, random_hash(random_), random_hash(random_)};
  const auto prefix = poc::input_key_prefix(race);
  std::vector<std::uint8_t> words(128);  // big-endian words, as bytes of a little-endian device
  for (std::size_t i = 0; i < prefix.size(); ++i) words[i / 4 * 4 + 3 - i % 4] = prefix[i];
  const DeviceMemory prefix_words(words);
  for (const std::uint64_t first :
       {std::uint64_t{0}, std::uint64_t{0xffffff80}, std::uint64_t{0x0123456789abcdef}}) {
    for (const std::uint32_t count : {1U, 17U, 300U}) {
      const DeviceMemory keys(std::size_t{32} * count);
      run_in_parts(count, [&](std::uint32_t item, std::uint32_t groups) {
        run_groups("make_keys", groups, kItems, keys, prefix_words, first, item, count);
      });
      const auto made = keys.read();
      for (std::uint32_t i = 0; i < count; ++i) {
        const auto expected = poc::input_key(race, first + i);
        EXPECT_TRUE(std::equal(expected.begin(), expected.end(), &made[std::size_t{32} * i]))
            << first << " + " << i;
      }
    }
  }
}

TEST_P(KernelStreams, InputsAreTheReferences) {
  for (const std::uint32_t dim : {128U, 384U, 640U}) {
    for (const std::uint32_t count : {1U, 3U, 17U}) {
      const DeviceMatrix<std::int16_t> x(tile(), Layout::kResidual, std::size_t{POC_TOKENS} * count,
                                         dim);
      std::vector<std::uint8_t> keys;
      std::vector<std::int16_t> expected;
      for (std::uint32_t i = 0; i < count; ++i) {
        const base::Bytes32 key = random_hash(random_);
        keys.insert(keys.end(), key.begin(), key.end());
        const auto one = poc::reference::make_input(key, dim);
        expected.insert(expected.end(), one.begin(), one.end());
      }
      const DeviceMemory on_device(keys);
      run_in_parts(count * POC_TOKENS * dim / 64, [&](std::uint32_t item, std::uint32_t groups) {
        run_groups("make_input", groups, kItems, x.memory(), on_device, item, count, dim);
      });
      EXPECT_TRUE(x.values() == expected) << count << " nonces, dim " << dim;
    }
  }
}

}  // namespace
}  // namespace backends::opencl
