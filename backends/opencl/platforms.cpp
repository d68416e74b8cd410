#include "backends/opencl/platforms.h"

#include <algorithm>

namespace backends::opencl {
namespace {

constexpr cl_uint kMostPlatforms = 64;
constexpr cl_uint kMostDevices = 256;

base::Result<std::vector<cl_platform_id>> platform_ids(const Library& library) {
  std::vector<cl_platform_id> ids(kMostPlatforms);
  cl_uint count = 0;
  const cl_int result = library->clGetPlatformIDs(kMostPlatforms, ids.data(), &count);
  if (result == CL_PLATFORM_NOT_FOUND_KHR || (result == CL_SUCCESS && count == 0)) {
    return base::unavailable("no OpenCL platform; install an OpenCL driver");
  }
  if (result != CL_SUCCESS) {
    return base::unavailable("no OpenCL platform: clGetPlatformIDs: " + error_name(result));
  }
  ids.resize(std::min(count, kMostPlatforms));
  return ids;
}

std::vector<cl_device_id> device_ids(const Library& library, cl_platform_id platform,
                                     const std::string& name, Listing& out) {
  std::vector<cl_device_id> ids(kMostDevices);
  cl_uint count = 0;
  const cl_int result =
      library->clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, kMostDevices, ids.data(), &count);
  if (result != CL_SUCCESS && result != CL_DEVICE_NOT_FOUND) {
    out.left_out.push_back("platform '" + name + "': clGetDeviceIDs: " + error_name(result));
  }
  ids.resize(result == CL_SUCCESS ? std::min(count, kMostDevices) : 0);
  return ids;
}

void add_devices(const Library& library, cl_platform_id platform, const std::string& name,
                 Listing& out) {
  for (cl_device_id device : device_ids(library, platform, name, out)) {
    auto properties = read_properties(library, platform, device);
    if (!properties.ok()) {
      out.left_out.push_back("platform '" + name + "': " + properties.message());
    } else if (properties->defect) {
      out.left_out.push_back(properties->name + " " + *properties->defect);
    } else {
      out.devices.push_back({platform, device, std::move(properties).value()});
    }
  }
}

}  // namespace

base::Result<Listing> list_devices(const Library& library, const std::set<std::uint32_t>& skipped,
                                   const Watch& watch) {
  ASSIGN_OR_RETURN(const auto platforms, platform_ids(library));
  Listing out;
  for (std::uint32_t number = 0; number < platforms.size(); ++number) {
    if (skipped.count(number) != 0) continue;
    if (watch) watch(number, "");  // also its name may crash it
    const std::string name = platform_text(library, platforms[number], CL_PLATFORM_NAME);
    if (watch) watch(number, name);
    add_devices(library, platforms[number], name, out);
  }
  return out;
}

}  // namespace backends::opencl
