#include "backends/opencl/memory.h"

#include <algorithm>
#include <fstream>
#include <sstream>
#include <utility>

namespace backends::opencl {
namespace {

constexpr std::uint64_t kStep = 64;  ///< bytes that are touched; sizes are multiples of it

std::string whole_mebibytes(std::uint64_t bytes) {
  return std::to_string((bytes + (1 << 20) - 1) >> 20);
}

/// Where memory is short, platforms answer a touch with any of these.
bool is_shortage(cl_int result) {
  return result == CL_MEM_OBJECT_ALLOCATION_FAILURE || result == CL_OUT_OF_RESOURCES ||
         result == CL_OUT_OF_HOST_MEMORY || result == CL_INVALID_BUFFER_SIZE ||
         result == CL_EXEC_STATUS_ERROR_FOR_EVENTS_IN_WAIT_LIST;
}

}  // namespace

Buffer::Buffer(MemoryObject object, std::uint64_t bytes, Taken taken)
    : object_(std::move(object)), bytes_(bytes), taken_(std::move(taken)) {
  *taken_ += bytes_;
}

Buffer& Buffer::operator=(Buffer&& other) noexcept {
  if (this != &other) {
    release();
    object_ = std::move(other.object_);
    bytes_ = other.bytes_;
    taken_ = std::move(other.taken_);
  }
  return *this;
}

void Buffer::release() noexcept {
  if (taken_ != nullptr) *taken_ -= bytes_;
  taken_.reset();
  object_.release();
}

Memory::Memory(const Library& library, cl_context context, cl_device_id device,
               const Properties& properties, Stream& stream, std::uint64_t keep_free_bytes)
    : library_(library),
      context_(context),
      device_(device),
      properties_(properties),
      stream_(stream),
      keep_free_bytes_(keep_free_bytes) {}

std::uint64_t Memory::available() const {
  std::uint64_t free = properties_.memory_bytes - std::min(properties_.memory_bytes, *taken_);
  if (properties_.tells_free_memory) {
    free = std::min(free, free_memory(library_, device_).value_or(free));
  }
  if (properties_.is_unified) free = std::min(free, host_memory_available().value_or(free));
  return free - std::min(free, keep_free_bytes_);
}

base::Status Memory::check_room(const std::string& what, std::uint64_t bytes) const {
  const std::uint64_t free = available();
  if (bytes <= free) return base::Ok{};
  return base::no_memory(stream_.label() + ": " + what + " need " + whole_mebibytes(bytes) +
                         " MiB: " + std::to_string(free >> 20) + " of " +
                         whole_mebibytes(properties_.memory_bytes) + " MiB are left beside the " +
                         whole_mebibytes(keep_free_bytes_) + " MiB that stay free (keep_free)");
}

base::Status Memory::check_buffer(const std::string& what, std::uint64_t bytes) const {
  if (bytes <= properties_.largest_buffer_bytes) return base::Ok{};
  return base::no_memory(stream_.label() + ": " + what + " need " + whole_mebibytes(bytes) +
                         " MiB in one piece, and the device gives at most " +
                         std::to_string(properties_.largest_buffer_bytes >> 20) + " MiB at a time");
}

base::Error Memory::refused(const std::string& what, std::uint64_t bytes, std::string_view call,
                            cl_int result) const {
  if (!is_shortage(result)) return stream_.outcome(call, result).error();
  return base::no_memory(stream_.label() + ": " + what + " need " + whole_mebibytes(bytes) +
                         " MiB: " + std::string(call) + ": " + error_name(result));
}

base::Result<Buffer> Memory::allocate(const std::string& what, std::uint64_t bytes) {
  RETURN_IF_ERROR(check_buffer(what, bytes));
  const std::uint64_t size = (bytes + kStep - 1) / kStep * kStep;
  cl_int result = CL_SUCCESS;
  cl_mem object = library_->clCreateBuffer(context_, CL_MEM_READ_WRITE, size, nullptr, &result);
  if (result != CL_SUCCESS) return refused(what, bytes, "clCreateBuffer", result);
  Buffer buffer(MemoryObject(library_, object), size, taken_);
  cl_event event = nullptr;
  result = stream_.touch(object, kStep, &event);
  if (result != CL_SUCCESS) return refused(what, bytes, "clEnqueueFillBuffer", result);
  touched_.emplace_back(library_, event);
  return buffer;
}

base::Status Memory::settle(const std::string& what) {
  const std::vector<Event> touched = std::exchange(touched_, {});
  if (touched.empty()) return base::Ok{};
  std::vector<cl_event> events;
  events.reserve(touched.size());
  for (const Event& event : touched) events.push_back(event.get());
  const cl_int result =
      library_->clWaitForEvents(static_cast<cl_uint>(events.size()), events.data());
  if (result == CL_SUCCESS) return base::Ok{};
  return refused(what, *taken_, "clWaitForEvents", result);
}

std::optional<std::uint64_t> host_memory_available() {
  std::ifstream file("/proc/meminfo");
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::string key;
    std::uint64_t kibibytes = 0;
    if (words >> key >> kibibytes && key == "MemAvailable:") return kibibytes << 10;
  }
  return std::nullopt;
}

}  // namespace backends::opencl
