#pragma once

#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "backends/opencl/properties.h"

namespace backends::opencl {

/// A device of some platform.
struct Found {
  cl_platform_id platform = nullptr;
  cl_device_id device = nullptr;
  Properties properties;
};

/// All devices that can compute, in the platforms' order, and a line for each thing that cannot.
struct Listing {
  std::vector<Found> devices;
  std::vector<std::string> left_out;
};

/// Is told which platform is asked next, by number and name.
using Watch = std::function<void(std::uint32_t, const std::string&)>;

/// Asks every platform but those `skipped`, by number. Fault::kUnavailable when there is none.
base::Result<Listing> list_devices(const Library& library, const std::set<std::uint32_t>& skipped,
                                   const Watch& watch = {});

}  // namespace backends::opencl
