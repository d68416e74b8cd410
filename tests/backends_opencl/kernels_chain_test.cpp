#include <algorithm>

#include "poc/core.h"
#include "poc/keys.h"
#include "poc/reference.h"
#include "tests/backends_opencl/kernels_harness.h"

// All kernels one after the other, from the nonces to the list of what was found, with every
// intermediate against the reference.

namespace backends::opencl {
namespace {

class KernelChain : public EachTile {
 protected:
  void start(const poc::RaceSpec& race, std::uint32_t count) {
    race_ = race;
    count_ = count;
    model_ = std::make_unique<poc::ReferenceModel>(poc::ReferenceModel::make(race.model).value());
    x_ = matrix<std::int16_t>(Layout::kResidual, profile().dim);
    a_ = matrix<std::int8_t>(Layout::kActivations, profile().dim);
    keys_ = std::make_unique<DeviceMemory>(std::size_t{32} * count);
  }

  template <class T>
  std::unique_ptr<DeviceMatrix<T>> matrix(Layout layout, std::size_t columns) const {
    return std::make_unique<DeviceMatrix<T>>(tile(), layout, rows(), columns);
  }

  const poc::Profile& profile() const { return race_.model.profile; }
  std::uint32_t rows() const { return count_ * POC_TOKENS; }

  void make_inputs(std::uint64_t first_nonce) {
    const auto prefix = poc::input_key_prefix(race_);
    std::vector<std::uint8_t> words(128);
    for (std::size_t i = 0; i < prefix.size(); ++i) words[i / 4 * 4 + 3 - i % 4] = prefix[i];
    run_items("make_keys", count_, *keys_, DeviceMemory(words), first_nonce, 0U, count_);
    run_items("make_input", std::uint64_t{rows()} * profile().dim / 64, x_->memory(), *keys_, 0U,
              count_, profile().dim);
  }

  DeviceMatrix<std::int8_t> weights(std::uint32_t layer, std::uint32_t tensor) {
    const poc::TensorShape shape = poc::tensor_shape(profile(), tensor);
    const Layout layout = tensor == POC_TENSOR_GATE_UP ? Layout::kGateUpWeights : Layout::kWeights;
    DeviceMatrix<std::int8_t> made(tile(), layout, shape.outputs, shape.inputs);
    const auto blocks = static_cast<std::uint32_t>(shape.size() / 64);
    run_items("make_weights", blocks, made.memory(), little_words(poc::weight_key(race_.model)),
              layer, tensor, shape.outputs, shape.inputs, 0U, blocks);
    return made;
  }

  void norm() {
    run_groups("norm", (rows() + tile().norm_rows - 1) / tile().norm_rows, tile().norm_items,
               a_->memory(), x_->memory(), 0U, rows(), profile().dim);
  }

  void product(const std::string& epilogue, std::uint32_t layer, std::uint32_t tensor,
               std::uint32_t gain16, const DeviceMemory& out, const DeviceMemory& a) {
    const poc::TensorShape shape = poc::tensor_shape(profile(), tensor);
    const DeviceMatrix<std::int8_t> w = weights(layer, tensor);
    const poc::Factor f = poc::factor(shape.inputs, gain16);
    const std::uint32_t outputs = tensor == POC_TENSOR_GATE_UP ? shape.outputs / 2 : shape.outputs;
    run_groups(
        product_kernel(epilogue, shape.inputs),
        std::uint64_t{(rows() + tile().rows - 1) / tile().rows} * shape.outputs / tile().outputs,
        tile().items(), out, a, w.memory(), 0U, rows(), outputs, shape.inputs, f.m, f.p);
  }

  /// One layer; its intermediates in order: qkv, o, h and x.
  poc::LayerTrace layer(std::uint32_t index) {
    const auto qkv = matrix<std::int8_t>(Layout::kActivations, std::size_t{3} * profile().dim);
    const auto h = matrix<std::int8_t>(Layout::kActivations, profile().ffn);
    poc::LayerTrace trace;
    norm();
    product("narrow", index, POC_TENSOR_QKV, POC_GAIN_NARROW, qkv->memory(), a_->memory());
    trace.qkv = qkv->values();
    run_groups("attention", std::uint64_t{count_} * profile().heads(), tile().head_items,
               a_->memory(), qkv->memory(), 0U, count_, profile().heads());
    trace.o = a_->values();
    product("add", index, POC_TENSOR_OUT, POC_GAIN_ATTENTION, x_->memory(), a_->memory());
    trace.mid = x_->values();
    norm();
    product("gate", index, POC_TENSOR_GATE_UP, POC_GAIN_NARROW, h->memory(), a_->memory());
    trace.h = h->values();
    product("add", index, POC_TENSOR_DOWN, POC_GAIN_FFN, x_->memory(), h->memory());
    trace.x = x_->values();
    return trace;
  }

  /// The digests, by nonce, of a list that holds all.
  std::vector<poc::Digest> digests() {
    norm();
    const DeviceMemory hashes(std::size_t{32} * rows());
    run_items("hash_rows", rows(), hashes, a_->memory(), 0U, rows(), profile().dim);
    const DeviceMemory found(std::vector<std::uint8_t>(4 + std::size_t{36} * count_));
    base::Bytes32 all{};
    all.fill(0xff);
    run_items("make_tickets", count_, found, hashes, *keys_, 0U, count_, big_words(all));
    const auto bytes = found.read();
    EXPECT_EQ(bytes[0], count_);
    std::vector<poc::Digest> out(count_);
    for (std::size_t i = 0; i < count_; ++i) {
      std::copy_n(&bytes[8 + 36 * i], 32, out.at(bytes[4 + 36 * i]).begin());
    }
    return out;
  }

  /// Whether rows of nonce `i` within `all` are `one`.
  template <class T>
  static void expect_same(const char* what, const std::vector<T>& all, const std::vector<T>& one,
                          std::size_t i) {
    EXPECT_TRUE(std::equal(one.begin(), one.end(),
                           all.begin() + static_cast<std::ptrdiff_t>(i * one.size())))
        << what << " of nonce " << i;
  }

  void expect_evaluated(const poc::RaceSpec& race, std::uint32_t count) {
    constexpr std::uint64_t kFirst = 0xfffffffe;  // the high word of the nonces changes
    start(race, count);
    make_inputs(kFirst);
    std::vector<poc::LayerTrace> layers;
    for (std::uint32_t i = 0; i < profile().layers; ++i) layers.push_back(layer(i));
    const auto made = digests();
    for (std::size_t i = 0; i < count; ++i) {
      std::vector<poc::LayerTrace> trace;
      EXPECT_EQ(made[i], poc::evaluate(*model_, poc::input_key(race_, kFirst + i), &trace)) << i;
      for (std::size_t l = 0; l < layers.size(); ++l) {
        SCOPED_TRACE(testing::Message() << "layer " << l);
        expect_same("qkv", layers[l].qkv, trace[l].qkv, i);
        expect_same("o", layers[l].o, trace[l].o, i);
        expect_same("mid", layers[l].mid, trace[l].mid, i);
        expect_same("h", layers[l].h, trace[l].h, i);
        expect_same("x", layers[l].x, trace[l].x, i);
      }
    }
  }

  poc::RaceSpec random_race(const poc::Profile& profile) {
    return {{profile, random_hash(random_)}, random_hash(random_), random_hash(random_)};
  }

 private:
  poc::RaceSpec race_;
  std::uint32_t count_ = 0;
  std::unique_ptr<poc::ReferenceModel> model_;
  std::unique_ptr<DeviceMatrix<std::int16_t>> x_;
  std::unique_ptr<DeviceMatrix<std::int8_t>> a_;
  std::unique_ptr<DeviceMemory> keys_;
};
INSTANTIATE_EACH_TILE(KernelChain);

// Small enough for an interpreter that watches every access.
TEST_P(KernelChain, EqualsReferenceOnTheSmallestProfile) {
  expect_evaluated(random_race({1, 128, 128}), 1);
}

TEST_P(KernelChain, EqualsReferenceOnNano) {
  for (const std::uint32_t count : {1U, 3U, 17U}) {
    expect_evaluated(random_race({2, 128, 256}), count);
  }
}

TEST_P(KernelChain, EqualsReferenceOnOddShapes) {
  expect_evaluated(random_race({1, 384, 896}), 3);
  expect_evaluated(random_race({1, 640, 128}), 2);
}

}  // namespace
}  // namespace backends::opencl
