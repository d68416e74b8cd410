#include "tests/backends_opencl/kernels_harness.h"

#include <algorithm>
#include <cstdlib>
#include <sstream>
#include <stdexcept>

#include "backends/opencl/program.h"

namespace backends::opencl {

std::vector<std::uint8_t> random_bytes(Random& random, std::size_t count) {
  std::vector<std::uint8_t> bytes(count);
  for (std::uint8_t& b : bytes) b = static_cast<std::uint8_t>(random());
  return bytes;
}

base::Bytes32 random_hash(Random& random) {
  base::Bytes32 hash;
  for (std::uint8_t& b : hash) b = static_cast<std::uint8_t>(random());
  return hash;
}

void need_success(cl_int result, const std::string& call) {
  if (result != CL_SUCCESS) throw std::runtime_error(call + ": " + error_name(result));
}

DeviceMemory::DeviceMemory(std::size_t bytes) : size_(bytes) {
  TestDevice& device = TestDevice::here();
  cl_int result = CL_SUCCESS;
  object_ = {device.library(),
             device.library()->clCreateBuffer(device.context(), CL_MEM_READ_WRITE,
                                              size_ + kGuardBytes, nullptr, &result)};
  need_success(result, "clCreateBuffer");
  const std::vector<std::uint8_t> poison(size_ + kGuardBytes, kPoison);
  write(poison);
}

DeviceMemory::DeviceMemory(std::span<const std::uint8_t> bytes) : DeviceMemory(bytes.size()) {
  write(bytes);
}

void DeviceMemory::write(std::span<const std::uint8_t> bytes) {
  TestDevice& device = TestDevice::here();
  need_success(
      device.library()->clEnqueueWriteBuffer(device.queue(), get(), CL_TRUE, 0, bytes.size(),
                                             bytes.data(), 0, nullptr, nullptr),
      "clEnqueueWriteBuffer");
}

std::vector<std::uint8_t> DeviceMemory::read() const {
  TestDevice& device = TestDevice::here();
  std::vector<std::uint8_t> bytes(size_ + kGuardBytes);
  need_success(
      device.library()->clEnqueueReadBuffer(device.queue(), get(), CL_TRUE, 0, bytes.size(),
                                            bytes.data(), 0, nullptr, nullptr),
      "clEnqueueReadBuffer");
  EXPECT_TRUE(std::all_of(bytes.begin() + static_cast<std::ptrdiff_t>(size_), bytes.end(),
                          [](std::uint8_t b) { return b == kPoison; }))
      << "something was written behind a buffer of " << size_ << " bytes";
  bytes.resize(size_);
  return bytes;
}

namespace {

std::string library_path() {
  const char* named = std::getenv("SPRINT_OPENCL_LIBRARY");
  return named == nullptr ? "libOpenCL.so.1" : named;
}

std::vector<cl_platform_id> platforms_of(const Library& library) {
  cl_uint count = 0;
  if (library->clGetPlatformIDs(0, nullptr, &count) != CL_SUCCESS) return {};
  std::vector<cl_platform_id> platforms(count);
  if (library->clGetPlatformIDs(count, platforms.data(), nullptr) != CL_SUCCESS) return {};
  return platforms;
}

template <class T>
T device_info(const Library& library, cl_device_id device, cl_device_info what) {
  T value{};
  need_success(library->clGetDeviceInfo(device, what, sizeof value, &value, nullptr),
               "clGetDeviceInfo");
  return value;
}

}  // namespace

base::Result<std::unique_ptr<TestDevice>> TestDevice::open() {
  auto library = Library::open(library_path());
  if (!library.ok()) return library.error();
  for (const cl_platform_id platform : platforms_of(**library)) {
    cl_device_id device = nullptr;
    if ((**library)->clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, 1, &device, nullptr) ==
        CL_SUCCESS) {
      return std::unique_ptr<TestDevice>(
          new TestDevice(std::move(library).value(), platform, device));
    }
  }
  return base::unavailable("no OpenCL device");
}

const base::Result<std::unique_ptr<TestDevice>>& TestDevice::opened() {
  // Never destroyed: at the process's end a platform may be gone before it.
  static const auto& device = *new base::Result<std::unique_ptr<TestDevice>>(open());
  return device;
}

std::string TestDevice::why_none() {
  return opened().ok() ? "" : opened().message();
}

TestDevice& TestDevice::here() {
  return *opened().value();
}

TestDevice::TestDevice(std::unique_ptr<const Library> library, cl_platform_id platform,
                       cl_device_id device)
    : library_(std::move(library)), device_(device) {
  const cl_context_properties properties[] = {CL_CONTEXT_PLATFORM,
                                              reinterpret_cast<cl_context_properties>(platform), 0};
  const Library& l = *library_;
  cl_int result = CL_SUCCESS;
  context_ = {l, l->clCreateContext(properties, 1, &device_, nullptr, nullptr, &result)};
  need_success(result, "clCreateContext");
  queue_ = {l, l->clCreateCommandQueue(context_.get(), device_, 0, &result)};
  need_success(result, "clCreateCommandQueue");
  limits_.items = device_info<std::size_t>(l, device_, CL_DEVICE_MAX_WORK_GROUP_SIZE);
  limits_.local_bytes = device_info<cl_ulong>(l, device_, CL_DEVICE_LOCAL_MEM_SIZE);
}

namespace {

// The lines of a build's log that say what is wrong with our source. On a processor without
// registers for the widest vectors clang also says that they are handed over otherwise elsewhere;
// all of a program is compiled at once.
std::string warnings_in(const std::string& log) {
  std::istringstream lines(log);
  std::string line, found;
  while (std::getline(lines, line)) {
    const bool of_source = line.find("warning") != std::string::npos &&
                           line.find("changes the ABI") == std::string::npos;
    if (of_source) found += line + '\n';
  }
  return found;
}

}  // namespace

cl_program TestDevice::find_program(const std::string& options) {
  auto& program = programs_[options];
  if (program.get() != nullptr) return program.get();
  const Library& l = *library_;
  const std::string_view source = program_source();
  const char* text = source.data();
  const std::size_t length = source.size();
  cl_int result = CL_SUCCESS;
  program = {l, l->clCreateProgramWithSource(context_.get(), 1, &text, &length, &result)};
  need_success(result, "clCreateProgramWithSource");
  result = l->clBuildProgram(program.get(), 1, &device_, options.c_str(), nullptr, nullptr);
  std::size_t size = 0;
  l->clGetProgramBuildInfo(program.get(), device_, CL_PROGRAM_BUILD_LOG, 0, nullptr, &size);
  std::string log(size, '\0');
  l->clGetProgramBuildInfo(program.get(), device_, CL_PROGRAM_BUILD_LOG, size, log.data(), nullptr);
  need_success(result, "clBuildProgram with " + options + "\n" + log);
  EXPECT_EQ(warnings_in(log), "");
  return program.get();
}

cl_kernel TestDevice::find_kernel(const Tile& tile, const std::string& name) {
  const std::string options = build_options(tile);
  Kernel& kernel = kernels_[{options, name}];
  if (kernel.get() == nullptr) {
    cl_int result = CL_SUCCESS;
    const cl_program program = find_program(options);
    kernel = {*library_, (*library_)->clCreateKernel(program, name.c_str(), &result)};
    need_success(result, "clCreateKernel " + name);
  }
  return kernel.get();
}

void TestDevice::set_argument_bytes(cl_kernel kernel, const std::string& name, cl_uint index,
                                    const void* bytes, std::size_t size) {
  need_success((*library_)->clSetKernelArg(kernel, index, size, bytes),
               name + ", argument " + std::to_string(index));
}

void TestDevice::launch(cl_kernel kernel, const std::string& name, std::size_t all,
                        std::size_t items) {
  need_success((*library_)->clEnqueueNDRangeKernel(queue(), kernel, 1, nullptr, &all, &items, 0,
                                                   nullptr, nullptr),
               name);
  need_success((*library_)->clFinish(queue()), name);
}

namespace {

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::vector<Tile> default_tiles() {
  const std::string name = environment("SPRINT_OPENCL_DOT4");
  const Dot4 dot4 = name == "khr"   ? Dot4::kKhr
                    : name == "amd" ? Dot4::kAmd
                    : name == "nv"  ? Dot4::kNv
                                    : Dot4::kPlain;
  std::vector<Tile> tiles;
  for (const Inner inner : {Inner::kFp32, Inner::kDot4, Inner::kInt}) {
    for (const DeviceClass device :
         {DeviceClass::kGpu, DeviceClass::kProcessor, DeviceClass::kWideProcessor}) {
      const Tile tile = default_tile(device, inner, dot4);
      if (std::find(tiles.begin(), tiles.end(), tile) == tiles.end()) tiles.push_back(tile);
    }
  }
  return tiles;
}

}  // namespace

std::vector<Tile> test_tiles() {
  if (environment("SPRINT_OPENCL_TILES") == "defaults") return default_tiles();
  Tile fp32{.inner = Inner::kFp32,
            .rows = 32,
            .outputs = 32,
            .depth = 16,
            .item_rows = 8,
            .item_outputs = 8,
            .vector = 4,
            .prefetch = true,
            .norm_rows = 32,
            .norm_items = 64,
            .head_items = 16};
  Tile uneven{.inner = Inner::kFp32,
              .rows = 48,
              .outputs = 64,
              .depth = 32,
              .item_rows = 24,
              .item_outputs = 4,
              .vector = 8,
              .norm_rows = 16,
              .norm_items = 2,
              .head_items = 2,
              .item_by_item = true};
  Tile dot4 = fp32;
  dot4.inner = Inner::kDot4;
  dot4.outputs = 64;
  dot4.depth = 32;
  dot4.norm_items = 16;
  dot4.head_items = 64;
  Tile integer{.inner = Inner::kInt,
               .rows = 16,
               .outputs = 16,
               .depth = 32,
               .item_rows = 16,
               .item_outputs = 2,
               .vector = 16,
               .norm_rows = 16,
               .norm_items = 4,
               .head_items = 8};
  return {fp32, uneven, dot4, integer};
}

std::string tile_name(const Tile& tile) {
  const std::string inner = tile.inner == Inner::kFp32   ? "Fp32"
                            : tile.inner == Inner::kDot4 ? "Dot4"
                                                         : "Int";
  return inner + "V" + std::to_string(tile.vector) + "R" + std::to_string(tile.rows) + "O" +
         std::to_string(tile.outputs) + "I" + std::to_string(tile.item_rows) + "x" +
         std::to_string(tile.item_outputs);
}

void EachTile::SetUp() {
  if (const std::string why = TestDevice::why_none(); !why.empty()) GTEST_SKIP() << why;
  const base::Status fits = check(tile(), TestDevice::here().limits());
  if (!fits.ok()) GTEST_SKIP() << fits.message();
}

cl_uint8 little_words(std::span<const std::uint8_t, 32> bytes) {
  cl_uint8 words{};
  for (std::size_t i = 0; i < 32; ++i) words.s[i / 4] |= cl_uint{bytes[i]} << (i % 4 * 8);
  return words;
}

cl_uint8 big_words(std::span<const std::uint8_t, 32> bytes) {
  cl_uint8 words{};
  for (std::size_t i = 0; i < 32; ++i) words.s[i / 4] |= cl_uint{bytes[i]} << (24 - i % 4 * 8);
  return words;
}

}  // namespace backends::opencl
