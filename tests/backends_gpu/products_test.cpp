#include <string>
#include <tuple>

#include "backends/gpu/kernels/raster.h"
#include "tests/backends_gpu/product_bench.h"

// The products of each path with each epilogue, in shapes that end within tiles and bands, in both
// orders of the emulator.

namespace backends::gpu {
namespace {

using PathAndOrder = std::tuple<ProductPath, Order>;

class Products : public testing::TestWithParam<PathAndOrder> {
 protected:
  ProductBench bench_{std::get<0>(GetParam()), std::get<1>(GetParam())};
};

std::string path_and_order(const testing::TestParamInfo<PathAndOrder>& info) {
  return std::string(std::get<0>(info.param).name) +
         (std::get<1>(info.param) == Order::kForward ? "Forward" : "Backward");
}

INSTANTIATE_TEST_SUITE_P(Paths, Products,
                         testing::Combine(testing::ValuesIn(shared_paths().begin(),
                                                            shared_paths().end()),
                                          testing::Values(Order::kForward, Order::kBackward)),
                         path_and_order);

TEST_P(Products, EqualReferenceOnRandomInputsOfOddShapes) {
  struct Shape {
    std::uint32_t outputs, inputs;
  };
  for (const auto [outputs, inputs] : {Shape{1280, 128}, {256, 256}, {768, 384}, {256, 640}}) {
    const std::uint32_t rows = 16 * (1 + static_cast<std::uint32_t>(bench_.random()() % 18));
    bench_.expect_all_equal(random_case(bench_.random(), rows, outputs, inputs));
  }
}

// Odd numbers of panels of outputs: narrow and add alone, as gates and ups come in pairs.
TEST_P(Products, EqualReferenceOnOddNumbersOfOutputs) {
  for (const std::uint32_t outputs : {128U, 384U, 640U}) {
    const Case c = random_case(bench_.random(), 16, outputs, 256);
    bench_.expect_narrow_equal(c);
    bench_.expect_add_equal(c, POC_GAIN_ATTENTION, 32767);
    bench_.expect_add_equal(c, POC_GAIN_FFN, 2000);
  }
}

// More tiles down than are computed together, and a last band of fewer.
TEST_P(Products, EqualReferenceOnManyRows) {
  const std::uint32_t rows = (kRasterRows + 1) * bench_.path().tile_rows + 16;
  bench_.expect_all_equal(random_case(bench_.random(), rows, 512, 128));
}

}  // namespace
}  // namespace backends::gpu
