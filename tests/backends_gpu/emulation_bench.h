#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "base/result.h"
#include "tests/backends_gpu/processor.h"

// What the tests of the emulator and of the kernels share. Random inputs come from fixed seeds.
namespace backends::gpu {

using Random = std::mt19937;

/// Values in -limit .. limit.
template <class T>
std::vector<T> random_values(Random& random, std::size_t count, int limit) {
  std::uniform_int_distribution<int> value(-limit, limit);
  std::vector<T> values(count);
  for (T& v : values) v = static_cast<T>(value(random));
  return values;
}

/// Runs a kernel on the calling thread: the error's message, or empty.
template <class Arguments>
std::string run_kernel(const std::string& name, const Grid& grid, const Arguments& arguments) {
  const EmulatedKernel* kernel = find_kernel(name);
  if (kernel == nullptr) return "no kernel " + name;
  const base::Status ran = Processor::here().run(*kernel, grid, &arguments);
  return ran.ok() ? std::string() : ran.message();
}

/// A test that runs once in each order.
class EachOrder : public testing::TestWithParam<Order> {
 protected:
  static Order order() { return GetParam(); }
};

inline std::string order_name(const testing::TestParamInfo<Order>& info) {
  return info.param == Order::kForward ? "Forward" : "Backward";
}

#define INSTANTIATE_EACH_ORDER(suite)                                                         \
  INSTANTIATE_TEST_SUITE_P(Orders, suite, testing::Values(Order::kForward, Order::kBackward), \
                           order_name)

}  // namespace backends::gpu
