// A library with the functions of OpenCL that the module calls: platforms, devices, what they say
// of themselves.

#include "tests/backends_opencl/fake_opencl.h"

#include <unistd.h>

#include <cstdlib>
#include <thread>

#include "tests/backends_opencl/fake_state.h"

using backends::opencl::fake_put;
using backends::opencl::FakeDevice;
using backends::opencl::FakeOpenCl;
using backends::opencl::FakePlatform;

namespace {

FakeOpenCl state;
std::deque<_cl_platform_id> platform_handles;
std::deque<_cl_device_id> device_handles;

bool has(const FakeDevice& device, const char* extension) {
  return device.extensions.find(extension) != std::string::npos;
}

bool is_installed(const FakePlatform& platform) {
  const char* vendors = std::getenv("OCL_ICD_VENDORS");
  if (platform.icd.empty() || vendors == nullptr) return true;
  return access((std::string(vendors) + "/" + platform.icd).c_str(), R_OK) == 0;
}

cl_int put_flag(bool value, std::size_t room, void* to, std::size_t* needed) {
  const cl_bool flag = value ? CL_TRUE : CL_FALSE;
  return fake_put(flag, room, to, needed);
}

/// What only some makers tell.
cl_int makers_info(const FakeDevice& device, cl_device_info what, std::size_t room, void* to,
                   std::size_t* needed) {
  const bool amd = has(device, "cl_amd_device_attribute_query");
  const bool nv = has(device, "cl_nv_device_attribute_query");
  if (what == CL_DEVICE_BOARD_NAME_AMD && amd) return fake_put(device.board, room, to, needed);
  if (what == CL_DEVICE_GLOBAL_FREE_MEMORY_AMD && amd && device.free_kibibytes) {
    const std::size_t both[2] = {*device.free_kibibytes, *device.free_kibibytes};
    return fake_put(both, room, to, needed);
  }
  if (what == CL_DEVICE_TOPOLOGY_AMD && amd && device.pci) {
    cl_device_topology_amd place{};
    place.pcie.type = CL_DEVICE_TOPOLOGY_TYPE_PCIE_AMD;
    place.pcie.bus = static_cast<cl_char>(device.pci->pci_bus);
    place.pcie.device = static_cast<cl_char>(device.pci->pci_device);
    place.pcie.function = static_cast<cl_char>(device.pci->pci_function);
    return fake_put(place, room, to, needed);
  }
  if (what == CL_DEVICE_PCI_BUS_INFO_KHR && device.pci) {
    return fake_put(*device.pci, room, to, needed);
  }
  if (nv && device.pci) {
    const cl_uint slot = device.pci->pci_device * 8 + device.pci->pci_function;
    if (what == 0x4008) return fake_put(device.pci->pci_bus, room, to, needed);
    if (what == 0x4009) return fake_put(slot, room, to, needed);
    if (what == 0x400A) return fake_put(device.pci->pci_domain, room, to, needed);
  }
  if (nv && what == CL_DEVICE_COMPUTE_CAPABILITY_MAJOR_NV) {
    return fake_put(cl_uint{device.capability / 10}, room, to, needed);
  }
  if (nv && what == CL_DEVICE_COMPUTE_CAPABILITY_MINOR_NV) {
    return fake_put(cl_uint{device.capability % 10}, room, to, needed);
  }
  if (what == CL_DEVICE_INTEGER_DOT_PRODUCT_CAPABILITIES_KHR) {
    const cl_device_integer_dot_product_capabilities_khr packed =
        CL_DEVICE_INTEGER_DOT_PRODUCT_INPUT_4x8BIT_PACKED_KHR;
    return fake_put(packed, room, to, needed);
  }
  if (what == CL_DEVICE_INTEGER_DOT_PRODUCT_ACCELERATION_PROPERTIES_4x8BIT_PACKED_KHR) {
    cl_device_integer_dot_product_acceleration_properties_khr fast{};
    fast.signed_accelerated = device.has_fast_dot ? CL_TRUE : CL_FALSE;
    return fake_put(fast, room, to, needed);
  }
  return CL_INVALID_VALUE;
}

}  // namespace

namespace backends::opencl {

FakeOpenCl& fake_state() {
  return state;
}

cl_int fake_answer(const char* call) {
  const auto found = state.answers.find(call);
  if (found == state.answers.end()) return CL_SUCCESS;
  FakeOpenCl::Answer& answer = found->second;
  if (answer.successes > 0) {
    --answer.successes;
    return CL_SUCCESS;
  }
  return answer.failures-- > 0 ? answer.result : CL_SUCCESS;
}

}  // namespace backends::opencl

extern "C" {

FakeOpenCl* fake_opencl() {
  return &state;
}

cl_int clGetPlatformIDs(cl_uint most, cl_platform_id* ids, cl_uint* count) {
  if (state.crashes_at_once) std::abort();
  std::this_thread::sleep_for(state.loads_for);
  FAKE_RETURN_UNLESS_OK("clGetPlatformIDs");
  platform_handles.clear();
  for (FakePlatform& platform : state.platforms) {
    if (!is_installed(platform)) continue;
    if (platform.ill == FakePlatform::Ill::kCrashesLoaded) std::abort();
    while (platform.ill == FakePlatform::Ill::kHangsLoaded) pause();
    platform_handles.push_back({&platform});
  }
  *count = static_cast<cl_uint>(platform_handles.size());
  for (cl_uint i = 0; i < *count && i < most; ++i) ids[i] = &platform_handles[i];
  return platform_handles.empty() ? CL_PLATFORM_NOT_FOUND_KHR : CL_SUCCESS;
}

cl_int clGetPlatformInfo(cl_platform_id platform, cl_platform_info what, std::size_t room, void* to,
                         std::size_t* needed) {
  FAKE_RETURN_UNLESS_OK("clGetPlatformInfo");
  if (what == CL_PLATFORM_NAME) return fake_put(platform->platform->name, room, to, needed);
  return fake_put(std::string("OpenCL 1.2 of the fake"), room, to, needed);
}

cl_int clGetDeviceIDs(cl_platform_id platform, cl_device_type, cl_uint most, cl_device_id* ids,
                      cl_uint* count) {
  if (platform->platform->ill == FakePlatform::Ill::kCrashes) std::abort();
  while (platform->platform->ill == FakePlatform::Ill::kHangs) pause();
  FAKE_RETURN_UNLESS_OK("clGetDeviceIDs");
  *count = 0;
  for (FakeDevice& device : platform->platform->devices) {
    device_handles.push_back({&device});
    if (*count < most) ids[(*count)++] = &device_handles.back();
  }
  return *count == 0 ? CL_DEVICE_NOT_FOUND : CL_SUCCESS;
}

cl_int clGetDeviceInfo(cl_device_id id, cl_device_info what, std::size_t room, void* to,
                       std::size_t* needed) {
  FAKE_RETURN_UNLESS_OK("clGetDeviceInfo");
  const FakeDevice& device = *id->device;
  switch (what) {
    case CL_DEVICE_NAME:
      return fake_put(device.name, room, to, needed);
    case CL_DEVICE_VERSION:
      return fake_put(device.version, room, to, needed);
    case CL_DRIVER_VERSION:
      return fake_put(std::string("1.0"), room, to, needed);
    case CL_DEVICE_EXTENSIONS:
      return fake_put(device.extensions, room, to, needed);
    case CL_DEVICE_TYPE:
      return fake_put(device.type, room, to, needed);
    case CL_DEVICE_HOST_UNIFIED_MEMORY:
      return put_flag(device.is_unified, room, to, needed);
    case CL_DEVICE_AVAILABLE:
      return put_flag(device.is_available, room, to, needed);
    case CL_DEVICE_COMPILER_AVAILABLE:
      return put_flag(device.has_compiler, room, to, needed);
    case CL_DEVICE_ENDIAN_LITTLE:
      return put_flag(true, room, to, needed);
    case CL_DEVICE_MAX_COMPUTE_UNITS:
      return fake_put(device.compute_units, room, to, needed);
    case CL_DEVICE_MAX_CLOCK_FREQUENCY:
      return fake_put(device.clock_mhz, room, to, needed);
    case CL_DEVICE_NATIVE_VECTOR_WIDTH_INT:
      return fake_put(device.vector_ints, room, to, needed);
    case CL_DEVICE_GLOBAL_MEM_SIZE:
      return fake_put(device.memory_bytes, room, to, needed);
    case CL_DEVICE_MAX_MEM_ALLOC_SIZE:
      return fake_put(device.largest_buffer_bytes, room, to, needed);
    case CL_DEVICE_LOCAL_MEM_SIZE:
      return fake_put(device.local_bytes, room, to, needed);
    case CL_DEVICE_MAX_WORK_GROUP_SIZE:
      return fake_put(device.group_items, room, to, needed);
    default:
      return makers_info(device, what, room, to, needed);
  }
}

}  // extern "C"
