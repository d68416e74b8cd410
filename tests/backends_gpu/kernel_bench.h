#pragma once

#include <algorithm>
#include <cstring>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "backends/gpu/kernels/arguments.h"
#include "backends/gpu/product_path.h"
#include "base/bytes.h"
#include "tests/backends_gpu/emulated_driver.h"
#include "tests/backends_gpu/emulation_bench.h"

// What the kernels' tests share: values on the emulated device, as plain rows on the host.
namespace backends::gpu {

constexpr std::uint8_t kPoisonByte = 0xa5;  ///< what emulated memory holds before it is written

/// An array in memory of the emulated device; given back with it.
template <class T>
class DeviceArray {
 public:
  /// `count` values that nobody wrote.
  DeviceArray(Driver& driver, std::size_t count) : driver_(driver), count_(count) {
    const auto memory = driver.allocate(count * sizeof(T));
    EXPECT_TRUE(memory.ok());
    memory_ = *memory;
  }
  DeviceArray(Driver& driver, const std::vector<T>& values) : DeviceArray(driver, values.size()) {
    std::memcpy(data(), values.data(), values.size() * sizeof(T));
  }
  ~DeviceArray() { driver_.release(memory_); }
  DeviceArray(const DeviceArray&) = delete;
  DeviceArray& operator=(const DeviceArray&) = delete;

  T* data() const { return reinterpret_cast<T*>(memory_); }
  std::vector<T> values() const { return {data(), data() + count_}; }

 private:
  Driver& driver_;
  std::size_t count_;
  Address memory_ = 0;
};

/// A matrix of bytes in panels, see layout.h: whole steps of rows, of which those past the end hold
/// nothing.
class DeviceMatrix {
 public:
  DeviceMatrix(Driver& driver, std::uint32_t rows, std::uint32_t columns)
      : rows_(rows),
        columns_(columns),
        stride_(std::uint64_t{round_up(rows, kRowStep)} * kPanelRowBytes),
        bytes_(driver, columns / kPanelColumns * stride_) {}

  /// From plain rows.
  DeviceMatrix(Driver& driver, const std::vector<std::int8_t>& values, std::uint32_t columns)
      : DeviceMatrix(driver, static_cast<std::uint32_t>(values.size() / columns), columns) {
    for (std::uint32_t row = 0; row < rows_; ++row) set_row(row, &values[row * columns]);
  }

  Panels panels() const { return {bytes_.data(), stride_}; }

  void set_row(std::uint32_t row, const std::int8_t* values) {
    for (std::uint32_t j = 0; j < columns_; ++j) {
      at(row, j) = static_cast<std::uint8_t>(values[j]);
    }
  }

  std::uint8_t& at(std::uint32_t row, std::uint32_t column) const {
    return bytes_.data()[panel_offset(stride_, row, column)];
  }

  /// As plain rows, without those past the end.
  std::vector<std::int8_t> values() const {
    std::vector<std::int8_t> out;
    for (std::uint32_t row = 0; row < rows_; ++row) {
      for (std::uint32_t j = 0; j < columns_; ++j) {
        out.push_back(static_cast<std::int8_t>(at(row, j)));
      }
    }
    return out;
  }

  /// Whether nothing was written to rows from `row` on.
  bool untouched_from(std::uint32_t row) const {
    for (std::uint32_t i = row; i < stride_ / kPanelRowBytes; ++i) {
      for (std::uint32_t j = 0; j < columns_; ++j) {
        if (at(i, j) != kPoisonByte) return false;
      }
    }
    return true;
  }

 private:
  std::uint32_t rows_;
  std::uint32_t columns_;
  std::uint64_t stride_;
  DeviceArray<std::uint8_t> bytes_;
};

/// The residual: rows of int16, see layout.h: whole steps of rows, of which those past the end hold
/// nothing.
class DeviceResidual {
 public:
  DeviceResidual(Driver& driver, std::uint32_t rows, std::uint32_t columns)
      : rows_(rows),
        columns_(columns),
        values_(driver, std::size_t{round_up(rows, kRowStep)} * columns) {}

  /// From plain rows.
  DeviceResidual(Driver& driver, const std::vector<std::int16_t>& values, std::uint32_t columns)
      : DeviceResidual(driver, static_cast<std::uint32_t>(values.size() / columns), columns) {
    for (std::size_t i = 0; i < values.size(); ++i) at(i) = values[i];
  }

  std::int16_t* data() const { return values_.data(); }

  /// As plain rows, without those past the end.
  std::vector<std::int16_t> values() const {
    std::vector<std::int16_t> out(std::size_t{rows_} * columns_);
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = at(i);
    return out;
  }

 private:
  /// The value with number `i` in plain rows.
  std::int16_t& at(std::size_t i) const {
    const auto column = static_cast<std::uint32_t>(i % columns_);
    return data()[i - column + std::size_t{8} * x_chunk_place(column / 8) + column % 8];
  }

  std::uint32_t rows_;
  std::uint32_t columns_;
  DeviceArray<std::int16_t> values_;
};

/// An emulated device that is entered, and a race on it that goes on until `stop`. Reports of the
/// emulator fail the test.
class KernelBench {
 public:
  explicit KernelBench(Order order) {
    machine_->set_limits({.order = order});
    EXPECT_TRUE(driver_.enter().ok());
    seen_ = std::make_unique<DeviceArray<std::uint32_t>>(driver_, std::vector{0U});
  }

  Driver& driver() { return driver_; }

  Stop stop() const { return {seen_->data(), &asked_, kGeneration}; }
  /// What the device has seen of the host's word, and the word itself.
  void set_seen(std::uint32_t seen) { *seen_->data() = seen; }
  std::uint32_t seen() const { return *seen_->data(); }
  void ask(std::uint32_t generation) { asked_ = generation; }

  /// As many blocks as `count` tasks take.
  template <class Arguments>
  void run(const std::string& name, std::uint64_t count, std::uint32_t per_block,
           std::uint32_t threads, const Arguments& args, std::uint32_t shared_bytes = 0) {
    const auto kernel = driver_.kernel(name, shared_bytes);
    ASSERT_TRUE(kernel.ok()) << kernel.message();
    const auto blocks = static_cast<std::uint32_t>((count + per_block - 1) / per_block);
    const auto ran = driver_.launch(Queue::kRace, {*kernel, blocks, threads, shared_bytes, &args});
    EXPECT_TRUE(ran.ok()) << ran.message();
  }

  static constexpr std::uint32_t kGeneration = 5;

 private:
  std::shared_ptr<EmulatedMachine> machine_ = std::make_shared<EmulatedMachine>();
  EmulatedDriver driver_{machine_};
  std::uint32_t asked_ = 0;
  std::unique_ptr<DeviceArray<std::uint32_t>> seen_;
};

/// The forms of attention that the products' paths go with.
inline std::set<std::string> attention_kernels() {
  std::set<std::string> names;
  for (const ProductPath& path : shared_paths()) names.insert(std::string(path.attention));
  return names;
}

/// A test of a kernel that runs once in each order.
class EachKernel : public EachOrder {
 protected:
  KernelBench bench_{order()};
  Driver& driver_ = bench_.driver();
  Random random_{7};

  std::vector<std::uint8_t> random_bytes(std::size_t count) {
    std::vector<std::uint8_t> bytes(count);
    for (std::uint8_t& b : bytes) b = static_cast<std::uint8_t>(random_());
    return bytes;
  }

  base::Bytes32 random_hash() {
    base::Bytes32 hash;
    for (std::uint8_t& b : hash) b = static_cast<std::uint8_t>(random_());
    return hash;
  }
};

inline base::Bytes32 bytes32(const std::uint8_t* from) {
  base::Bytes32 out;
  std::copy_n(from, out.size(), out.begin());
  return out;
}

}  // namespace backends::gpu
