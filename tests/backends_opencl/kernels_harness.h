#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <map>
#include <memory>
#include <ostream>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "backends/opencl/library.h"
#include "backends/opencl/tile.h"
#include "base/bytes.h"
#include "tests/backends_opencl/kernels_layout.h"

// A device to try kernels on, and matrices on it as plain rows on the host. What goes wrong with
// the device itself is an exception: the test that met it fails.
namespace backends::opencl {

using Random = std::mt19937;

/// Values in -limit .. limit.
template <class T>
std::vector<T> random_values(Random& random, std::size_t count, int limit) {
  std::uniform_int_distribution<int> value(-limit, limit);
  std::vector<T> values(count);
  for (T& v : values) v = static_cast<T>(value(random));
  return values;
}

std::vector<std::uint8_t> random_bytes(Random& random, std::size_t count);
base::Bytes32 random_hash(Random& random);

/// Memory on the device that begins as poison, with a guard behind it.
class DeviceMemory {
 public:
  static constexpr std::uint8_t kPoison = 0xa5;
  static constexpr std::size_t kGuardBytes = 4096;

  explicit DeviceMemory(std::size_t bytes);
  explicit DeviceMemory(std::span<const std::uint8_t> bytes);

  cl_mem get() const { return object_.get(); }
  std::size_t size() const { return size_; }
  void write(std::span<const std::uint8_t> bytes);
  /// What is there now. That the guard is whole is expected.
  std::vector<std::uint8_t> read() const;

 private:
  std::size_t size_;
  MemoryObject object_;
};

/// The first device of the first platform that has one, and the programs built for it so far: each
/// takes seconds, and all tests of a process share them. Belongs to the main thread.
class TestDevice {
 public:
  /// Empty, or why there is no device. SPRINT_OPENCL_LIBRARY in the environment names another
  /// loader.
  static std::string why_none();
  /// Only where there is one.
  static TestDevice& here();

  const Library& library() const { return *library_; }
  cl_context context() const { return context_.get(); }
  cl_command_queue queue() const { return queue_.get(); }
  const GroupLimits& limits() const { return limits_; }

  /// Runs `groups` groups of `items` work-items each, and waits. Arguments: DeviceMemory, or
  /// values.
  template <class... Arguments>
  void run(const Tile& tile, const std::string& name, std::uint64_t groups, std::uint64_t items,
           const Arguments&... arguments) {
    const cl_kernel kernel = find_kernel(tile, name);
    cl_uint index = 0;
    (set_argument(kernel, name, index++, arguments), ...);
    launch(kernel, name, groups * items, items);
  }

 private:
  TestDevice(std::unique_ptr<const Library> library, cl_platform_id platform, cl_device_id device);
  static base::Result<std::unique_ptr<TestDevice>> open();
  static const base::Result<std::unique_ptr<TestDevice>>& opened();

  void set_argument(cl_kernel kernel, const std::string& name, cl_uint index,
                    const DeviceMemory& memory) {
    const cl_mem object = memory.get();
    set_argument_bytes(kernel, name, index, &object, sizeof object);
  }
  template <class T>
  void set_argument(cl_kernel kernel, const std::string& name, cl_uint index, const T& value) {
    set_argument_bytes(kernel, name, index, &value, sizeof value);
  }
  void set_argument_bytes(cl_kernel kernel, const std::string& name, cl_uint index,
                          const void* bytes, std::size_t size);
  cl_kernel find_kernel(const Tile& tile, const std::string& name);
  cl_program find_program(const std::string& options);
  void launch(cl_kernel kernel, const std::string& name, std::size_t all, std::size_t items);

  std::unique_ptr<const Library> library_;
  cl_device_id device_;
  Context context_;
  Queue queue_;
  GroupLimits limits_;
  std::map<std::string, ProgramObject> programs_;                  // by options
  std::map<std::pair<std::string, std::string>, Kernel> kernels_;  // by options and name
};

/// Throws with the name of the call that failed.
void need_success(cl_int result, const std::string& call);

/// A matrix on the device. Rows are whole tiles there; those past the end hold poison.
template <class T>
class DeviceMatrix {
 public:
  DeviceMatrix(const Tile& tile, Layout layout, std::size_t rows, std::size_t columns)
      : tile_(tile),
        layout_(layout),
        rows_(rows),
        columns_(columns),
        memory_(padded_rows(tile, layout, rows) * columns * sizeof(T)) {}

  /// From plain rows.
  DeviceMatrix(const Tile& tile, Layout layout, std::span<const T> values, std::size_t columns)
      : DeviceMatrix(tile, layout, values.size() / columns, columns) {
    std::vector<std::uint8_t> bytes(memory_.size(), DeviceMemory::kPoison);
    for (std::size_t i = 0; i < values.size(); ++i) {
      std::memcpy(&bytes[at(i) * sizeof(T)], &values[i], sizeof(T));
    }
    memory_.write(bytes);
  }

  const DeviceMemory& memory() const { return memory_; }

  /// As plain rows. That nothing was written past the end is expected.
  std::vector<T> values() const {
    std::vector<std::uint8_t> bytes = memory_.read();
    std::vector<T> out(rows_ * columns_);
    for (std::size_t i = 0; i < out.size(); ++i) {
      std::memcpy(&out[i], &bytes[at(i) * sizeof(T)], sizeof(T));
      std::fill_n(&bytes[at(i) * sizeof(T)], sizeof(T), DeviceMemory::kPoison);
    }
    EXPECT_TRUE(std::all_of(bytes.begin(), bytes.end(),
                            [](std::uint8_t b) { return b == DeviceMemory::kPoison; }))
        << "something was written past row " << rows_;
    return out;
  }

 private:
  std::size_t at(std::size_t i) const {
    return place_of(tile_, layout_, rows_, columns_, i / columns_, i % columns_);
  }

  Tile tile_;
  Layout layout_;
  std::size_t rows_;
  std::size_t columns_;
  DeviceMemory memory_;
};

/// Small tiles of all inner loops and vectors. With SPRINT_OPENCL_TILES=defaults in the environment
/// those that devices use, which take minutes to compile on a processor; SPRINT_OPENCL_DOT4, one of
/// khr, amd and nv, then names the instruction to try.
std::vector<Tile> test_tiles();
/// "Fp32V8R48O64I32x4": vector, rows, outputs, an item's rows and outputs.
std::string tile_name(const Tile& tile);
/// For GoogleTest.
inline void PrintTo(const Tile& tile, std::ostream* out) {  // NOLINT(readability-identifier-naming)
  *out << tile_name(tile);
}

/// A test that runs with each tile, on the device; skipped where there is none.
class EachTile : public testing::TestWithParam<Tile> {
 protected:
  /// Of a group of the kernels that leave it to the host.
  static constexpr std::uint32_t kItems = 64;

  void SetUp() override;

  const Tile& tile() const { return GetParam(); }
  /// Launches a kernel whose groups are of no size of their own, for `count` items.
  template <class... Arguments>
  void run_items(const std::string& name, std::uint64_t count, const Arguments&... arguments) {
    TestDevice::here().run(tile(), name, (count + kItems - 1) / kItems, kItems, arguments...);
  }
  /// Calls `launch` with the first item of each of a few launches, of one, two or three groups,
  /// that are to make `count` items together; and with the number of its groups.
  template <class LaunchPart>
  static void run_in_parts(std::uint32_t count, const LaunchPart& launch) {
    std::uint32_t groups = 1;
    for (std::uint32_t first = 0; first < count; groups = groups % 3 + 1) {
      launch(first, groups);
      first += groups * kItems;
    }
  }
  template <class... Arguments>
  void run_groups(const std::string& name, std::uint64_t groups, std::uint64_t items,
                  const Arguments&... arguments) {
    TestDevice::here().run(tile(), name, groups, items, arguments...);
  }

  Random random_{7};
};

#define INSTANTIATE_EACH_TILE(suite)                                      \
  INSTANTIATE_TEST_SUITE_P(Tiles, suite, testing::ValuesIn(test_tiles()), \
                           [](const auto& tile) { return tile_name(tile.param); })

/// Eight words, the least or the most significant byte of each first.
cl_uint8 little_words(std::span<const std::uint8_t, 32> bytes);
cl_uint8 big_words(std::span<const std::uint8_t, 32> bytes);

}  // namespace backends::opencl
