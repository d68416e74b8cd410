#pragma once

// What the parts of the fake library share; not for tests.

#include <cstring>
#include <string>
#include <vector>

#include "tests/backends_opencl/fake_opencl.h"

// The types that <CL/cl.h> only names.
struct _cl_platform_id {
  backends::opencl::FakePlatform* platform = nullptr;
};
struct _cl_device_id {
  backends::opencl::FakeDevice* device = nullptr;
};
struct _cl_context {
  cl_device_id device = nullptr;
};
struct _cl_command_queue {
  std::uint64_t now_nanos = 0;
};
struct _cl_mem {
  std::vector<unsigned char> bytes;  // only as many as are in use
  std::uint64_t size = 0;
  backends::opencl::FakeDevice* device = nullptr;
};
struct _cl_program {
  std::string text;
  bool is_binary = false;
};
struct _cl_kernel {
  std::string name;
  std::vector<std::vector<unsigned char>> arguments;
};
struct _cl_event {
  std::uint64_t began_nanos = 0;
  std::uint64_t ended_nanos = 0;
};

namespace backends::opencl {

/// The state that fake_opencl() hands out.
FakeOpenCl& fake_state();

/// What a call is to answer now.
cl_int fake_answer(const char* call);

/// Puts a value where a clGet..Info call wants it.
inline cl_int fake_put(const void* value, std::size_t bytes, std::size_t room, void* to,
                       std::size_t* needed) {
  if (needed != nullptr) *needed = bytes;
  if (to == nullptr) return CL_SUCCESS;
  if (room < bytes) return CL_INVALID_VALUE;
  std::memcpy(to, value, bytes);
  return CL_SUCCESS;
}
template <class T>
cl_int fake_put(const T& value, std::size_t room, void* to, std::size_t* needed) {
  return fake_put(&value, sizeof value, room, to, needed);
}
inline cl_int fake_put(const std::string& text, std::size_t room, void* to, std::size_t* needed) {
  return fake_put(text.c_str(), text.size() + 1, room, to, needed);
}

}  // namespace backends::opencl

#define FAKE_RETURN_UNLESS_OK(call) \
  if (const cl_int answer = backends::opencl::fake_answer(call); answer != CL_SUCCESS) return answer
