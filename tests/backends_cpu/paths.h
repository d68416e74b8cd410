#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "backends/cpu/isa/select.h"

// What the kernel tests share: each runs once for each path that this machine can run, and random
// inputs come from fixed seeds.
namespace backends::cpu {

inline std::vector<const Kernels*> runnable_paths() {
  std::vector<const Kernels*> paths;
  for (const Path& path : all_paths()) {
    if (path.runs_on(detect_features())) paths.push_back(path.kernels);
  }
  return paths;
}

inline std::string path_name(const testing::TestParamInfo<const Kernels*>& info) {
  return std::string(info.param->name);
}

class EachPath : public testing::TestWithParam<const Kernels*> {
 protected:
  const Kernels& kernels() const { return *GetParam(); }
};

using Random = std::mt19937;

/// Values in -limit .. limit.
template <class T>
std::vector<T> random_values(Random& random, std::size_t count, int limit) {
  std::uniform_int_distribution<int> value(-limit, limit);
  std::vector<T> values(count);
  for (T& v : values) v = static_cast<T>(value(random));
  return values;
}

inline std::vector<std::uint8_t> with_offset(const std::vector<std::int8_t>& values) {
  std::vector<std::uint8_t> stored;
  for (const std::int8_t v : values) stored.push_back(offset_activation(v));
  return stored;
}

/// Runs the TEST_Ps of `suite` once for each path.
#define INSTANTIATE_EACH_PATH(suite) \
  INSTANTIATE_TEST_SUITE_P(Paths, suite, testing::ValuesIn(runnable_paths()), path_name)

}  // namespace backends::cpu
