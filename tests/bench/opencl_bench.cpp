#include "tests/bench/opencl_bench.h"

#include <clblast_c.h>

#include <cstring>
#include <random>
#include <stdexcept>

#include "backends/opencl/program.h"
#include "poc/core.h"
#include "tests/backends_opencl/kernels_layout.h"

namespace bench {

using backends::opencl::Layout;
using backends::opencl::padded_rows;
using backends::opencl::place_of;
using backends::opencl::Tile;

void need_success(cl_int result, const std::string& call) {
  if (result != CL_SUCCESS) {
    throw std::runtime_error(call + ": " + backends::opencl::error_name(result));
  }
}

namespace {

constexpr std::int16_t kResidual = 100;     ///< what add adds to
constexpr std::uint32_t kCheckedRows = 24;  ///< spread over all

std::vector<cl_device_id> all_devices() {
  cl_uint count = 0;
  need_success(clGetPlatformIDs(0, nullptr, &count), "clGetPlatformIDs");
  std::vector<cl_platform_id> platforms(count);
  need_success(clGetPlatformIDs(count, platforms.data(), nullptr), "clGetPlatformIDs");
  std::vector<cl_device_id> devices;
  for (const cl_platform_id platform : platforms) {
    cl_uint here = 0;
    if (clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, 0, nullptr, &here) != CL_SUCCESS) continue;
    std::vector<cl_device_id> some(here);
    need_success(clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, here, some.data(), nullptr),
                 "clGetDeviceIDs");
    devices.insert(devices.end(), some.begin(), some.end());
  }
  return devices;
}

template <class T>
T info(cl_device_id device, cl_device_info what) {
  T value{};
  need_success(clGetDeviceInfo(device, what, sizeof value, &value, nullptr), "clGetDeviceInfo");
  return value;
}

std::string name_of(cl_device_id device) {
  char name[256] = {};
  need_success(clGetDeviceInfo(device, CL_DEVICE_NAME, sizeof name - 1, name, nullptr),
               "clGetDeviceInfo");
  return name;
}

std::size_t out_bytes(const Tile& tile, const ProductShape& shape) {
  const std::size_t rows = padded_rows(tile, Layout::kActivations, shape.rows);
  if (shape.epilogue == "add") return rows * shape.outputs * sizeof(std::int16_t);
  return rows * (shape.epilogue == "gate" ? shape.outputs / 2 : shape.outputs);
}

std::vector<std::int8_t> laid_out(const Tile& tile, Layout layout,
                                  const std::vector<std::int8_t>& values, std::size_t columns) {
  const std::size_t rows = values.size() / columns;
  std::vector<std::int8_t> out(padded_rows(tile, layout, rows) * columns);
  for (std::size_t row = 0; row < rows; ++row) {
    for (std::size_t j = 0; j < columns; ++j) {
      out[place_of(tile, layout, rows, columns, row, j)] = values[row * columns + j];
    }
  }
  return out;
}

Layout weights_layout(const ProductShape& shape) {
  return shape.epilogue == "gate" ? Layout::kGateUpWeights : Layout::kWeights;
}

std::uint32_t gain_of(const ProductShape& shape) {
  return shape.epilogue == "add" ? POC_GAIN_FFN : POC_GAIN_NARROW;
}

std::int32_t sum_of(const ProductShape& shape, const ProductInputs& inputs, std::size_t row,
                    std::size_t output) {
  std::int32_t sum = 0;
  for (std::size_t j = 0; j < shape.inputs; ++j) {
    sum += inputs.activations[row * shape.inputs + j] * inputs.weights[output * shape.inputs + j];
  }
  return sum;
}

[[noreturn]] void wrong(const ProductShape& shape, const std::string& whose) {
  throw std::runtime_error(shape.name + ": " + whose + " product is wrong");
}

std::vector<float> floats(const std::vector<std::int8_t>& values) {
  return {values.begin(), values.end()};
}

std::vector<float> turned_floats(const std::vector<std::int8_t>& values, std::size_t columns) {
  const std::size_t rows = values.size() / columns;
  std::vector<float> out(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) out[i % columns * rows + i / columns] = values[i];
  return out;
}

}  // namespace

BenchDevice open_device(std::uint32_t number) {
  const auto devices = all_devices();
  if (number >= devices.size()) throw std::runtime_error("there is no such OpenCL device");
  BenchDevice device;
  device.id = devices[number];
  device.name = name_of(device.id);
  device.is_gpu = (info<cl_device_type>(device.id, CL_DEVICE_TYPE) & CL_DEVICE_TYPE_GPU) != 0;
  device.vector_ints = info<cl_uint>(device.id, CL_DEVICE_NATIVE_VECTOR_WIDTH_INT);
  device.limits = {info<std::size_t>(device.id, CL_DEVICE_MAX_WORK_GROUP_SIZE),
                   info<cl_ulong>(device.id, CL_DEVICE_LOCAL_MEM_SIZE)};
  cl_int result = CL_SUCCESS;
  device.context = clCreateContext(nullptr, 1, &device.id, nullptr, nullptr, &result);
  need_success(result, "clCreateContext");
  device.queue = clCreateCommandQueue(device.context, device.id, 0, &result);
  need_success(result, "clCreateCommandQueue");
  return device;
}

BenchMemory::BenchMemory(const BenchDevice& device, std::size_t bytes) : device_(device) {
  cl_int result = CL_SUCCESS;
  memory_ = clCreateBuffer(device.context, CL_MEM_READ_WRITE, bytes, nullptr, &result);
  need_success(result, "clCreateBuffer");
}

BenchMemory::~BenchMemory() {
  clReleaseMemObject(memory_);
}

void BenchMemory::write(const void* bytes, std::size_t size) {
  need_success(
      clEnqueueWriteBuffer(device_.queue, memory_, CL_TRUE, 0, size, bytes, 0, nullptr, nullptr),
      "clEnqueueWriteBuffer");
}

void BenchMemory::read(void* bytes, std::size_t size) const {
  need_success(
      clEnqueueReadBuffer(device_.queue, memory_, CL_TRUE, 0, size, bytes, 0, nullptr, nullptr),
      "clEnqueueReadBuffer");
}

ProductInputs random_inputs(const ProductShape& shape) {
  std::mt19937 random(1);
  const auto values = [&](std::size_t count, int limit) {
    std::uniform_int_distribution<int> value(-limit, limit);
    std::vector<std::int8_t> out(count);
    for (std::int8_t& v : out) v = static_cast<std::int8_t>(value(random));
    return out;
  };
  return {values(std::size_t{shape.rows} * shape.inputs, 127),
          values(std::size_t{shape.outputs} * shape.inputs, 64)};
}

OurProgram::OurProgram(const BenchDevice& device, const Tile& tile) : tile_(tile) {
  const base::Status legal = check(tile, device.limits);
  if (!legal.ok()) throw std::runtime_error(legal.message());
  const std::string_view source = backends::opencl::program_source();
  const char* text = source.data();
  const std::size_t length = source.size();
  cl_int result = CL_SUCCESS;
  program_ = clCreateProgramWithSource(device.context, 1, &text, &length, &result);
  need_success(result, "clCreateProgramWithSource");
  const std::string options = build_options(tile);
  need_success(clBuildProgram(program_, 1, &device.id, options.c_str(), nullptr, nullptr),
               "clBuildProgram with " + options);
}

OurProgram::~OurProgram() {
  clReleaseProgram(program_);
}

cl_kernel OurProgram::kernel(const std::string& name) const {
  cl_int result = CL_SUCCESS;
  cl_kernel kernel = clCreateKernel(program_, name.c_str(), &result);
  need_success(result, "clCreateKernel " + name);
  return kernel;
}

OurProduct::OurProduct(const BenchDevice& device, const OurProgram& program,
                       const ProductShape& shape, const ProductInputs& inputs)
    : device_(device),
      tile_(program.tile()),
      shape_(shape),
      inputs_(inputs),
      kernel_(program.kernel(backends::opencl::product_kernel(shape.epilogue, shape.inputs))),
      a_(device, padded_rows(tile_, Layout::kActivations, shape.rows) * shape.inputs),
      w_(device, std::size_t{shape.outputs} * shape.inputs),
      out_(device, out_bytes(tile_, shape)),
      groups_(padded_rows(tile_, Layout::kActivations, shape.rows) / tile_.rows * shape.outputs /
              tile_.outputs) {
  const auto a = laid_out(tile_, Layout::kActivations, inputs.activations, shape.inputs);
  a_.write(a.data(), a.size());
  const auto w = laid_out(tile_, weights_layout(shape), inputs.weights, shape.inputs);
  w_.write(w.data(), w.size());
  const poc::Factor f = poc::factor(shape.inputs, gain_of(shape));
  const cl_uint outputs = shape.epilogue == "gate" ? shape.outputs / 2 : shape.outputs;
  cl_uint index = 0;
  const auto set = [&](const auto& argument) {
    need_success(clSetKernelArg(kernel_, index++, sizeof argument, &argument), "clSetKernelArg");
  };
  set(out_.get());
  set(a_.get());
  set(w_.get());
  for (const cl_uint size : {0U, shape.rows, outputs, shape.inputs}) set(size);
  set(f.m);
  set(f.p);
}

OurProduct::~OurProduct() {
  clReleaseKernel(kernel_);
}

void OurProduct::run() {
  const std::size_t items = tile_.items();
  const std::size_t all = groups_ * items;
  need_success(
      clEnqueueNDRangeKernel(device_.queue, kernel_, 1, nullptr, &all, &items, 0, nullptr, nullptr),
      "clEnqueueNDRangeKernel");
  need_success(clFinish(device_.queue), "clFinish");
}

void OurProduct::check() {
  const bool adds = shape_.epilogue == "add";
  std::vector<std::uint8_t> bytes(out_bytes(tile_, shape_));
  const std::vector<std::int16_t> residual(bytes.size() / sizeof(std::int16_t), kResidual);
  out_.write(residual.data(), residual.size() * sizeof(std::int16_t));
  run();
  out_.read(bytes.data(), bytes.size());
  const poc::Factor f = poc::factor(shape_.inputs, gain_of(shape_));
  const std::size_t columns = shape_.epilogue == "gate" ? shape_.outputs / 2 : shape_.outputs;
  for (std::size_t i = 0; i < kCheckedRows; ++i) {
    const std::size_t row = i * (shape_.rows - 1) / (kCheckedRows - 1);
    for (std::size_t n = 0; n < columns; ++n) {
      const std::int32_t sum = sum_of(shape_, inputs_, row, n);
      const Layout layout = adds ? Layout::kResidual : Layout::kActivations;
      const std::size_t at = place_of(tile_, layout, shape_.rows, columns, row, n);
      bool same = false;
      if (adds) {
        std::int16_t result = 0;
        std::memcpy(&result, &bytes[at * sizeof result], sizeof result);
        same = result == poc::add(kResidual, sum, f);
      } else {
        std::int8_t expected = poc::narrow(sum, f);
        if (shape_.epilogue == "gate") {
          const std::int32_t up = sum_of(shape_, inputs_, row, columns + n);
          expected = poc::gate(expected, poc::narrow(up, f));
        }
        same = static_cast<std::int8_t>(bytes[at]) == expected;
      }
      if (!same) wrong(shape_, "our");
    }
  }
}

BlasProduct::BlasProduct(const BenchDevice& device, const ProductShape& shape,
                         const ProductInputs& inputs, bool turned)
    : device_(device),
      shape_(shape),
      inputs_(inputs),
      turned_(turned),
      a_(device, inputs.activations.size() * sizeof(float)),
      w_(device, inputs.weights.size() * sizeof(float)),
      out_(device, std::size_t{shape.rows} * shape.outputs * sizeof(float)) {
  const auto a = floats(inputs.activations);
  a_.write(a.data(), a.size() * sizeof(float));
  const auto w = turned ? turned_floats(inputs.weights, shape.inputs) : floats(inputs.weights);
  w_.write(w.data(), w.size() * sizeof(float));
}

void BlasProduct::run() {
  cl_command_queue queue = device_.queue;
  const CLBlastStatusCode status = CLBlastSgemm(
      CLBlastLayoutRowMajor, CLBlastTransposeNo, turned_ ? CLBlastTransposeNo : CLBlastTransposeYes,
      shape_.rows, shape_.outputs, shape_.inputs, 1.0F, a_.get(), 0, shape_.inputs, w_.get(), 0,
      turned_ ? shape_.outputs : shape_.inputs, 0.0F, out_.get(), 0, shape_.outputs, &queue,
      nullptr);
  if (status != CLBlastSuccess) {
    throw std::runtime_error("CLBlastSgemm: error " + std::to_string(status));
  }
  need_success(clFinish(device_.queue), "clFinish");
}

void BlasProduct::check() const {
  std::vector<float> out(std::size_t{shape_.rows} * shape_.outputs);
  out_.read(out.data(), out.size() * sizeof(float));
  for (const std::size_t row : {std::size_t{0}, std::size_t{shape_.rows} - 1}) {
    for (std::size_t n = 0; n < shape_.outputs; ++n) {
      const auto sum = static_cast<float>(sum_of(shape_, inputs_, row, n));
      if (out[row * shape_.outputs + n] != sum && shape_.inputs <= 2048) {
        wrong(shape_, "the library's");
      }
    }
  }
}

}  // namespace bench
