#include <string>
#include <vector>

#include "tests/backends_gpu/product_bench.h"

// The products of each path with each epilogue, where sums are largest and where roundings tie.

namespace backends::gpu {
namespace {

/// Where the order in which threads run is of no interest.
class ProductSums : public testing::TestWithParam<ProductPath> {
 protected:
  ProductBench bench_{GetParam(), Order::kForward};
};

INSTANTIATE_TEST_SUITE_P(Paths, ProductSums,
                         testing::ValuesIn(shared_paths().begin(), shared_paths().end()),
                         [](const auto& path) { return std::string(path.param.name); });

// The largest sums there are, of either sign: nothing saturates or wraps on the way.
TEST_P(ProductSums, EqualReferenceWhereLargest) {
  for (const int activation : {-127, 127}) {
    for (const int weight : {-64, 64}) {
      bench_.expect_all_equal(constant_case(16, 256, POC_MAX_DIM / 8, activation, weight));
    }
  }
  bench_.expect_gate_equal(constant_case(16, 256, POC_MAX_DIM, 127, 64));
  bench_.expect_add_equal(constant_case(16, 128, POC_MAX_FFN, 127, -64), POC_GAIN_FFN, 32767);
}

// Every sum from -8192 to 8191, so every remainder of the roundings, exact ties included.
TEST_P(ProductSums, EqualReferenceWhereSmall) {
  for (const std::uint32_t inputs : {128U, 512U, 2048U}) {  // p = 0, 1, 2
    Case c{inputs, {}, {}};
    for (int n = 0; n < 256; ++n) {
      std::vector<std::int8_t> weights(inputs);
      weights.at(0) = 64;
      weights.at(inputs - 1) = static_cast<std::int8_t>(n % 128 - 64);
      c.weights.insert(c.weights.end(), weights.begin(), weights.end());
    }
    for (int sum = -8128; sum <= 8128; sum += 128) {  // a row holds sum - 64 .. sum + 63
      std::vector<std::int8_t> row(inputs);
      row.at(0) = static_cast<std::int8_t>(sum / 64);
      row.at(inputs - 1) = 1;
      c.activations.insert(c.activations.end(), row.begin(), row.end());
    }
    bench_.expect_all_equal(c);
  }
}

}  // namespace
}  // namespace backends::gpu
