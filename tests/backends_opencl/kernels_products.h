#pragma once

#include <vector>

#include "poc/core.h"
#include "poc/reference.h"
#include "tests/backends_opencl/kernels_harness.h"

// What the products' tests share: each epilogue against the reference's sums and the operators of
// poc/core.h.
namespace backends::opencl {

/// Rows of activations and of weights, plain as the reference takes them.
struct Case {
  std::uint32_t inputs = 0;
  std::vector<std::int8_t> activations;  // [rows][inputs]
  std::vector<std::int8_t> weights;      // [outputs][inputs]

  std::uint32_t rows() const { return static_cast<std::uint32_t>(activations.size() / inputs); }
  std::uint32_t outputs() const { return static_cast<std::uint32_t>(weights.size() / inputs); }
  std::vector<std::int32_t> sums() const {
    return poc::reference::product(activations, weights, inputs);
  }
};

inline Case random_case(Random& random, std::uint32_t rows, std::uint32_t outputs,
                        std::uint32_t inputs) {
  return {inputs, random_values<std::int8_t>(random, std::size_t{rows} * inputs, 127),
          random_values<std::int8_t>(random, std::size_t{outputs} * inputs, 64)};
}

inline Case constant_case(std::uint32_t rows, std::uint32_t outputs, std::uint32_t inputs,
                          int activation, int weight) {
  return {inputs, std::vector(std::size_t{rows} * inputs, static_cast<std::int8_t>(activation)),
          std::vector(std::size_t{outputs} * inputs, static_cast<std::int8_t>(weight))};
}

/// A test of the products, which are cut into several launches at places of chance.
class EachProduct : public EachTile {
 protected:
  std::vector<std::int8_t> narrow(const Case& c) {
    const DeviceMatrix<std::int8_t> out(tile(), Layout::kActivations, c.rows(), c.outputs());
    run("narrow", c, Layout::kWeights, out.memory(), c.outputs(), POC_GAIN_NARROW);
    return out.values();
  }

  /// Of the weights the first half of the outputs are gates, the others ups.
  std::vector<std::int8_t> gate(const Case& c) {
    const std::uint32_t ffn = c.outputs() / 2;
    const DeviceMatrix<std::int8_t> out(tile(), Layout::kActivations, c.rows(), ffn);
    run("gate", c, Layout::kGateUpWeights, out.memory(), ffn, POC_GAIN_NARROW);
    return out.values();
  }

  /// `x`: [rows][outputs].
  std::vector<std::int16_t> add(const Case& c, std::uint32_t gain16,
                                const std::vector<std::int16_t>& x) {
    const DeviceMatrix<std::int16_t> out(tile(), Layout::kResidual, std::span(x), c.outputs());
    run("add", c, Layout::kWeights, out.memory(), c.outputs(), gain16);
    return out.values();
  }

  void expect_narrow_equal(const Case& c) {
    const poc::Factor f = poc::factor(c.inputs, POC_GAIN_NARROW);
    std::vector<std::int8_t> expected;
    for (const std::int32_t sum : c.sums()) expected.push_back(poc::narrow(sum, f));
    EXPECT_TRUE(narrow(c) == expected) << "narrow";
  }

  void expect_gate_equal(const Case& c) {
    const poc::Factor f = poc::factor(c.inputs, POC_GAIN_NARROW);
    const std::size_t ffn = c.outputs() / 2;
    const auto sums = c.sums();
    std::vector<std::int8_t> expected;
    for (std::size_t i = 0; i < c.rows() * ffn; ++i) {
      const std::size_t at = i / ffn * 2 * ffn + i % ffn;
      expected.push_back(poc::gate(poc::narrow(sums[at], f), poc::narrow(sums[at + ffn], f)));
    }
    EXPECT_TRUE(gate(c) == expected) << "gate";
  }

  /// The residual is random within -limit .. limit; with 32767 it is that, of either sign.
  void expect_add_equal(const Case& c, std::uint32_t gain16, int limit) {
    const poc::Factor f = poc::factor(c.inputs, gain16);
    auto x = random_values<std::int16_t>(random_, std::size_t{c.rows()} * c.outputs(), limit);
    if (limit == 32767) {
      for (std::int16_t& v : x) v = v < 0 ? std::int16_t{-32767} : std::int16_t{32767};
    }
    const auto sums = c.sums();
    std::vector<std::int16_t> expected;
    for (std::size_t i = 0; i < x.size(); ++i) expected.push_back(poc::add(x[i], sums[i], f));
    EXPECT_TRUE(add(c, gain16, x) == expected) << "add, gain " << gain16;
  }

  void expect_all_equal(const Case& c) {
    SCOPED_TRACE(testing::Message()
                 << c.rows() << " rows, " << c.outputs() << " outputs, " << c.inputs << " inputs");
    expect_narrow_equal(c);
    expect_gate_equal(c);
    expect_add_equal(c, POC_GAIN_ATTENTION, 2000);
    expect_add_equal(c, POC_GAIN_FFN, 32767);
  }

 private:
  void run(const std::string& epilogue, const Case& c, Layout weights, const DeviceMemory& out,
           std::uint32_t outputs, std::uint32_t gain16) {
    const DeviceMatrix<std::int8_t> a(tile(), Layout::kActivations, std::span(c.activations),
                                      c.inputs);
    const DeviceMatrix<std::int8_t> w(tile(), weights, std::span(c.weights), c.inputs);
    const poc::Factor f = poc::factor(c.inputs, gain16);
    const std::uint32_t tiles =
        (c.rows() + tile().rows - 1) / tile().rows * (c.outputs() / tile().outputs);
    for (std::uint32_t first = 0; first < tiles;) {
      const std::uint32_t count = 1 + static_cast<std::uint32_t>(random_()) % (tiles - first);
      run_groups(product_kernel(epilogue, c.inputs), count, tile().items(), out, a.memory(),
                 w.memory(), first, c.rows(), outputs, c.inputs, f.m, f.p);
      first += count;
    }
  }
};

}  // namespace backends::opencl
