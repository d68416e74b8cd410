#include <algorithm>

#include "poc/reference.h"
#include "tests/backends_cpu/paths.h"

// The products of each path, epilogues included, against the reference.

namespace backends::cpu {
namespace {

class ProductKernels : public EachPath {};
INSTANTIATE_EACH_PATH(ProductKernels);

constexpr std::size_t kColumn = 16;  // outputs go to columns 16..47 of 64
constexpr std::size_t kStride = 64;

/// One panel of weights and some rows, plain as the reference takes them.
struct Case {
  std::uint32_t inputs;
  std::vector<std::int8_t> activations;  // [rows][inputs]
  std::vector<std::int8_t> weights;      // [kPanelOutputs][inputs]

  std::size_t rows() const { return activations.size() / inputs; }
  std::vector<std::int32_t> sums() const {
    return poc::reference::product(activations, weights, inputs);
  }
};

/// A Case as a kernel takes it.
class Packed {
 public:
  Packed(const Case& c, std::uint32_t gain16)
      : activations_(tiled(c.activations, c.inputs)),
        weights_(c.weights.size()),
        corrections_(kPanelOutputs) {
    for (std::size_t n = 0; n < kPanelOutputs; ++n) {
      std::int8_t* block = weights_.data() + n / kBlockOutputs * kBlockOutputs * c.inputs;
      for (std::size_t j = 0; j < c.inputs; ++j) {
        const std::int8_t weight = c.weights[n * c.inputs + j];
        block[packed_offset(n % kBlockOutputs, j)] = weight;
        corrections_[n] -= kActivationOffset * weight;
      }
    }
    product_ = {
        activations_.data(),          c.rows(), c.inputs, weights_.data(), corrections_.data(),
        poc::factor(c.inputs, gain16)};
  }
  const Product& product() const { return product_; }

 private:
  Aligned<std::uint8_t> activations_;
  Aligned<std::int8_t> weights_;
  std::vector<std::int32_t> corrections_;
  Product product_{};
};

/// Where sum i of a Case goes in rows of kStride columns.
std::size_t place_of(std::size_t i) {
  return i / kPanelOutputs * kStride + kColumn + i % kPanelOutputs;
}

void expect_narrow_equal(const Kernels& kernels, const Case& c) {
  const Packed packed(c, POC_GAIN_NARROW);
  std::vector<std::int8_t> expected(c.rows() * kStride, -128);
  const auto sums = c.sums();
  for (std::size_t i = 0; i < sums.size(); ++i) {
    expected[place_of(i)] = poc::narrow(sums[i], packed.product().factor);
  }
  std::vector<std::int8_t> out(expected.size(), -128);
  const Entered entered(kernels);
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
  const auto sums = c.sums();
  for (std::size_t i = 0; i < sums.size(); ++i) {
    std::int16_t& v = expected[place_of(i)];
    v = poc::add(v, sums[i], packed.product().factor);
  }
  const Entered entered(kernels);
  kernels.product_add(packed.product(), x.data() + kColumn, kStride);
  EXPECT_EQ(x, expected);
}

/// The gate of two products, in columns 32..63 of 128 that stay as they were elsewhere.
void expect_gate_equal(const Kernels& kernels, const Case& g, const Case& u) {
  constexpr std::size_t kFfn = 128;
  constexpr std::size_t kFirst = 32;
  const Packed packed_g(g, POC_GAIN_NARROW);
  const Packed packed_u(u, POC_GAIN_NARROW);
  const poc::Factor factor = packed_g.product().factor;
  Product product_u = packed_u.product();
  product_u.activations = packed_g.product().activations;
  std::vector<std::uint8_t> expected(g.rows() * kFfn, 7);
  const auto g_sums = g.sums();
  const auto u_sums = Case{u.inputs, g.activations, u.weights}.sums();
  for (std::size_t i = 0; i < g_sums.size(); ++i) {
    const std::size_t at = tiled_offset(i / kPanelOutputs, kFirst + i % kPanelOutputs, kFfn);
    expected[at] = offset_activation(
        poc::gate(poc::narrow(g_sums[i], factor), poc::narrow(u_sums[i], factor)));
  }
  std::vector<std::uint8_t> h(expected.size(), 7);
  const Entered entered(kernels);
  kernels.product_gate(packed_g.product(), product_u, h.data(), kFfn, kFirst);
  EXPECT_EQ(h, expected);
}

void expect_all_equal(const Kernels& kernels, const Case& c, Random& random) {
  const bool of_dim = c.inputs <= POC_MAX_DIM;  // the down product alone may be longer
  if (of_dim) {
    expect_narrow_equal(kernels, c);
    Case mirrored = c;
    std::reverse(mirrored.weights.begin(), mirrored.weights.end());
    expect_gate_equal(kernels, c, mirrored);
  }
  for (const int x_limit : {0, 2000, 32767}) {
    if (of_dim) expect_add_equal(kernels, c, POC_GAIN_ATTENTION, random, x_limit);
    expect_add_equal(kernels, c, POC_GAIN_FFN, random, x_limit);
  }
}

TEST_P(ProductKernels, EqualReferenceOnRandomInputs) {
  Random random(11);
  for (const std::uint32_t inputs : {128U, 256U, 384U, 1536U, 2048U, 8192U}) {
    for (const std::size_t rows : {16U, 32U, 80U}) {
      SCOPED_TRACE(testing::Message() << inputs << " inputs, " << rows << " rows");
      const Case c{inputs, random_values<std::int8_t>(random, rows * inputs, 127),
                   random_values<std::int8_t>(random, kPanelOutputs * inputs, 64)};
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
             std::vector<std::int8_t>(kPanelOutputs * inputs, weight)};
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
    Case c{kInputs, std::vector<std::int8_t>(16 * kInputs),
           std::vector<std::int8_t>(kPanelOutputs * kInputs)};
    for (std::size_t i = 0; i < c.activations.size(); ++i) {
      c.activations[i] = i % period == 0 ? -127 : 127;
    }
    for (std::size_t i = 0; i < c.weights.size(); ++i) c.weights[i] = i % period == 0 ? -64 : 64;
    expect_all_equal(kernels(), c, random);
  }
}

// Every sum from -8192 to 8192, so every remainder of the roundings, exact ties included.
TEST_P(ProductKernels, EqualReferenceAtEverySmallSum) {
  Random random(14);
  for (const std::uint32_t inputs : {128U, 512U, 2048U}) {  // p = 0, 1, 2
    Case c{inputs, {}, {}};
    for (int n = 0; n < static_cast<int>(kPanelOutputs); ++n) {
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

/// One input decides g and u: a row holds one pair of them, near every value -127..127 of each.
TEST_P(ProductKernels, GateEqualsReferenceForNarrowedValuesOfEverySize) {
  constexpr std::uint32_t kInputs = 128;
  Random random(15);
  Case g{kInputs, random_values<std::int8_t>(random, std::size_t{512} * kInputs, 127), {}};
  Case u = g;
  // Outputs of every size: weights of magnitude 1 .. 64 alone, so that narrowed sums spread.
  for (std::size_t n = 0; n < kPanelOutputs; ++n) {
    const int limit = 1 + static_cast<int>(2 * n);
    for (Case* c : {&g, &u}) {
      const auto row = random_values<std::int8_t>(random, kInputs, limit);
      c->weights.insert(c->weights.end(), row.begin(), row.end());
    }
  }
  expect_gate_equal(kernels(), g, u);
}

}  // namespace
}  // namespace backends::cpu
