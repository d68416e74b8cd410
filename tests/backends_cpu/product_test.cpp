#include "poc/reference.h"
#include "tests/backends_cpu/paths.h"

// The products of each path, epilogues included, against the reference.

namespace backends::cpu {
namespace {

class ProductKernels : public EachPath {};
INSTANTIATE_EACH_PATH(ProductKernels);

constexpr std::size_t kStride = 48;  // outputs go to columns 16..31 of 48
constexpr std::size_t kColumn = 16;

/// One block of weights and some rows, plain as the reference takes them.
struct Case {
  std::uint32_t inputs;
  std::vector<std::int8_t> activations;  // [rows][inputs]
  std::vector<std::int8_t> weights;      // [16][inputs]

  std::size_t rows() const { return activations.size() / inputs; }
};

/// A Case as a kernel takes it.
class Packed {
 public:
  Packed(const Case& c, std::uint32_t gain16)
      : activations_(with_offset(c.activations)),
        weights_(c.weights.size() / sizeof(Line)),
        corrections_(kBlockOutputs) {
    auto* packed = reinterpret_cast<std::int8_t*>(weights_.data());
    for (std::size_t n = 0; n < kBlockOutputs; ++n) {
      for (std::size_t j = 0; j < c.inputs; ++j) {
        const std::int8_t weight = c.weights[n * c.inputs + j];
        packed[packed_offset(n, j)] = weight;
        corrections_[n] -= kActivationOffset * weight;
      }
    }
    product_ = {activations_.data(),          c.rows(), c.inputs, packed, corrections_.data(),
                poc::factor(c.inputs, gain16)};
  }
  const Product& product() const { return product_; }

 private:
  struct alignas(64) Line {
    std::int8_t bytes[64];
  };
  std::vector<std::uint8_t> activations_;
  std::vector<Line> weights_;
  std::vector<std::int32_t> corrections_;
  Product product_{};
};

void expect_narrow_equal(const Kernels& kernels, const Case& c) {
  const Packed packed(c, POC_GAIN_NARROW);
  std::vector<std::int8_t> expected(c.rows() * kStride, -128);
  const auto sums = poc::reference::product(c.activations, c.weights, c.inputs);
  for (std::size_t i = 0; i < sums.size(); ++i) {
    expected[i / kBlockOutputs * kStride + kColumn + i % kBlockOutputs] =
        poc::narrow(sums[i], packed.product().factor);
  }
  std::vector<std::int8_t> out(expected.size(), -128);
  kernels.product_narrow(packed.product(), out.data() + kColumn, kStride);
  EXPECT_EQ(out, expected);
}

void expect_add_equal(const Kernels& kernels, const Case& c, std::uint32_t gain16, Random& random,
                      int x_limit) {
  const Packed packed(c, gain16);
  auto x = random_values<std::int16_t>(random, c.rows() * kStride, x_limit);
  if (x_limit == 32767) {
    for (std::int16_t& v : x) v = v < 0 ? std::int16_t{-32767} : std::int16_t{32767};
  }
  auto expected = x;
  const auto sums = poc::reference::product(c.activations, c.weights, c.inputs);
  for (std::size_t i = 0; i < sums.size(); ++i) {
    std::int16_t& v = expected[i / kBlockOutputs * kStride + kColumn + i % kBlockOutputs];
    v = poc::add(v, sums[i], packed.product().factor);
  }
  kernels.product_add(packed.product(), x.data() + kColumn, kStride);
  EXPECT_EQ(x, expected);
}

void expect_all_equal(const Kernels& kernels, const Case& c, Random& random) {
  const bool of_dim = c.inputs <= POC_MAX_DIM;  // the down product alone may be longer
  if (of_dim) expect_narrow_equal(kernels, c);
  for (const int x_limit : {0, 2000, 32767}) {
    if (of_dim) expect_add_equal(kernels, c, POC_GAIN_ATTENTION, random, x_limit);
    expect_add_equal(kernels, c, POC_GAIN_FFN, random, x_limit);
  }
}

TEST_P(ProductKernels, EqualReferenceOnRandomInputs) {
  Random random(11);
  for (const std::uint32_t inputs : {128U, 256U, 384U, 1536U, 2048U, 8192U}) {
    for (const std::size_t rows : {16U, 48U}) {
      SCOPED_TRACE(testing::Message() << inputs << " inputs, " << rows << " rows");
      const Case c{inputs, random_values<std::int8_t>(random, rows * inputs, 127),
                   random_values<std::int8_t>(random, kBlockOutputs * inputs, 64)};
      expect_all_equal(kernels(), c, random);
    }
  }
}

// The largest sums there are, of either sign: nothing saturates or wraps on the way.
TEST_P(ProductKernels, EqualReferenceAtTheLargestSums) {
  Random random(12);
  for (const std::uint32_t inputs : {128U, 8192U, 32768U}) {
    for (const int sign : {-1, 1}) {
      const auto weight = static_cast<std::int8_t>(64 * sign);
      Case c{inputs, std::vector<std::int8_t>(std::size_t{16} * inputs, 127),
             std::vector<std::int8_t>(kBlockOutputs * inputs, weight)};
      expect_all_equal(kernels(), c, random);
      c.activations.assign(c.activations.size(), -127);
      expect_all_equal(kernels(), c, random);
    }
  }
}

TEST_P(ProductKernels, EqualReferenceAtAlternatingExtremes) {
  Random random(13);
  constexpr std::uint32_t kInputs = 512;
  for (const std::size_t period : {2U, 3U, 4U, 8U}) {
    Case c{kInputs, std::vector<std::int8_t>(16 * kInputs), std::vector<std::int8_t>(16 * kInputs)};
    for (std::size_t i = 0; i < c.activations.size(); ++i) {
      c.activations[i] = i % period == 0 ? -127 : 127;
      c.weights[i] = i % period == 0 ? -64 : 64;
    }
    expect_all_equal(kernels(), c, random);
  }
}

// Every sum from -8192 to 8192, so every remainder of the roundings, exact ties included.
TEST_P(ProductKernels, EqualReferenceAtEverySmallSum) {
  Random random(14);
  for (const std::uint32_t inputs : {128U, 512U, 2048U}) {  // p = 0, 1, 2
    Case c{inputs, {}, {}};
    for (int n = 0; n < 16; ++n) {
      std::vector<std::int8_t> weights(inputs);
      weights.at(0) = 64;
      weights.at(inputs / 2) = 1;
      weights.at(inputs - 1) = static_cast<std::int8_t>(n);
      c.weights.insert(c.weights.end(), weights.begin(), weights.end());
    }
    for (int sum = -8192; sum < 8192; sum += 16) {  // a row holds sum .. sum + 15
      std::vector<std::int8_t> row(inputs);
      row.at(0) = static_cast<std::int8_t>(sum / 64 == -128 ? -127 : sum / 64);
      row.at(inputs / 2) = static_cast<std::int8_t>(sum - 64 * row.at(0));
      row.at(inputs - 1) = 1;
      c.activations.insert(c.activations.end(), row.begin(), row.end());
    }
    expect_all_equal(kernels(), c, random);
  }
}

}  // namespace
}  // namespace backends::cpu
