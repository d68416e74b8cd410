#include "tests/backends_opencl/kernels_products.h"

#include <algorithm>
#include <cstdlib>

#include "tests/support/vectors.h"

// The products with each epilogue: random inputs in shapes that end within tiles, the largest sums,
// every remainder of the roundings, and the operators' known answers.

namespace backends::opencl {
namespace {

class KernelProducts : public EachProduct {};
INSTANTIATE_EACH_TILE(KernelProducts);

// Small enough for an interpreter that watches every access.
TEST_P(KernelProducts, EqualReferenceOnTheSmallestShape) {
  expect_narrow_equal(random_case(random_, 16, 128, 128));
  expect_gate_equal(random_case(random_, 16, 256, 128));
  expect_add_equal(random_case(random_, 16, 128, 128), POC_GAIN_FFN, 32767);
}

TEST_P(KernelProducts, EqualReferenceOnRandomInputsOfOddShapes) {
  struct Shape {
    std::uint32_t nonces, outputs, inputs;
  };
  for (const auto [nonces, outputs, inputs] :
       {Shape{1, 256, 128}, {3, 768, 384}, {17, 256, 640}, {3, 256, 896}, {21, 1792, 128}}) {
    expect_all_equal(random_case(random_, nonces * POC_TOKENS, outputs, inputs));
  }
}

// Odd multiples of 128 outputs: narrow and add alone, as gates and ups come in pairs.
TEST_P(KernelProducts, EqualReferenceOnOddNumbersOfOutputs) {
  for (const std::uint32_t outputs : {128U, 384U, 640U}) {
    const Case c = random_case(random_, 16, outputs, 256);
    expect_narrow_equal(c);
    expect_add_equal(c, POC_GAIN_ATTENTION, 32767);
    expect_add_equal(c, POC_GAIN_FFN, 2000);
  }
}

// The largest sums there are, of either sign: nothing saturates, wraps or is rounded on the way.
TEST_P(KernelProducts, EqualReferenceWhereLargest) {
  for (const int activation : {-127, 127}) {
    for (const int weight : {-64, 64}) {
      expect_all_equal(constant_case(16, 256, 2048, activation, weight));
    }
  }
  for (const int weight : {-64, 64}) {
    expect_narrow_equal(constant_case(16, 128, POC_MAX_DIM, 127, weight));
    expect_gate_equal(constant_case(16, 256, POC_MAX_DIM, -127, weight));
    expect_add_equal(constant_case(16, 128, POC_MAX_DIM, 127, weight), POC_GAIN_ATTENTION, 32767);
    expect_add_equal(constant_case(16, 128, POC_MAX_FFN, -127, weight), POC_GAIN_FFN, 32767);
  }
}

// Just past what a float holds, and where a span of it ends within the product.
TEST_P(KernelProducts, EqualReferenceAroundTheSpanOfAFloat) {
  for (const std::uint32_t inputs : {2048U, 2176U, 4096U, 6144U}) {
    Case c = random_case(random_, 16, 256, inputs);
    // Sums that need the last of 24 bits: large, and odd.
    for (std::uint32_t j = 0; j < inputs; ++j) {
      c.activations[j] = static_cast<std::int8_t>(j == inputs - 1 ? 1 : 127);
      c.weights[j] = static_cast<std::int8_t>(j == inputs - 1 ? 1 : 64);
      c.weights[inputs + j] = static_cast<std::int8_t>(-c.weights[j]);
    }
    expect_all_equal(c);
  }
}

// Every sum from -8192 to 8191, so every remainder of the roundings, exact ties included.
TEST_P(KernelProducts, EqualReferenceWhereSmall) {
  for (const std::uint32_t inputs : {128U, 512U, 2048U}) {  // p = 0, 1, 2
    Case c{inputs, {}, {}};
    for (int n = 0; n < 256; ++n) {
      std::vector<std::int8_t> weights(inputs);
      weights.at(0) = 64;
      weights.at(inputs - 1) = static_cast<std::int8_t>(n % 128 - 64);
      c.weights.insert(c.weights.end(), weights.begin(), weights.end());
    }
    for (int row = 0; row < 128; ++row) {  // a row holds sum - 64 .. sum + 63
      std::vector<std::int8_t> activations(inputs);
      activations.at(0) = static_cast<std::int8_t>(2 * row - 127);
      activations.at(inputs - 1) = 1;
      c.activations.insert(c.activations.end(), activations.begin(), activations.end());
    }
    expect_all_equal(c);
  }
}

/// A row of activations whose sum with weights of 64, and of 1 in the last of `columns` columns, is
/// `wanted`.
void write_sum(std::int8_t* row, std::uint32_t columns, std::int32_t wanted) {
  const std::int32_t ones = wanted % 64;
  std::int32_t units = wanted / 64;
  row[columns - 1] = static_cast<std::int8_t>(ones);
  for (std::uint32_t j = 0; j + 1 < columns; ++j) {
    const std::int32_t part = std::clamp(units, -127, 127);
    row[j] = static_cast<std::int8_t>(part);
    units -= part;
  }
  ASSERT_EQ(units, 0) << wanted << " does not fit " << columns << " columns";
}

/// Rows with such sums, and weights for which output 0 has them; for the largest sums, whose
/// columns are all 64, output 1.
Case case_of_sums(std::uint32_t inputs, const std::vector<std::int32_t>& sums) {
  Case c{inputs, std::vector<std::int8_t>((sums.size() + 15) / 16 * 16 * inputs),
         std::vector<std::int8_t>(std::size_t{128} * inputs, 64)};
  c.weights[inputs - 1] = 1;
  for (std::size_t i = 0; i < sums.size(); ++i) {
    std::int8_t* row = &c.activations[i * inputs];
    if (std::abs(sums[i]) == 64 * 127 * static_cast<std::int32_t>(inputs)) {
      std::fill_n(row, inputs, static_cast<std::int8_t>(sums[i] < 0 ? -127 : 127));
    } else {
      write_sum(row, inputs, sums[i]);
    }
  }
  return c;
}
std::size_t output_of_sum(std::uint32_t inputs, std::int32_t sum) {
  return std::abs(sum) == 64 * 127 * static_cast<std::int32_t>(inputs) ? 1 : 0;
}

TEST_P(KernelProducts, GiveTheOperatorsKnownAnswersOfNarrow) {
  const auto document = tests::load_vector_file("operators");
  for (const auto& known : document["narrow"].GetArray()) {
    const std::uint32_t inputs = known["k"].GetUint();
    if (inputs > POC_MAX_DIM) continue;
    std::vector<std::int32_t> sums;
    for (const auto& v : known["acc"].GetArray()) sums.push_back(v.GetInt());
    const auto out = narrow(case_of_sums(inputs, sums));
    for (std::size_t i = 0; i < sums.size(); ++i) {
      EXPECT_EQ(out[i * 128 + output_of_sum(inputs, sums[i])],
                known["out"][static_cast<rapidjson::SizeType>(i)].GetInt())
          << sums[i] << " of " << inputs;
    }
  }
}

TEST_P(KernelProducts, GiveTheOperatorsKnownAnswersOfAdd) {
  const auto document = tests::load_vector_file("operators");
  for (const auto& known : document["add"].GetArray()) {
    const std::uint32_t inputs = known["k"].GetUint();
    std::vector<std::int32_t> sums;
    for (const auto& v : known["x_acc_out"].GetArray()) sums.push_back(v[1].GetInt());
    const Case c = case_of_sums(inputs, sums);
    std::vector<std::int16_t> x(std::size_t{c.rows()} * 128);
    for (std::size_t i = 0; i < sums.size(); ++i) {
      const auto& row = known["x_acc_out"][static_cast<rapidjson::SizeType>(i)];
      x[i * 128 + output_of_sum(inputs, sums[i])] = static_cast<std::int16_t>(row[0].GetInt());
    }
    const auto out = add(c, known["gain16"].GetUint(), x);
    for (std::size_t i = 0; i < sums.size(); ++i) {
      const auto& row = known["x_acc_out"][static_cast<rapidjson::SizeType>(i)];
      EXPECT_EQ(out[i * 128 + output_of_sum(inputs, sums[i])], row[2].GetInt())
          << row[0].GetInt() << " and " << sums[i] << " of " << inputs;
    }
  }
}

/// A sum that narrow makes `value` of.
std::int32_t sum_for(int value, poc::Factor f) {
  std::int32_t sum = value * (1 << (14 + f.p)) / f.m;
  while (poc::narrow(sum, f) < value) ++sum;
  while (poc::narrow(sum, f) > value) --sum;
  return sum;
}

TEST_P(KernelProducts, GiveTheOperatorsKnownAnswersOfGate) {
  constexpr std::uint32_t kInputs = 128;  // the first half for the gates, the others for the ups
  const poc::Factor f = poc::factor(kInputs, POC_GAIN_NARROW);
  Case c{kInputs, {}, std::vector<std::int8_t>(std::size_t{256} * kInputs)};
  for (const auto& [output, first] : {std::pair{0U, 0U}, std::pair{128U, 64U}}) {
    std::fill_n(&c.weights[output * kInputs + first], 63, std::int8_t{64});
    c.weights[output * kInputs + first + 63] = 1;
  }
  std::vector<int> expected;
  const auto document = tests::load_vector_file("operators");
  for (const auto& known : document["gate"].GetArray()) {
    for (rapidjson::SizeType i = 0; i < known["u"].Size(); ++i) {
      c.activations.resize(c.activations.size() + kInputs);
      std::int8_t* row = &c.activations[c.activations.size() - kInputs];
      write_sum(row, 64, sum_for(known["g"].GetInt(), f));
      write_sum(row + 64, 64, sum_for(known["u"][i].GetInt(), f));
      expected.push_back(known["out"][i].GetInt());
    }
  }
  c.activations.resize((expected.size() + 15) / 16 * 16 * kInputs);
  const auto out = gate(c);
  for (std::size_t i = 0; i < expected.size(); ++i) EXPECT_EQ(out[i * 128], expected[i]) << i;
}

}  // namespace
}  // namespace backends::opencl
