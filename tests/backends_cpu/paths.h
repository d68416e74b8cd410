#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
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

/// Rows of activations as a product takes them. The last tile is filled up with rows of zeros.
inline std::vector<std::uint8_t> tiled(const std::vector<std::int8_t>& rows, std::size_t width) {
  const std::size_t count = rows.size() / width;
  const std::size_t whole = (count + POC_TOKENS - 1) / POC_TOKENS * POC_TOKENS;
  std::vector<std::uint8_t> stored(whole * width);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    stored[tiled_offset(i / width, i % width, width)] = offset_activation(rows[i]);
  }
  return stored;
}

/// A buffer that begins at a cache line.
template <class T>
class Aligned {
 public:
  explicit Aligned(std::size_t count) : lines_((count * sizeof(T) + 63) / 64) {}
  explicit Aligned(const std::vector<T>& values) : Aligned(values.size()) {
    std::copy(values.begin(), values.end(), data());
  }
  T* data() { return reinterpret_cast<T*>(lines_.data()); }
  const T* data() const { return reinterpret_cast<const T*>(lines_.data()); }

 private:
  struct alignas(64) Line {
    std::byte bytes[64] = {};
  };
  std::vector<Line> lines_;
};

/// Around products that are called directly.
class Entered {
 public:
  explicit Entered(const Kernels& kernels) : kernels_(kernels) {
    if (kernels_.enter != nullptr) kernels_.enter();
  }
  ~Entered() {
    if (kernels_.leave != nullptr) kernels_.leave();
  }
  Entered(const Entered&) = delete;
  Entered& operator=(const Entered&) = delete;

 private:
  const Kernels& kernels_;
};

/// Runs the TEST_Ps of `suite` once for each path.
#define INSTANTIATE_EACH_PATH(suite) \
  INSTANTIATE_TEST_SUITE_P(Paths, suite, testing::ValuesIn(runnable_paths()), path_name)

}  // namespace backends::cpu
