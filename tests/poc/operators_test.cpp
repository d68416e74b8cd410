// Single operators at their extremes and at exact ties: tests/vectors/operators.json.

#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

#include "poc/core.h"
#include "poc/reference.h"
#include "poc/target.h"
#include "tests/support/vectors.h"

namespace poc {
namespace {

using Json = rapidjson::Value;

/// The entries of one operator; none would be a test that cannot fail.
class Operators : public testing::Test {
 protected:
  const Json& entries(const char* name, std::size_t count) {
    const Json& list = document_[name];
    EXPECT_EQ(list.Size(), count) << name;
    return list;
  }

 private:
  const rapidjson::Document document_ = tests::load_vector_file("operators");
};

template <class T>
void append(std::vector<T>& out, const Json& list) {
  for (const Json& value : list.GetArray()) out.push_back(static_cast<T>(value.GetInt()));
}

template <class T>
std::vector<T> integers(const Json& list) {
  std::vector<T> out;
  append(out, list);
  return out;
}

/// Rows to row-major values.
std::vector<std::int8_t> matrix(const Json& rows) {
  std::vector<std::int8_t> out;
  for (const Json& row : rows.GetArray()) append(out, row);
  return out;
}

TEST_F(Operators, Narrow) {
  for (const Json& entry : entries("narrow", 10).GetArray()) {
    const Factor f = factor(entry["k"].GetUint(), 16);
    EXPECT_EQ(f.p, entry["p"].GetInt());
    EXPECT_EQ(f.m, entry["m"].GetInt());
    const auto sums = integers<std::int32_t>(entry["acc"]);
    const auto expected = integers<std::int8_t>(entry["out"]);
    ASSERT_EQ(sums.size(), expected.size());
    for (std::size_t i = 0; i < sums.size(); ++i) {
      EXPECT_EQ(narrow(sums[i], f), expected[i])
          << "K " << entry["k"].GetUint() << ", sum " << sums[i];
    }
  }
}

TEST_F(Operators, Add) {
  for (const Json& entry : entries("add", 11).GetArray()) {
    const Factor f = factor(entry["k"].GetUint(), entry["gain16"].GetUint());
    EXPECT_EQ(f.p, entry["p"].GetInt());
    EXPECT_EQ(f.m, entry["m"].GetInt());
    for (const Json& triple : entry["x_acc_out"].GetArray()) {
      const auto values = integers<std::int32_t>(triple);
      EXPECT_EQ(add(static_cast<std::int16_t>(values[0]), values[1], f), values[2])
          << "K " << entry["k"].GetUint() << ", x " << values[0] << ", sum " << values[1];
    }
  }
}

TEST_F(Operators, RmsNorm) {
  int number = 0;
  for (const Json& entry : entries("rms_norm", 23).GetArray()) {
    const auto row = integers<std::int16_t>(entry["x"]);
    EXPECT_EQ(reference::rms_norm(row, static_cast<std::uint32_t>(row.size())),
              integers<std::int8_t>(entry["y"]))
        << "row " << number++;
  }
}

TEST_F(Operators, Gate) {
  for (const Json& entry : entries("gate", 16).GetArray()) {
    const auto g = static_cast<std::int8_t>(entry["g"].GetInt());
    const auto u = integers<std::int8_t>(entry["u"]);
    const auto expected = integers<std::int8_t>(entry["out"]);
    ASSERT_EQ(u.size(), expected.size());
    for (std::size_t i = 0; i < u.size(); ++i) {
      EXPECT_EQ(gate(g, u[i]), expected[i]) << "g " << int{g} << ", u " << int{u[i]};
    }
  }
}

TEST_F(Operators, SoftmaxWeight) {
  const auto weights = integers<std::int32_t>(entries("softmax_weight", 256));
  for (std::int32_t z = 0; z < 256; ++z) {
    EXPECT_EQ(softmax_weight(z), weights[static_cast<std::size_t>(z)]) << "z " << z;
  }
}

TEST_F(Operators, Attention) {
  int number = 0;
  for (const Json& entry : entries("attention", 3).GetArray()) {
    std::vector<std::int8_t> qkv;
    for (rapidjson::SizeType t = 0; t < POC_TOKENS; ++t) {
      for (const char* part : {"q", "k", "v"}) append(qkv, entry[part][t]);
    }
    EXPECT_EQ(reference::attention(qkv, POC_HEAD_DIM), matrix(entry["out"]))
        << "entry " << number++;
  }
}

TEST_F(Operators, Target) {
  for (const Json& entry : entries("target", 6).GetArray()) {
    const std::uint64_t difficulty = entry["difficulty"].GetUint64();
    EXPECT_EQ(base::to_hex(Target::from_difficulty(difficulty).big_endian()),
              entry["target"].GetString())
        << "difficulty " << difficulty;
  }
}

}  // namespace
}  // namespace poc
