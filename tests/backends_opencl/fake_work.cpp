// The other half of the fake library: contexts, memory, programs, queues. Memory is the host's, of
// which only what is read or written through the queue is there; kernels do nothing, but
// make_tickets, which finds all nonces where the target is all ones.

#include <algorithm>
#include <cstring>

#include "tests/backends_opencl/fake_state.h"

using backends::opencl::fake_answer;
using backends::opencl::fake_put;
using backends::opencl::fake_state;
using backends::opencl::FakeLaunch;

namespace {

constexpr char kBinary[] = "binary of ";

/// Makes the first bytes of a buffer be there.
unsigned char* reach(cl_mem buffer, std::size_t bytes) {
  if (buffer->bytes.size() < bytes) buffer->bytes.resize(bytes);
  return buffer->bytes.data();
}

template <class T>
T argument(const FakeLaunch& launch, std::size_t index) {
  T value{};
  std::memcpy(&value, launch.arguments.at(index).data(), sizeof value);
  return value;
}

void find_nonces(const FakeLaunch& launch) {
  const auto target = argument<cl_uint8>(launch, 5);
  const auto count = argument<cl_uint>(launch, 4);
  const auto first = argument<cl_uint>(launch, 3);
  const auto end = std::min<std::size_t>(first + launch.groups * launch.items, count);
  const bool all = std::all_of(std::begin(target.s), std::end(target.s),
                               [](cl_uint word) { return word == ~cl_uint{0}; });
  unsigned char* list = reach(argument<cl_mem>(launch, 0), 4 + 36 * std::size_t{count});
  cl_uint found = 0;
  std::memcpy(&found, list, sizeof found);
  for (auto i = first; all && i < end; ++i, ++found) {
    std::memcpy(list + 4 + 36 * std::size_t{found}, &i, sizeof i);
  }
  if (all) found = fake_state().finds.value_or(found);
  std::memcpy(list, &found, sizeof found);
}

void make_event(cl_command_queue queue, std::uint64_t nanos, cl_event* event) {
  const std::uint64_t began = queue->now_nanos;
  queue->now_nanos += nanos;
  if (event == nullptr) return;
  *event = new _cl_event{began, queue->now_nanos};
  auto& state = fake_state();
  state.most_events = std::max(state.most_events, ++state.counts.events);
  state.queued_nanos += nanos;
  state.most_queued_nanos = std::max(state.most_queued_nanos, state.queued_nanos);
}

template <class T>
T* answered(const char* call, cl_int* result, int& counter, T made) {
  *result = fake_answer(call);
  if (*result != CL_SUCCESS) return nullptr;
  ++counter;
  return new T(std::move(made));
}

template <class T>
cl_int released(T* object, int& counter) {
  delete object;
  --counter;
  return CL_SUCCESS;
}

}  // namespace

extern "C" {

cl_context clCreateContext(const cl_context_properties*, cl_uint, const cl_device_id* devices,
                           void(CL_CALLBACK*)(const char*, const void*, std::size_t, void*), void*,
                           cl_int* result) {
  return answered("clCreateContext", result, fake_state().counts.contexts, _cl_context{*devices});
}
cl_int clReleaseContext(cl_context context) {
  return released(context, fake_state().counts.contexts);
}

cl_command_queue clCreateCommandQueue(cl_context, cl_device_id, cl_command_queue_properties,
                                      cl_int* result) {
  return answered("clCreateCommandQueue", result, fake_state().counts.queues, _cl_command_queue{});
}
cl_int clReleaseCommandQueue(cl_command_queue queue) {
  return released(queue, fake_state().counts.queues);
}

cl_mem clCreateBuffer(cl_context context, cl_mem_flags, std::size_t bytes, void*, cl_int* result) {
  auto* device = context->device->device;
  if (device->used_bytes + bytes > fake_state().memory_limit) {
    *result = CL_MEM_OBJECT_ALLOCATION_FAILURE;
    return nullptr;
  }
  cl_mem buffer =
      answered("clCreateBuffer", result, fake_state().counts.buffers, _cl_mem{{}, bytes, device});
  if (buffer != nullptr) device->used_bytes += bytes;
  return buffer;
}
cl_int clReleaseMemObject(cl_mem buffer) {
  buffer->device->used_bytes -= buffer->size;
  return released(buffer, fake_state().counts.buffers);
}

cl_program clCreateProgramWithSource(cl_context, cl_uint, const char** texts,
                                     const std::size_t* lengths, cl_int* result) {
  return answered("clCreateProgramWithSource", result, fake_state().counts.programs,
                  _cl_program{std::string(texts[0], lengths[0]), false});
}
cl_program clCreateProgramWithBinary(cl_context, cl_uint, const cl_device_id*,
                                     const std::size_t* lengths, const unsigned char** binaries,
                                     cl_int* taken, cl_int* result) {
  std::string text(reinterpret_cast<const char*>(binaries[0]), lengths[0]);
  *taken = fake_state().takes_binaries ? CL_SUCCESS : CL_INVALID_BINARY;
  return answered("clCreateProgramWithBinary", result, fake_state().counts.programs,
                  _cl_program{std::move(text), true});
}
cl_int clBuildProgram(cl_program program, cl_uint, const cl_device_id*, const char* options,
                      void(CL_CALLBACK*)(cl_program, void*), void*) {
  FAKE_RETURN_UNLESS_OK("clBuildProgram");
  const std::string& refused = fake_state().refused_options;
  if (!refused.empty() && std::string(options).find(refused) != std::string::npos) {
    return CL_BUILD_PROGRAM_FAILURE;
  }
  fake_state().options = options;
  ++(program->is_binary ? fake_state().binaries_built : fake_state().sources_built);
  return CL_SUCCESS;
}
cl_int clGetProgramBuildInfo(cl_program, cl_device_id, cl_program_build_info, std::size_t room,
                             void* to, std::size_t* needed) {
  return fake_put(fake_state().build_log, room, to, needed);
}
cl_int clGetProgramInfo(cl_program program, cl_program_info what, std::size_t, void* to,
                        std::size_t*) {
  FAKE_RETURN_UNLESS_OK("clGetProgramInfo");
  const std::string binary = kBinary + program->text;
  if (what == CL_PROGRAM_BINARY_SIZES) {
    *static_cast<std::size_t*>(to) = binary.size();
  } else {
    std::memcpy(*static_cast<unsigned char**>(to), binary.data(), binary.size());
  }
  return CL_SUCCESS;
}
cl_int clReleaseProgram(cl_program program) {
  return released(program, fake_state().counts.programs);
}

cl_kernel clCreateKernel(cl_program, const char* name, cl_int* result) {
  return answered("clCreateKernel", result, fake_state().counts.kernels, _cl_kernel{name, {}});
}
cl_int clReleaseKernel(cl_kernel kernel) {
  return released(kernel, fake_state().counts.kernels);
}
cl_int clSetKernelArg(cl_kernel kernel, cl_uint index, std::size_t bytes, const void* value) {
  FAKE_RETURN_UNLESS_OK("clSetKernelArg");
  if (kernel->arguments.size() <= index) kernel->arguments.resize(index + 1);
  const auto* from = static_cast<const unsigned char*>(value);
  kernel->arguments[index].assign(from, from + bytes);
  return CL_SUCCESS;
}

cl_int clEnqueueNDRangeKernel(cl_command_queue queue, cl_kernel kernel, cl_uint, const std::size_t*,
                              const std::size_t* all, const std::size_t* items, cl_uint,
                              const cl_event*, cl_event* event) {
  FAKE_RETURN_UNLESS_OK("clEnqueueNDRangeKernel");
  if (*all == 0 || *all % *items != 0) return CL_INVALID_WORK_GROUP_SIZE;
  FakeLaunch launch{kernel->name, *all / *items, *items, kernel->arguments};
  if (launch.kernel == "make_tickets") find_nonces(launch);
  make_event(queue, launch.groups * fake_state().nanos_per_group, event);
  fake_state().launches.push_back(std::move(launch));
  return CL_SUCCESS;
}
cl_int clEnqueueFillBuffer(cl_command_queue queue, cl_mem buffer, const void* pattern,
                           std::size_t pattern_bytes, std::size_t offset, std::size_t bytes,
                           cl_uint, const cl_event*, cl_event* event) {
  FAKE_RETURN_UNLESS_OK("clEnqueueFillBuffer");
  unsigned char* to = reach(buffer, offset + bytes) + offset;
  for (std::size_t i = 0; i < bytes; i += pattern_bytes)
    std::memcpy(to + i, pattern, pattern_bytes);
  make_event(queue, 0, event);
  return CL_SUCCESS;
}
cl_int clEnqueueReadBuffer(cl_command_queue queue, cl_mem buffer, cl_bool, std::size_t offset,
                           std::size_t bytes, void* to, cl_uint, const cl_event*, cl_event* event) {
  FAKE_RETURN_UNLESS_OK("clEnqueueReadBuffer");
  if (offset + bytes > buffer->size) return CL_INVALID_VALUE;
  std::memcpy(to, reach(buffer, offset + bytes) + offset, bytes);
  fake_state().read_bytes += bytes;
  make_event(queue, 0, event);
  return CL_SUCCESS;
}
cl_int clEnqueueWriteBuffer(cl_command_queue queue, cl_mem buffer, cl_bool, std::size_t offset,
                            std::size_t bytes, const void* from, cl_uint, const cl_event*,
                            cl_event* event) {
  FAKE_RETURN_UNLESS_OK("clEnqueueWriteBuffer");
  if (offset + bytes > buffer->size) return CL_INVALID_VALUE;
  std::memcpy(reach(buffer, offset + bytes) + offset, from, bytes);
  fake_state().written_bytes += bytes;
  make_event(queue, 0, event);
  return CL_SUCCESS;
}
cl_int clFlush(cl_command_queue) {
  return fake_answer("clFlush");
}
cl_int clFinish(cl_command_queue) {
  return fake_answer("clFinish");
}
cl_int clWaitForEvents(cl_uint, const cl_event*) {
  return fake_answer("clWaitForEvents");
}
cl_int clGetEventProfilingInfo(cl_event event, cl_profiling_info what, std::size_t room, void* to,
                               std::size_t* needed) {
  FAKE_RETURN_UNLESS_OK("clGetEventProfilingInfo");
  const bool began = what == CL_PROFILING_COMMAND_START;
  return fake_put(cl_ulong{began ? event->began_nanos : event->ended_nanos}, room, to, needed);
}
cl_int clReleaseEvent(cl_event event) {
  fake_state().queued_nanos -= event->ended_nanos - event->began_nanos;
  return released(event, fake_state().counts.events);
}

}  // extern "C"
