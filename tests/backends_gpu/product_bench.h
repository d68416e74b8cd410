#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "backends/gpu/product_path.h"
#include "poc/core.h"
#include "poc/reference.h"
#include "tests/backends_gpu/kernel_bench.h"

// What the products' tests share: each epilogue against the reference's sums and the operators of
// poc/core.h.
namespace backends::gpu {

/// Rows of activations and of weights, plain as the reference takes them.
struct Case {
  std::uint32_t inputs;
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

/// One path's three kernels, run as the host code runs them.
class ProductBench {
 public:
  ProductBench(const ProductPath& path, Order order) : path_(path), bench_(order) {}

  const ProductPath& path() const { return path_; }
  Random& random() { return random_; }

  void expect_narrow_equal(const Case& c) {
    ProductArguments args = arguments(c, POC_GAIN_NARROW);
    const DeviceMatrix a(driver_, c.activations, c.inputs);
    DeviceMatrix w(driver_, c.outputs(), c.inputs);
    place_weights(c, false, w);
    const DeviceMatrix out(driver_, c.rows(), c.outputs());
    args.a = a.panels();
    args.w = w.panels();
    args.narrowed = out.panels();
    run("narrow", args);
    std::vector<std::int8_t> expected;
    for (const std::int32_t sum : c.sums()) expected.push_back(poc::narrow(sum, args.factor));
    EXPECT_EQ(out.values(), expected);
  }

  /// Of the weights the first half of the outputs are gates, the others ups.
  void expect_gate_equal(const Case& c) {
    ProductArguments args = arguments(c, POC_GAIN_NARROW);
    const std::uint32_t ffn = c.outputs() / 2;
    const DeviceMatrix a(driver_, c.activations, c.inputs);
    DeviceMatrix w(driver_, c.outputs(), c.inputs);
    place_weights(c, true, w);
    const DeviceMatrix out(driver_, c.rows(), ffn);
    args.a = a.panels();
    args.w = w.panels();
    args.narrowed = out.panels();
    run("gate", args);
    const auto sums = c.sums();
    std::vector<std::int8_t> expected;
    for (std::size_t i = 0; i < std::size_t{c.rows()} * ffn; ++i) {
      const std::size_t at = i / ffn * 2 * ffn + i % ffn;
      expected.push_back(
          poc::gate(poc::narrow(sums[at], args.factor), poc::narrow(sums[at + ffn], args.factor)));
    }
    EXPECT_EQ(out.values(), expected);
  }

  /// `x`: [rows][outputs].
  void expect_add_equal(const Case& c, std::uint32_t gain16, const std::vector<std::int16_t>& x) {
    ProductArguments args = arguments(c, gain16);
    const DeviceMatrix a(driver_, c.activations, c.inputs);
    DeviceMatrix w(driver_, c.outputs(), c.inputs);
    place_weights(c, false, w);
    const DeviceResidual residual(driver_, x, c.outputs());
    args.a = a.panels();
    args.w = w.panels();
    args.x = residual.data();
    run("add", args);
    const auto sums = c.sums();
    std::vector<std::int16_t> expected;
    for (std::size_t i = 0; i < x.size(); ++i) {
      expected.push_back(poc::add(x[i], sums[i], args.factor));
    }
    EXPECT_EQ(residual.values(), expected);
  }

  void expect_add_equal(const Case& c, std::uint32_t gain16, int limit) {
    auto x = random_values<std::int16_t>(random_, std::size_t{c.rows()} * c.outputs(), limit);
    if (limit == 32767) {
      for (std::int16_t& v : x) v = v < 0 ? std::int16_t{-32767} : std::int16_t{32767};
    }
    expect_add_equal(c, gain16, x);
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
  void run(const std::string& epilogue, const ProductArguments& args) {
    const std::uint32_t down = round_up(args.rows, path_.tile_rows) / path_.tile_rows;
    const std::uint32_t across = round_up(args.outputs, path_.tile_outputs) / path_.tile_outputs;
    bench_.run("product_" + std::string(path_.name) + '_' + epilogue, down * across, 1,
               path_.threads, args, path_.shared_bytes);
  }

  ProductArguments arguments(const Case& c, std::uint32_t gain16) {
    ProductArguments args{};
    args.stop = bench_.stop();
    args.rows = c.rows();
    args.outputs = c.outputs();
    args.inputs = c.inputs;
    args.backward = random_() % 2 != 0;
    args.factor = poc::factor(c.inputs, gain16);
    return args;
  }

  static void place_weights(const Case& c, bool gate_up, DeviceMatrix& w) {
    for (std::uint32_t n = 0; n < c.outputs(); ++n) {
      w.set_row(gate_up ? gate_up_place(n, c.outputs() / 2) : output_place(n),
                &c.weights[std::size_t{n} * c.inputs]);
    }
  }

  ProductPath path_;
  KernelBench bench_;
  Driver& driver_ = bench_.driver();
  Random random_{11};
};

}  // namespace backends::gpu
