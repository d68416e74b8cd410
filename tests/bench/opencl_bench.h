#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "backends/opencl/library.h"
#include "backends/opencl/tile.h"

// A device, our products on it, and CLBlast's. What goes wrong is an exception with the name of the
// call. Everything belongs to one thread.
namespace bench {

void need_success(cl_int result, const std::string& call);

/// A device with a queue, for the whole process.
struct BenchDevice {
  cl_device_id id = nullptr;
  cl_context context = nullptr;
  cl_command_queue queue = nullptr;
  std::string name;
  bool is_gpu = false;
  std::uint32_t vector_ints = 0;  ///< native width of a vector
  backends::opencl::GroupLimits limits;
};

/// Device `number`, counted over all platforms.
BenchDevice open_device(std::uint32_t number);

/// Memory on the device, given back with its owner.
class BenchMemory {
 public:
  BenchMemory(const BenchDevice& device, std::size_t bytes);
  ~BenchMemory();
  BenchMemory(const BenchMemory&) = delete;
  BenchMemory& operator=(const BenchMemory&) = delete;

  const cl_mem& get() const { return memory_; }
  void write(const void* bytes, std::size_t size);
  void read(void* bytes, std::size_t size) const;

 private:
  const BenchDevice& device_;
  cl_mem memory_;
};

/// rows x outputs sums of `inputs` terms each.
struct ProductShape {
  std::string name;
  std::string epilogue;  ///< "narrow", "gate" or "add"
  std::uint32_t rows = 0;
  std::uint32_t outputs = 0;
  std::uint32_t inputs = 0;

  double macs() const { return static_cast<double>(rows) * outputs * inputs; }
};

/// Plain rows of activations and weights, in the proof's ranges.
struct ProductInputs {
  std::vector<std::int8_t> activations;  ///< [rows][inputs]
  std::vector<std::int8_t> weights;      ///< [outputs][inputs]
};
ProductInputs random_inputs(const ProductShape& shape);

/// Our kernels, built for a tile.
class OurProgram {
 public:
  OurProgram(const BenchDevice& device, const backends::opencl::Tile& tile);
  ~OurProgram();
  OurProgram(const OurProgram&) = delete;
  OurProgram& operator=(const OurProgram&) = delete;

  const backends::opencl::Tile& tile() const { return tile_; }
  cl_kernel kernel(const std::string& name) const;

 private:
  backends::opencl::Tile tile_;
  cl_program program_;
};

/// One of our products.
class OurProduct {
 public:
  OurProduct(const BenchDevice& device, const OurProgram& program, const ProductShape& shape,
             const ProductInputs& inputs);
  ~OurProduct();
  OurProduct(const OurProduct&) = delete;
  OurProduct& operator=(const OurProduct&) = delete;

  /// Once, to its end.
  void run();
  /// Throws where a row of the result, of some spread over all, is not the reference's.
  void check();

 private:
  const BenchDevice& device_;
  backends::opencl::Tile tile_;
  const ProductShape& shape_;
  const ProductInputs& inputs_;
  cl_kernel kernel_;
  BenchMemory a_, w_, out_;
  std::size_t groups_;
};

/// CLBlast's product of the same numbers as floats, row-major; weights as they lie in the proof, or
/// turned, whichever its caller prefers.
class BlasProduct {
 public:
  BlasProduct(const BenchDevice& device, const ProductShape& shape, const ProductInputs& inputs,
              bool turned);

  void run();
  void check() const;

 private:
  const BenchDevice& device_;
  const ProductShape& shape_;
  const ProductInputs& inputs_;
  bool turned_;
  BenchMemory a_, w_, out_;
};

}  // namespace bench
